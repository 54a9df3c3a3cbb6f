"""The live stream's events: a bounded ring that every client reads at its own pace.

Clients hold no queue of their own, only the number of the event they saw last. Who is so slow that the ring has moved
on gets the whole state again instead of what was missed, so memory is bounded whatever clients do.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Collection
from dataclasses import dataclass

from sse_starlette import ServerSentEvent

from cityhub.kinds import KindName

CAPACITY_EVENTS = 1000
CAPACITY_BYTES = 16 * 1024 * 1024
MAX_CLIENTS = 2000


@dataclass(frozen=True, slots=True)
class Event:
    """One event as it goes over the wire."""

    id: int
    kind: KindName
    wire: bytes


class Feed:
    """Events with increasing ids. To be used in one event loop only.

    Ids count on from `epoch`, the start of the process in microseconds since 1970: an id of an earlier process is
    below it, so that it is recognised and never mistaken for one of ours. Ids stay exact in JavaScript (< 2^53).
    """

    def __init__(self, epoch: int) -> None:
        self._epoch = epoch
        self._ring: deque[Event] = deque()
        self._bytes = 0
        self._moved = asyncio.Event()
        self.last_id = epoch
        self.clients = 0
        self.closed = False

    def publish(self, kind: KindName, data: str) -> None:
        """Append a `latest` event with `data` (JSON) and wake the clients."""
        self.last_id += 1
        event = Event(self.last_id, kind, wire("latest", data, self.last_id))
        self._ring.append(event)
        self._bytes += len(event.wire)
        while len(self._ring) > CAPACITY_EVENTS or (self._bytes > CAPACITY_BYTES and len(self._ring) > 1):
            self._bytes -= len(self._ring.popleft().wire)
        self._wake()

    def close(self) -> None:
        """End every stream."""
        self.closed = True
        self._wake()

    def after(self, event_id: int) -> list[Event] | None:
        """Events younger than `event_id`, or None when that cannot be told any more."""
        if event_id == self.last_id:
            return []
        oldest = self._ring[0].id if self._ring else self.last_id + 1
        if not max(self._epoch, oldest - 1) <= event_id <= self.last_id:
            return None
        missing = self.last_id - event_id
        return list(self._ring)[-missing:]

    async def stream(
        self, kinds: Collection[KindName], last_id: int | None, whole: Callable[[KindName], str | None]
    ) -> AsyncIterator[bytes]:
        """What a client of `kinds` gets. `whole` gives a kind's whole state as event data (JSON)."""
        self.clients += 1
        position = self.last_id if last_id is None else last_id
        try:
            # Sent at once, so that proxies and clients see that the stream is open.
            yield ServerSentEvent(comment="city hub live").encode()
            while not self.closed:
                moved = self._moved
                events = self.after(position)
                position = self.last_id
                if events is None:
                    yield self._everything(kinds, whole)
                else:
                    chunk = b"".join(event.wire for event in events if event.kind in kinds)
                    if chunk:
                        yield chunk
                await moved.wait()
        finally:
            self.clients -= 1

    def _everything(self, kinds: Collection[KindName], whole: Callable[[KindName], str | None]) -> bytes:
        """Only the last event carries the id: a client cut off in the middle asks for everything again."""
        states = [state for kind in kinds if (state := whole(kind)) is not None]
        return b"".join(
            wire("latest", state, self.last_id if number == len(states) else None)
            for number, state in enumerate(states, start=1)
        )

    def _wake(self) -> None:
        self._moved.set()
        self._moved = asyncio.Event()


def wire(event: str, data: str, event_id: int | None) -> bytes:
    """An event in the format of Server-Sent Events."""
    number = None if event_id is None else str(event_id)
    return ServerSentEvent(data, event=event, id=number, sep="\n").encode()
