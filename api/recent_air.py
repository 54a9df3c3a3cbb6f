"""Air stations' last hours and days and their next hours, as pages show them: read once for all who look, and again
after a while.
"""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from functools import partial

import psycopg

from api.answers.air_forecasts import air_forecast
from api.pools import Turns
from cityhub.air.history import DayRow
from cityhub.air.hours import DAY, HOUR, day_of, last_end
from cityhub.air.vn_aqi import Completeness
from cityhub.errors import CityHubError
from cityhub.store import air as store
from cityhub.store import air_forecasts, air_hours
from portal.residents import StationHistory, YearSoFar

HOURS, DAYS = 48, 30
# Seconds. What comes late shows on a page after so long at most.
FRESH_S = 10.0
# Of the days of the year only the newest change.
YEAR_FRESH_S = 600.0
# A page waits so long for it, and then shows what there is.
PATIENCE_S = 0.4


class RecentAir:
    """For one event loop."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[float, StationHistory]] = {}
        self._years: dict[str, tuple[float, YearSoFar]] = {}
        self._reading: dict[str, asyncio.Task[None]] = {}

    async def known(self, reads: Turns, station_id: str, completeness: Completeness) -> StationHistory | None:
        """The station's history; that read last while the database is slow or away, None before the first.

        `station_id` is one of the stations there are: each is kept for ever.
        """
        read_at, found = self._known.get(station_id, (0.0, None))
        if found is not None and time.monotonic() - read_at < FRESH_S:
            return found
        reading = self._reading.get(station_id)
        if reading is None or reading.done():
            reading = asyncio.create_task(self._read(reads, station_id, completeness))
            self._reading[station_id] = reading
        # It goes on where nobody waits any longer.
        await asyncio.wait([reading], timeout=PATIENCE_S)
        return self._known.get(station_id, (0.0, None))[1]

    async def _read(self, reads: Turns, station_id: str, completeness: Completeness) -> None:
        with suppress(CityHubError):
            year = self._year(station_id)
            found = await reads.run(partial(_read, station_id, completeness, year))
            now = time.monotonic()
            if year is None:
                self._years[station_id] = now, found.this_year
            self._known[station_id] = now, found

    def _year(self, station_id: str) -> YearSoFar | None:
        """The days of the year that were read a while ago; None when they are to be read."""
        read_at, found = self._years.get(station_id, (0.0, None))
        return found if time.monotonic() - read_at < YEAR_FRESH_S else None


def _read(
    station_id: str,
    completeness: Completeness,
    year: YearSoFar | None,
    conn: psycopg.Connection,
) -> StationHistory:
    now = datetime.now(UTC)
    end, today = last_end(now), day_of(now)
    sensor, station = store.station(conn, station_id)
    measured = store.streams(conn, [station_id])[station_id]

    def days(first: date) -> Sequence[DayRow]:
        return store.daily(conn, station_id, station, first, today, now, completeness, measured=measured)

    if year is None:
        year = YearSoFar.of(days(today.replace(month=1, day=1)), station, completeness)
    return StationHistory(
        sensor,
        station,
        air_hours.hourly(conn, station_id, station, end - (HOURS - 1) * HOUR, end, measured=measured),
        days(today - (DAYS - 1) * DAY),
        completeness,
        air_forecast(air_forecasts.get(conn, station_id), now),
        year,
    )
