"""The live stream's events: a bounded ring that every client reads at its own pace.

Clients hold no queue of their own, only the number of the event they saw last. Who missed more than a little gets the
whole state again, whose bytes all clients share; each is handed a piece at a time. So memory is bounded.
"""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Collection, Iterator
from dataclasses import dataclass

from sse_starlette import ServerSentEvent

from cityhub.kinds import KindName

CAPACITY_EVENTS = 1000
CAPACITY_BYTES = 16 * 1024 * 1024
MAX_CLIENTS = 2000
# While half of the places are free anybody may have more than this; after that nobody takes a place from the others.
CLIENTS_PER_ADDRESS = 50
# Who missed more than this gets the whole state, which says the same in less.
REPLAY_BYTES = 256 * 1024
# What one client is handed at a time: the server makes a copy of its own of it.
PIECE_BYTES = 64 * 1024


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
        self._by_address: Counter[str] = Counter()
        self.closed = False

    def has_room(self, address: str) -> bool:
        """Is there a place for one more stream to `address` (as `share_of` names it)?"""
        if self.clients >= MAX_CLIENTS:
            return False
        return self.clients < MAX_CLIENTS // 2 or self._by_address[address] < CLIENTS_PER_ADDRESS

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
        missed: deque[Event] = deque()
        size = 0
        for event in reversed(self._ring):
            if event.id <= event_id:
                break
            size += len(event.wire)
            if size > REPLAY_BYTES and missed:
                return None
            missed.appendleft(event)
        return list(missed)

    async def stream(
        self,
        kinds: Collection[KindName],
        last_id: int | None,
        whole: Callable[[KindName], bytes | None],
        address: str = "",
    ) -> AsyncIterator[bytes]:
        """What a client of `kinds` gets. `whole` gives a kind's whole state as an event on the wire, without id.

        `address` is whose share of the places it takes.
        """
        self.clients += 1
        self._by_address[address] += 1
        position = self.last_id if last_id is None else last_id
        try:
            # Sent at once, so that proxies and clients see that the stream is open.
            yield ServerSentEvent(comment="city hub live").encode()
            while not self.closed:
                moved = self._moved
                events = self.after(position)
                position = self.last_id
                if events is None:
                    parts = self._everything(kinds, whole)
                else:
                    parts = [event.wire for event in events if event.kind in kinds]
                for piece in pieces(parts):
                    yield piece
                await moved.wait()
        finally:
            self.clients -= 1
            self._by_address[address] -= 1
            if not self._by_address[address]:
                del self._by_address[address]

    def _everything(
        self, kinds: Collection[KindName], whole: Callable[[KindName], bytes | None]
    ) -> list[bytes]:
        """Only the last event carries the id: a client cut off in the middle asks for everything again."""
        states = [state for kind in kinds if (state := whole(kind)) is not None]
        return [*states[:-1], f"id: {self.last_id}\n".encode(), *states[-1:]]

    def _wake(self) -> None:
        self._moved.set()
        self._moved = asyncio.Event()


def wire(event: str, data: str, event_id: int | None) -> bytes:
    """An event in the format of Server-Sent Events."""
    number = None if event_id is None else str(event_id)
    return ServerSentEvent(data, event=event, id=number, sep="\n").encode()


def pieces(parts: Collection[bytes]) -> Iterator[bytes]:
    """The parts in order, small ones joined and large ones cut."""
    gathered: list[bytes] = []
    size = 0
    for part in parts:
        for start in range(0, len(part), PIECE_BYTES):
            cut = part[start : start + PIECE_BYTES]
            if size + len(cut) > PIECE_BYTES:
                yield b"".join(gathered)
                gathered, size = [], 0
            gathered.append(cut)
            size += len(cut)
    if gathered:
        yield b"".join(gathered)
