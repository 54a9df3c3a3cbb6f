"""Hours of air stations, each with its index, made of the exact sums of hours at every reading."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

import psycopg

from cityhub.air import many_hours
from cityhub.air.history import HourRow
from cityhub.air.hours import HOUR, LEAD, Hours
from cityhub.air.vn_aqi import Hour, Pollutant, withheld
from cityhub.catalogue.air_stations import AirStation
from cityhub.store import air

_Figure = TypeVar("_Figure", int, float | None)


def hourly(
    conn: psycopg.Connection,
    sensor_id: str,
    station: AirStation,
    first: datetime,
    last: datetime,
    *,
    measured: Mapping[str, int] | None = None,
) -> list[HourRow]:
    """The hours of a station that end from `first` to `last` (whole hours, aware), each with its index.

    `measured`: the station's datastreams, as `streams` gives them, where they are known.
    """
    if measured is None:
        measured = air.streams(conn, [sensor_id])[sensor_id]
    return hourly_of_all(conn, {sensor_id: station}, {sensor_id: measured}, first, last)[sensor_id]


def hourly_of_all(
    conn: psycopg.Connection,
    stations: Mapping[str, AirStation],
    measured: Mapping[str, Mapping[str, int]],
    first: datetime,
    last: datetime,
) -> dict[str, list[HourRow]]:
    """The same of stations by id; `measured`: as `streams` gives it."""
    if last < first:
        return {sensor_id: [] for sensor_id in stations}
    found = air.hours(conn, stations, measured, first - LEAD * HOUR, last)
    indices = many_hours.indices(list(found.values()), LEAD)
    return {
        sensor_id: _rows(one, stations[sensor_id], with_index)
        for (sensor_id, one), with_index in zip(found.items(), indices, strict=True)
    }


def _rows(found: Hours, station: AirStation, indices: Sequence[Hour]) -> list[HourRow]:
    """A station's hours from LEAD on."""
    if not station.publishes_aqi:
        indices = [Hour(withheld(hour.index), hour.nowcast) for hour in indices]
    names = list(found.used)
    used = _by_hour(names, found.used.values(), len(indices))
    raw = (
        used
        if station.correction is None
        else _by_hour(names, [found.raw[name].means for name in names], len(indices))
    )
    observed = _by_hour(names, [found.raw[name].observed for name in names], len(indices))
    ends = map(found.end, range(LEAD, found.count))
    return list(map(HourRow, ends, indices, raw, used, observed))


def _by_hour(
    names: Sequence[Pollutant], columns: Iterable[Sequence[_Figure]], count: int
) -> list[dict[Pollutant, _Figure]]:
    if not names:
        return [{} for _ in range(count)]
    return [
        dict(zip(names, row, strict=True)) for row in zip(*(column[LEAD:] for column in columns), strict=True)
    ]
