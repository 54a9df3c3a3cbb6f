"""What the hub holds of each kind, counted at most once a minute, for all who ask."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import psycopg

from api.bulk import Month
from api.pools import Turns
from cityhub.errors import CityHubError
from cityhub.kinds import KindName
from cityhub.store import bulk
from cityhub.store.bulk import Held

# Counting takes a tenth of a second beside a year of thirty million readings.
GOOD_FOR_S = 60.0


@dataclass(frozen=True, slots=True)
class Holdings:
    """Readings by kind and month, oldest first; `kinds`: without those that have no sensors.

    `cut`: the month that retention cuts through, and how many of its readings are left one by one, by kind.
    """

    kinds: Mapping[KindName, Held]
    months: Mapping[KindName, Mapping[Month, int]]
    cut: Month
    left: Mapping[KindName, int]
    counted_at: datetime


class Counting:
    """The holdings as they were last counted."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._found: tuple[float, Holdings] | None = None

    async def get(self, turns: Turns, now: datetime, kept_since: datetime) -> Holdings:
        """The holdings, a minute old at most, or as old as the database is away; raises when there are none yet.

        From `kept_since` (aware) on readings are kept one by one.
        """
        async with self._lock:
            if self._found is None or time.monotonic() - self._found[0] > GOOD_FOR_S:
                try:
                    found = await turns.run(lambda conn: _count(conn, now, Month.of(kept_since)))
                except CityHubError:
                    # What was counted before says when.
                    if self._found is None:
                        raise
                else:
                    self._found = (time.monotonic(), found)
            return self._found[1]


def _count(conn: psycopg.Connection, now: datetime, cut: Month) -> Holdings:
    months: dict[KindName, dict[Month, int]] = {}
    for kind, month, rows in bulk.months(conn):
        months.setdefault(kind, {})[Month.of(month)] = rows
    return Holdings(bulk.kinds(conn), months, cut, bulk.kept(conn, cut.start, cut.end), now)
