"""Tells open consoles that something changed: a trouble came or went, somebody took note of one or works on one.

What changed is not told: a page that hears of it asks for itself anew, so that filters, roles and words stay with the
page. While anybody listens a look is made twice a second for all of them, less often where looks are dear. What
people know of troubles is asked more often, and once a second whether those who listen still may.
"""

import asyncio
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
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
from cityhub.logs import get_logger
from cityhub.ops import trouble as hub_rules
from cityhub.store import Pool, console_batches, trouble
from cityhub.store.trouble import Look

_log = get_logger()

MAX_STREAMS = 100
# As many windows as somebody has open, and those that are gone and not yet known to be.
PER_PERSON = 8
WORDS_EVERY_S = 0.4
MAY_EVERY_S = 1.0
LOOKS_EVERY_S = 0.5
# Looks may take this part of one core at most, unless the rest would become longer than the one below.
BUSY_SHARE = 0.4
LONGEST_REST_S = 4.0

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
    # Of what is wrong and of what people know of it: equal while those are; None before they were looked at.
    _wrong: int | None = None
    _words: int | None = None
    _version: int | None = None
    _listeners: list[_Listener] = field(default_factory=list)
    _of: Counter[int] = field(default_factory=Counter)
    _moved: asyncio.Event = field(default_factory=asyncio.Event)
    _tasks: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    @property
    def clients(self) -> int:
        """How many are open."""
        return len(self._listeners)

    def has_room(self, person_id: int) -> bool:
        """Is there a place for one more console of theirs?"""
        return len(self._listeners) < MAX_STREAMS and self._of[person_id] < PER_PERSON

    async def stream(self, person_id: int, may: May) -> AsyncIterator[bytes]:
        """An event `changed` at once and whenever something is, as long as they `may` listen."""
        if not self.has_room(person_id):
            # Others came in the same moment.
            return
        listener = _Listener(may)
        self._listeners.append(listener)
        self._of[person_id] += 1
        self._begin("looks", self._look_again_and_again)
        self._begin("words", self._ask_again_and_again)
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
        for task in self._tasks.values():
            task.cancel()
        self._wake()

    def _begin(self, name: str, act: Callable[[], Coroutine[None, None, None]]) -> None:
        """Unless it goes on already."""
        if name not in self._tasks or self._tasks[name].done():
            # What is known is of a time when somebody listened.
            self._wrong = self._words = self._version = None
            task = self._tasks[name] = asyncio.create_task(act())
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """By a mistake of ours nobody is asked any more who may listen: every stream ends, and begins anew."""
        if task.cancelled() or (fault := task.exception()) is None:
            return
        _log.error("looks for open consoles failed", exc_info=fault)
        for listener in self._listeners:
            listener.is_in = False
        self._wake()

    async def _look_again_and_again(self) -> None:
        clock = asyncio.get_running_loop().time
        while self._listeners and not self.closed:
            began = clock()
            # A database that does not answer ends nothing: a stream says nothing but that there is something to ask.
            with suppress(CityHubError):
                async with self.pools.to_write().turn() as pool:
                    self._wrong = await to_thread.run_sync(self._looked, pool)
                self._settle()
            took_s = clock() - began
            await asyncio.sleep(
                min(max(LOOKS_EVERY_S - took_s, took_s * (1 / BUSY_SHARE - 1)), LONGEST_REST_S)
            )

    def _looked(self, pool: Pool) -> int:
        look = self.looks.fresh(pool)
        with pool.connection() as conn:
            return wrong_in(conn, look, datetime.now(UTC), self.facts())

    async def _ask_again_and_again(self) -> None:
        clock = asyncio.get_running_loop().time
        asked_at = clock()
        while self._listeners and not self.closed:
            began = clock()
            due = began - asked_at >= MAY_EVERY_S
            with suppress(CityHubError):
                await self._ask(list(self._listeners) if due else ())
                asked_at = began if due else asked_at
            took_s = clock() - began
            await asyncio.sleep(min(max(WORDS_EVERY_S - took_s, took_s), LONGEST_REST_S))

    async def _ask(self, listeners: Sequence[_Listener]) -> None:
        async with self.pools.to_write().turn() as pool:
            words, are_in = await to_thread.run_sync(_asked, pool, [one.may for one in listeners])
        self._words = words
        for listener, is_in in zip(listeners, are_in, strict=True):
            listener.is_in = is_in
        if not all(are_in):
            self._wake()
        self._settle()

    def _settle(self) -> None:
        if self._wrong is None or self._words is None:
            return
        version = hash((self._wrong, self._words))
        if version != self._version:
            self._version = version
            self._wake()

    def _wake(self) -> None:
        self._moved.set()
        self._moved = asyncio.Event()


def _asked(pool: Pool, listeners: Sequence[May]) -> tuple[int, list[bool]]:
    """What people know of troubles, in one number of this process; and who may still listen."""
    with pool.connection() as conn:
        now = datetime.now(UTC)
        known = trouble.known(conn, now)
        told = (
            frozenset((*of, note.id) for of, note in known.notes.items()),
            frozenset(known.maintained.items()),
            tuple(one.id for one in console_batches.recent(conn, now)),
        )
        return hash(told), [may(conn, now) for may in listeners]


def wrong_in(conn: psycopg.Connection, look: Look, now: datetime, facts: Facts) -> int:
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
