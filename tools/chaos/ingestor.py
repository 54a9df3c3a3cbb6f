"""The real ingest, alone or as several workers under their supervisor, made to be killed."""

import os
import re
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Literal

from cityhub.errors import ServiceError
from tools.services.folders import checkout
from tools.services.processes import Running, birth, last_lines, start

Victim = Literal["ingestor", "supervisor", "worker"]
_KILLED = -int(signal.SIGKILL)
_EXIT_CODE = re.compile(r'"exit_code": (-?\d+)')


class Ingestor:
    """`./hub ingest`, started again and again. Its methods belong to one thread that outlives it.

    Of several workers one at random is killed, which its supervisor brings back, or the supervisor, whose workers
    then end by themselves (SIGTERM) while new ones may already begin.
    """

    def __init__(self, environment: Mapping[str, str], log: Path, workers: int = 1, seed: int = 1) -> None:
        """`environment`: its settings; those of the shell do not reach it. `workers` 1: no supervisor."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("CITYHUB_")}
        self._environment = {**inherited, **environment}
        self._log = log
        self._workers = workers
        self._dice = Random(seed)  # noqa: S311 - disorder, not secrets
        self._running: Running | None = None
        self.kills: Counter[Victim] = Counter()

    def start(self) -> None:
        """Starts what was killed, unless its supervisor does, and does not wait for it."""
        if self._running is not None:
            return
        several = ["tools", "ingest", "--workers", str(self._workers)]
        self._running = start(
            [sys.executable, "-m", *(several if self._workers > 1 else ["ingest"])],
            self._log,
            env=self._environment,
            dies_with_parent=signal.SIGKILL,
            folder=checkout(),
        )

    def wait_until_subscribed(self, seconds: float = 30) -> None:
        """Returns when the broker keeps messages for it; raises ServiceError."""
        end = time.monotonic() + seconds
        while '"subscribed"' not in self._log.read_text(errors="replace"):
            self.check()
            if time.monotonic() > end:
                raise ServiceError(
                    f"ingest was not subscribed after {seconds:.0f} s: {last_lines(self._log)}"
                )
            time.sleep(0.05)

    def check(self) -> None:
        """Raises ServiceError when it or one of its workers ended by itself, which none ever may."""
        if self._running is None:
            return
        if not self._running.alive():
            how = self._running.ended_how()
            raise ServiceError(f"ingest {how} by itself; its log ends: {last_lines(self._log) or '(empty)'}")
        for code in ended_workers(self._log.read_text(errors="replace")):
            if code != _KILLED:
                raise ServiceError(
                    f"a worker of ingest ended by itself with exit code {code}; see {self._log}"
                )

    def kill(self) -> None:
        """SIGKILL to the ingestor, or to one of supervisor and workers; raises ServiceError when it was gone."""
        self.check()
        if self._running is None:
            return
        workers = self._children() if self._workers > 1 else []
        chosen = choose_victim(self._dice, len(workers))
        if chosen is None:
            self._running.stop(signal.SIGKILL)
            self._running = None
            self.kills["supervisor" if self._workers > 1 else "ingestor"] += 1
        else:
            workers[chosen].stop(signal.SIGKILL)
            self.kills["worker"] += 1

    def end(self) -> None:
        """SIGKILL to all of it, and fine when it is gone."""
        if self._running is not None:
            workers = self._children()
            self._running.stop(signal.SIGKILL)
            for worker in workers:
                worker.stop(signal.SIGKILL)
            self._running = None

    def _children(self) -> list[Running]:
        """The supervisor's workers that live at the moment."""
        if self._running is None:
            return []
        found: list[int] = []
        # Each thread has a list of its own, and a worker is started again by whichever saw first that it ended.
        for file in Path(f"/proc/{self._running.pid}/task").glob("*/children"):
            with suppress(OSError):
                found += map(int, file.read_text().split())
        births = ((child, birth(child)) for child in found if _is_worker(child))
        return [Running(child, born) for child, born in births if born is not None]


def choose_victim(dice: Random, workers: int) -> int | None:
    """The index of the worker to kill, None for what runs them; each of them as likely as the other."""
    chosen = dice.randrange(workers + 1)
    return None if chosen == workers else chosen


def ended_workers(log: str) -> Iterator[int]:
    """Exit codes (negative: the signal) of the workers that a supervisor's log says it started again."""
    for line in log.splitlines():
        # No JSON parser: what a killed worker was writing may stand before it on the same line.
        if "a worker ended and is started again" in line and (code := _EXIT_CODE.search(line)):
            yield int(code[1])


def _is_worker(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[1:3] == [b"-m", b"ingest.worker"]
    except OSError:
        return False
