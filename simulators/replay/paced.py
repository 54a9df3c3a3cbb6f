"""Puts messages in the order of their times without holding a large file in memory: sorted runs on disk, merged."""

import heapq
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import islice
from operator import itemgetter
from typing import IO, NamedTuple

import msgspec

RUN_LENGTH = 50_000


class Outgoing(NamedTuple):
    """A message to publish; `t` is its phenomenon time in seconds since 1970."""

    t: float
    topic: str
    payload: bytes


_decode = msgspec.json.Decoder(Outgoing).decode
_by_time = itemgetter(0)


class ByTime:
    """Sorts on entering; iterate it once. Messages of the same time keep the order of the file."""

    def __init__(self, messages: Iterable[Outgoing], run_length: int = RUN_LENGTH) -> None:
        self._messages, self._run_length = iter(messages), run_length
        self._files = ExitStack()
        self._runs: list[IO[bytes]] = []
        self.count = 0

    def __enter__(self) -> "ByTime":
        while run := sorted(islice(self._messages, self._run_length), key=_by_time):
            file = self._files.enter_context(tempfile.TemporaryFile())
            file.writelines(msgspec.json.encode(message) + b"\n" for message in run)
            file.seek(0)
            self._runs.append(file)
            self.count += len(run)
        return self

    def __exit__(self, *_exc: object) -> None:
        self._files.close()

    def __iter__(self) -> Iterator[Outgoing]:
        return heapq.merge(*(map(_decode, file) for file in self._runs), key=_by_time)
