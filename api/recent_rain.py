"""The rain of the last six hours in memory: pages and programs ask for it many times while it rains."""

import asyncio
import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import NamedTuple

import psycopg

from api.pools import Turns
from cityhub.errors import CityHubError
from cityhub.rain.frames import Frames
from cityhub.store import rain

# A frame lasts a quarter of an hour; what came late is seen after so long.
FRESH_S = 60.0
# A page waits so long for them, and then shows what there is.
PATIENCE_S = 0.4


class _Known(NamedTuple):
    read_at: float
    frames: Frames


class RecentRain:
    """For one event loop."""

    def __init__(self) -> None:
        self._known: _Known | None = None
        self._reading = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    async def get(self, reads: Turns) -> Frames:
        """The frames, not older than FRESH_S. Raises as the store."""
        async with self._reading:
            known, now = self._known, time.monotonic()
            if known is not None and now - known.read_at < FRESH_S:
                return known.frames
            found = await reads.run(_read)
            self._known = _Known(now, found)
            return found

    async def known(self, reads: Turns) -> Frames | None:
        """The frames, those read last while the database is slow or away; None before the first."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._read(reads))
        # It goes on where nobody waits any longer.
        await asyncio.wait([self._task], timeout=PATIENCE_S)
        return None if self._known is None else self._known.frames

    async def _read(self, reads: Turns) -> None:
        with suppress(CityHubError):
            await self.get(reads)


def _read(conn: psycopg.Connection) -> Frames:
    return rain.frames(conn, datetime.now(UTC))
