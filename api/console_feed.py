"""Tells open consoles that something changed: a trouble came or went, somebody took note of one or works on one.

What changed is not told: a page that hears of it asks for itself anew, so that filters, roles and words stay with the
page. While anybody listens a look is made every second for all of them, less often where looks are dear (api/looks.py).
What people know of troubles is asked more often, and once a second whether those who listen still may.
"""

import asyncio
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

import psycopg
from anyio import to_thread
from sse_starlette import ServerSentEvent

from api.feed import wire
from api.looks import Looks
from api.pools import Pools
from api.updater import Updater
from cityhub.config import Settings
from cityhub.errors import CityHubError
from cityhub.ops import trouble as hub_rules
from cityhub.store import Pool, console_batches, trouble
from cityhub.store.trouble import Look

MAX_STREAMS = 100
# As many windows as somebody has open, and those that are gone and not yet known to be.
PER_PERSON = 8
EVERY_S = 0.4
MAY_EVERY_S = 1.0
# The database is slow: what asks it all the time rests longer.
LONGEST_REST_S = 2.0

Facts = Mapping[str, str | float | None]
# May who listens still do so? Asked again and again, with the moment (aware).
May = Callable[[psycopg.Connection, datetime], bool]


@dataclass(eq=False, slots=True)
class _Listener:
    may: May
    is_in: bool = True


@dataclass(eq=False, slots=True)
class ConsoleFeed:
    """For one event loop. `facts`: of the hub, what the database does not know."""

    pools: Pools
    looks: Looks
    facts: Callable[[], Facts]
    closed: bool = False
    # Equal while the same is wrong and the same is known of it; None before the first look.
    _version: int | None = None
    # A look, and its part of that.
    _of_look: tuple[Look, int] | None = None
    _listeners: list[_Listener] = field(default_factory=list)
    _of: Counter[int] = field(default_factory=Counter)
    _moved: asyncio.Event = field(default_factory=asyncio.Event)
    _watching: asyncio.Task[None] | None = None

    @property
    def clients(self) -> int:
        """How many are open."""
        return len(self._listeners)

    def has_room(self, person_id: int) -> bool:
        """Is there a place for one more console of theirs?"""
        return len(self._listeners) < MAX_STREAMS and self._of[person_id] < PER_PERSON

    async def stream(self, person_id: int, may: May) -> AsyncIterator[bytes]:
        """An event `changed` at once and whenever something is, as long as they `may` listen."""
        listener = _Listener(may)
        self._listeners.append(listener)
        self._of[person_id] += 1
        if self._watching is None or self._watching.done():
            self._watching = asyncio.create_task(self._watch())
        told = None
        try:
            # Sent at once, so that proxies and browsers see that the stream is open.
            yield ServerSentEvent(comment="city hub console").encode()
            while listener.is_in and not self.closed:
                moved = self._moved
                if self._version != told:
                    told = self._version
                    yield wire("changed", "", None)
                await moved.wait()
        finally:
            self._listeners.remove(listener)
            self._of[person_id] -= 1
            if not self._of[person_id]:
                del self._of[person_id]

    def close(self) -> None:
        """End every stream."""
        self.closed = True
        if self._watching is not None:
            self._watching.cancel()
        self._wake()

    async def _watch(self) -> None:
        clock = asyncio.get_running_loop().time
        # That of before is of a time when somebody listened.
        self._version = None
        asked_at = clock()
        while self._listeners and not self.closed:
            began = clock()
            due = began - asked_at >= MAY_EVERY_S
            # A database that does not answer ends nothing: a stream says nothing but that there is something to ask.
            with suppress(CityHubError):
                await self._look(list(self._listeners) if due else ())
                asked_at = began if due else asked_at
            took_s = clock() - began
            await asyncio.sleep(min(max(EVERY_S - took_s, took_s), LONGEST_REST_S))

    async def _look(self, asked: Sequence[_Listener]) -> None:
        async with self.pools.to_write().turn() as pool:
            version, are_in = await to_thread.run_sync(self._found, pool, [one.may for one in asked])
        for listener, is_in in zip(asked, are_in, strict=True):
            listener.is_in = is_in
        if version != self._version or not all(are_in):
            self._version = version
            self._wake()

    def _found(self, pool: Pool, asked: Sequence[May]) -> tuple[int, list[bool]]:
        """What is wrong and what people know of it, in one number; and who may still listen."""
        look = self.looks.newest_heard(pool)
        with pool.connection() as conn:
            now = datetime.now(UTC)
            known = trouble.known(conn, now)
            batches = console_batches.recent(conn, now)
            if self._of_look is None or self._of_look[0] is not look:
                self._of_look = look, version_of(conn, look, now, self.facts())
            are_in = [may(conn, now) for may in asked]
        told = (
            self._of_look[1],
            frozenset((*of, note.id) for of, note in known.notes.items()),
            frozenset(known.maintained.items()),
            tuple(one.id for one in batches),
        )
        return hash(told), are_in

    def _wake(self) -> None:
        self._moved.set()
        self._moved = asyncio.Event()


def version_of(conn: psycopg.Connection, look: Look, now: datetime, facts: Facts) -> int:
    """What is wrong with sensors and with the hub at `now` (aware), in one number of this process.

    Figures that always move are not in it.
    """
    hub = hub_rules.found(trouble.of_hub(conn, now, look.summary, **facts), now)
    return hash(
        (
            frozenset((one.sensor_id, one.code, one.began) for one in look.wrong),
            tuple((one.code, one.renewed_at) for one in hub),
        )
    )


def facts_of(settings: Settings, updater: Updater) -> Facts:
    """How snapshots are, and the free share of the volume that the API writes to, None where it writes to none."""
    try:
        usage = shutil.disk_usage(settings.data_dir or "/")
    except OSError:
        return {"snapshots": updater.fault(), "disk_share": None}
    return {"snapshots": updater.fault(), "disk_share": usage.free / usage.total}
