"""Which database a request is answered from, and its turn there. Routes declare it by the type of a parameter:

    def search(request: Request, pool: Reads) -> Response:
        with pool.connection() as conn: ...

`Reads` and `History` go to the replica when there is one: what was just written may not be there yet, and the server
refuses to write. `Writes` goes to the primary: for what writes, and for what must see what was just written.

As many requests at a time use a pool as it has connections. The others wait without a thread, so that pages and hot
answers, which need no database, never wait behind them.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager, closing
from typing import Annotated, TypeVar

import psycopg
from anyio import CapacityLimiter, to_thread
from fastapi import Depends, Request

from api.problems import TooManyReaders
from cityhub.config import Settings
from cityhub.errors import CityHubError, StoreUnavailable
from cityhub.store import Pool, open_pool, session
from cityhub.store.notices import Listener
from cityhub.store.replica import ReplicaListener, listen
from cityhub.store.session import Use

# One pool has so many connections at most.
SIZE = 8
HISTORY_SIZE = 2
# Of what works in Python between its statements more at once only keep each other waiting, some with locks in hand.
WRITES_SIZE = 4
# A request waits so long for its turn, and so many wait at most.
TURN_S = 3.0
MOST_WAITING = 200

_Found = TypeVar("_Found")


class Turns:
    """A pool whose requests take turns. To be used in one event loop only."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self._free = asyncio.Semaphore(pool.size)
        self._waiting = 0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[Pool]:
        """The pool, with a connection free in it; raises TooManyReaders when none gets free in time."""
        await self._wait()
        try:
            yield self.pool
        finally:
            self._free.release()

    async def run(self, act: Callable[[psycopg.Connection], _Found]) -> _Found:
        """What `act` makes of one transaction, in a thread and in its turn."""

        def in_thread(pool: Pool) -> _Found:
            with pool.connection() as conn:
                return act(conn)

        async with self.turn() as pool:
            return await to_thread.run_sync(in_thread, pool)

    async def _wait(self) -> None:
        if self._waiting >= MOST_WAITING:
            raise TooManyReaders("Too many requests wait for the database; try again shortly")
        self._waiting += 1
        try:
            async with asyncio.timeout(TURN_S):
                await self._free.acquire()
        except TimeoutError:
            raise TooManyReaders("The database is busy; try again shortly") from None
        finally:
            self._waiting -= 1


class Pools:
    """Every connection of one API: the one place that knows which server is asked for what."""

    def __init__(self, settings: Settings) -> None:
        """Opens the pools without waiting for a server. Raises SettingsError without any database."""
        primary = self._primary = settings.database_url.get_secret_value()
        replica = self._replica = settings.read_database_url.get_secret_value()
        reading = replica or settings.require("database_url")
        self.hot = _open(reading, "hot", session.HOT, 1)
        self.reads = Turns(_open(reading, "reads", session.READS, SIZE))
        self.history = Turns(_open(reading, "history", session.HISTORY, HISTORY_SIZE))
        self.writes = Turns(_open(primary, "writes", session.WRITES, WRITES_SIZE)) if primary else None
        self._checks = {
            name: Turns(_open(url, f"readiness-{name}", session.READINESS, 1))
            for name, url in (("database", primary), ("replica", replica))
            if url
        }
        # Of their own: how ready the hub is must show while other requests hold every thread.
        self._check_threads = CapacityLimiter(len(self._checks))

    def to_write(self) -> Turns:
        """The pool of the primary; raises StoreUnavailable where there is none."""
        if self.writes is None:
            raise StoreUnavailable(
                "this instance has no database to write to: CITYHUB_DATABASE_URL is not set"
            )
        return self.writes

    async def write(self, act: Callable[[psycopg.Connection], _Found]) -> _Found:
        """What `act` makes of one transaction of the primary: for routes that go on without a connection."""
        return await self.to_write().run(act)

    async def read(self, act: Callable[[psycopg.Connection], _Found]) -> _Found:
        """What `act` finds, on the replica where there is one."""
        return await self.reads.run(act)

    def listen(self) -> AbstractContextManager[Listener | ReplicaListener]:
        """Who tells which kinds changed that `hot` can read; raises StoreUnavailable."""
        return closing(listen(self._primary, self._replica, "cityhub-api-listen"))

    async def ask_all(self, look: Callable[[psycopg.Connection], _Found]) -> dict[str, _Found | None]:
        """What `look` finds on each server, None where it does not answer; takes up to 8 s then."""
        names = list(self._checks)
        found = await asyncio.gather(*(self._ask(self._checks[name], look) for name in names))
        return dict(zip(names, found, strict=True))

    async def _ask(self, turns: Turns, look: Callable[[psycopg.Connection], _Found]) -> _Found | None:
        def ask(pool: Pool) -> _Found:
            with pool.connection() as conn:
                return look(conn)

        try:
            async with turns.turn() as pool:
                return await to_thread.run_sync(ask, pool, limiter=self._check_threads)
        except CityHubError:
            return None

    def close(self) -> None:
        """Close every connection; idempotent."""
        self.hot.close()
        for turns in (self.reads, self.history, self.writes, *self._checks.values()):
            if turns is not None:
                turns.pool.close()


def _open(url: str, name: str, use: Use, size: int) -> Pool:
    # None is opened before it is needed: most processes need few of them.
    return open_pool(url, f"cityhub-api-{name}", use, min_size=0, max_size=size)


def _pools(request: Request) -> Pools:
    pools: Pools = request.app.state.hub.pools
    return pools


async def _reads(request: Request) -> AsyncIterator[Pool]:
    async with _pools(request).reads.turn() as pool:
        yield pool


async def _history(request: Request) -> AsyncIterator[Pool]:
    async with _pools(request).history.turn() as pool:
        yield pool


async def _writes(request: Request) -> AsyncIterator[Pool]:
    async with _pools(request).to_write().turn() as pool:
        yield pool


# The turn ends with the route's function, not with the answer, which a slow client may take long to read.
Reads = Annotated[Pool, Depends(_reads, scope="function")]
History = Annotated[Pool, Depends(_history, scope="function")]
Writes = Annotated[Pool, Depends(_writes, scope="function")]
