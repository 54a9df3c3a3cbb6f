"""Hours of air stations as their exact sums have them at every reading, and days with their indices, made of these.

So readings that come late, and corrections, change the hours they belong to, at once and no others.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from math import inf
from typing import get_args

import psycopg

from cityhub.air.breakpoints import UNIT
from cityhub.air.history import DayRow, Days, PollutantDay
from cityhub.air.hours import DAY, HOUR, LEAD, Hours, Means, day_of, first_end, last_end, runs
from cityhub.air.vn_aqi import (
    DAY_HOURS,
    POLLUTANTS,
    PROJECT_RULE,
    Completeness,
    Pollutant,
    of_day,
    uncorrected,
    unfinished,
    withheld,
)
from cityhub.catalogue.air_stations import AirStation, station_of
from cityhub.errors import NotFound
from cityhub.model import SensorRow
from cityhub.store import air_days, sensors
from cityhub.store.queries import load

_SQL = load(__file__)
_PROPERTIES = [*get_args(Pollutant), "humidity"]


def stations(conn: psycopg.Connection) -> dict[str, AirStation]:
    """Every air station by id, those that are not listed too."""
    return {
        id: station_of(attributes, measured) for id, attributes, measured in conn.execute(_SQL["stations"])
    }


def station(conn: psycopg.Connection, sensor_id: str) -> tuple[SensorRow, AirStation]:
    """An air station as it stands in the catalogue; raises NotFound."""
    sensor = sensors.get(conn, sensor_id)
    if sensor.kind != "air":
        raise NotFound("air station", sensor_id)
    reported = [one.property for one in sensors.datastreams(conn, [sensor_id]) if one.time is not None]
    return sensor, station_of(sensor.attributes, reported)


def streams(conn: psycopg.Connection, sensor_ids: Sequence[str]) -> dict[str, dict[str, int]]:
    """Of each station what it ever reported that an index is made of: datastream ids by property."""
    parameters = {"sensor_ids": list(sensor_ids), "properties": _PROPERTIES, "unit": UNIT}
    found: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for sensor_id, name, id in conn.execute(_SQL["streams"], parameters):
        found[sensor_id][name] = id
    return {sensor_id: found[sensor_id] for sensor_id in sensor_ids}


def hours(
    conn: psycopg.Connection,
    stations: Mapping[str, AirStation],
    measured: Mapping[str, Mapping[str, int]],
    first: datetime,
    last: datetime,
) -> dict[str, Hours]:
    """The hours of stations that end from `first` to `last` (whole hours, aware); `measured`: as `streams` gives it."""
    count = int((last - first) / HOUR) + 1
    owners: dict[int, tuple[list[float | None], list[int], int]] = {}
    raw: dict[str, dict[str, Means]] = {}
    for sensor_id, station in stations.items():
        # The hour that ends at `first` is stored under its beginning, or under its end where that is its stamp.
        begins = _number(first if station.hour_stamp == "end" else first - HOUR)
        # Of humidity only a correction asks.
        wanted = {
            name: id
            for name, id in measured[sensor_id].items()
            if name != "humidity" or station.correction is not None
        }
        raw[sensor_id] = {name: Means([None] * count, [0] * count) for name in wanted}
        for name, id in wanted.items():
            owners[id] = raw[sensor_id][name].means, raw[sensor_id][name].observed, begins
    parameters = {"ids": list(owners), "first": first - HOUR, "last": last}
    for id, numbers, ns, found in conn.execute(_SQL["hours"], parameters, binary=True).fetchall():
        means, observed, begins = owners[id]
        # Nearly always all of them are there, one after another.
        if numbers == list(range(begins, begins + count)) and min(found) >= 0 and sum(found) < inf:
            means[:], observed[:] = found, ns
            continue
        for number, n, mean in zip(numbers, ns, found, strict=True):
            at = number - begins
            # What is below zero was no concentration, whatever let it into the sums.
            if 0 <= at < count and 0 <= mean < inf:
                means[at] = mean
                observed[at] = n
    return {
        sensor_id: Hours.of(station, first, count, raw[sensor_id]) for sensor_id, station in stations.items()
    }


def _number(hour: datetime) -> int:
    return int(hour.timestamp()) // 3600


def daily(
    conn: psycopg.Connection,
    sensor_id: str,
    station: AirStation,
    first: date,
    last: date,
    now: datetime,
    completeness: Completeness = PROJECT_RULE,
    *,
    measured: Mapping[str, int] | None = None,
) -> list[DayRow]:
    """The days of a station from `first` to `last`, each with its index; one that goes on at `now` (aware) has none.

    `measured`: the station's datastreams, as `streams` gives them, where they are known.
    """
    if measured is None:
        measured = streams(conn, [sensor_id])[sensor_id]
    pollutants = _pollutants(measured)
    known: dict[date, Mapping[Pollutant, PollutantDay]] = {}
    # A correction may be changed at any time; what is kept is made of what was measured.
    if pollutants and station.correction is None:
        known.update(air_days.kept(conn, pollutants, first, last, completeness))
    all_days = [first + at * DAY for at in range((last - first).days + 1)]
    for start, end in runs([day for day in all_days if day not in known]):
        known.update(made(conn, sensor_id, station, measured, start, end, completeness))
    today = day_of(last_end(now) + HOUR)
    return [_day_row(day, known[day], station, completeness, is_over=day < today) for day in all_days]


def _day_row(
    day: date,
    pollutants: Mapping[Pollutant, PollutantDay],
    station: AirStation,
    completeness: Completeness,
    *,
    is_over: bool,
) -> DayRow:
    figures = {name: found.figures for name, found in pollutants.items() if found.figures is not None}
    index = of_day(figures, completeness)
    measured = pollutants.get("pm2_5")
    if measured is not None and measured.figures is None and measured.observed > 0:
        index = uncorrected(index)
    if not station.publishes_aqi:
        index = withheld(index)
    elif not is_over:
        index = unfinished(index)
    return DayRow(day, index, pollutants, is_over)


def made(
    conn: psycopg.Connection,
    sensor_id: str,
    station: AirStation,
    measured: Mapping[str, int],
    first: date,
    last: date,
    completeness: Completeness,
) -> Days:
    """What the days of a station are made of, out of its hours."""
    begin = first_end(first) - LEAD * HOUR
    end = first_end(last) + (DAY_HOURS - 1) * HOUR
    found = hours(conn, {sensor_id: station}, {sensor_id: measured}, begin, end)[sensor_id]
    return dict(_days(found, completeness))


def _days(found: Hours, completeness: Completeness) -> Iterator[tuple[date, dict[Pollutant, PollutantDay]]]:
    for at in range(LEAD, found.count, DAY_HOURS):
        yield (
            day_of(found.end(at)),
            {
                pollutant: PollutantDay(
                    found.figures(pollutant, at, completeness),
                    sum(found.raw[pollutant].observed[at : at + DAY_HOURS]),
                )
                for pollutant in found.used
            },
        )


def keep_days(
    conn: psycopg.Connection, stations: Mapping[str, AirStation], completeness: Completeness, now: datetime
) -> int:
    """Keep the days of stations that were over at `now` (aware); how many were not kept. `conn` in autocommit."""
    count = 0
    for sensor_id, measured in streams(conn, list(stations)).items():
        pollutants, station = _pollutants(measured), stations[sensor_id]
        if not pollutants or station.correction is not None:
            continue
        for first, last in air_days.missing(conn, pollutants, completeness, now):
            with conn.transaction():
                air_days.hold(conn, pollutants)
                days = made(conn, sensor_id, station, measured, first, last, completeness)
                air_days.keep(conn, pollutants, days, completeness)
            count += len(days)
    return count


def _pollutants(measured: Mapping[str, int]) -> dict[Pollutant, int]:
    return {name: measured[name] for name in POLLUTANTS if name in measured}
