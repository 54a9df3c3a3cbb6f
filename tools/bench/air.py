"""`./hub bench air`: how good air between stations and air ahead are, on real files (docs/data.md names them).

Between: each station is estimated from the others, hour by hour. Ahead: each week is told by what the weeks before it
taught. Nothing runs beside it, and no database is asked.
"""

import json as json_format
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from cityhub.air import field
from cityhub.air.field import METHOD, METHODS, Array, Plane, leave_one_out
from cityhub.air.forecast import HOURS_AHEAD, Skill
from cityhub.air.forecast_training import COVERAGE, Trained, train
from cityhub.catalogue import REPLAY_CATALOGUE, read
from simulators.replay.files import opened
from simulators.replay.formats import FORMATS
from simulators.replay.record import Record

SHOWN_AHEAD = (1, 2, 3, 6, 12, 18, 24)
_HOUR = timedelta(hours=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Hours:
    """PM2.5 (µg/m³) of a file: a row a station, a column an hour, NaN for none; `first` as for `features`."""

    name: str
    stations: Sequence[str]
    values: Array
    first: int


@dataclass(frozen=True, slots=True)
class Between:
    """Mean absolute and root mean square error (µg/m³) of a method, over all stations left out one by one."""

    method: str
    mae: float
    rmse: float


@dataclass(frozen=True, slots=True)
class Ahead:
    """Forecasts so many hours ahead of all stations, as Skill; `published` of `stations` may tell it."""

    ahead: int
    error: float
    error_persistence: float
    error_yesterday: float
    coverage: float
    published: int
    stations: int

    @property
    def is_good(self) -> bool:
        """Does it beat both, and does the range hold what it says?"""
        low, high = COVERAGE
        return self.error < min(self.error_persistence, self.error_yesterday) and low <= self.coverage <= high


def hours_of(file: Path, format: str) -> Hours:
    """The hours of a file; its times are those of its own city. Raises FileError."""
    found: dict[str, dict[int, float]] = defaultdict(dict)
    with opened(file) as (text, _):
        for row in FORMATS[format](text, str(file)):
            for record in row.records:
                if not isinstance(record, Record):
                    continue
                value = (record.values or {}).get("pm2_5")
                if isinstance(value, float | int) and value >= 0 and not record.extra:
                    here = record.time.replace(tzinfo=UTC)
                    found[record.sensor_id][(here - _EPOCH) // _HOUR] = float(value)
    first, last = min(map(min, found.values())), max(map(max, found.values()))
    values = np.full((len(found), last - first + 1), np.nan)
    for number, hours in enumerate(found.values()):
        values[number, [hour - first for hour in hours]] = list(hours.values())
    return Hours(file.name, list(found), values, first)


def between(hours: Hours) -> list[Between]:
    """Every method on the stations of the replay catalogue, the best first."""
    places = {sensor.id: (sensor.lon, sensor.lat) for sensor in read(REPLAY_CATALOGUE).sensors}
    lon, lat = np.array([places[station] for station in hours.stations]).T
    points = Plane(float(np.median(lon)), float(np.median(lat))).points(lon, lat)
    found = []
    for name, method in METHODS.items():
        errors = leave_one_out(method, points, hours.values.T) - hours.values.T
        found.append(Between(name, float(np.nanmean(np.abs(errors))), float(np.sqrt(np.nanmean(errors**2)))))
    return sorted(found, key=lambda one: one.mae)


def ahead(hours: Hours) -> list[Ahead]:
    """Every hour ahead, over all stations that have weeks enough."""
    results = [
        train(hours.values[number], np.delete(hours.values, number, axis=0), hours.first)
        for number in range(len(hours.values))
    ]
    skills = [result.skill for result in results if isinstance(result, Trained)]
    return [_together([skill[number] for skill in skills]) for number in range(HOURS_AHEAD)] if skills else []


def _together(ones: Sequence[Skill]) -> Ahead:
    weights = [one.n for one in ones]

    def mean(name: str) -> float:
        return float(np.average([getattr(one, name) for one in ones], weights=weights))

    return Ahead(
        ones[0].ahead,
        mean("error"),
        mean("error_persistence"),
        mean("error_yesterday"),
        mean("coverage"),
        sum(one.is_published for one in ones),
        len(ones),
    )


def main(json: bool, prsa: Iterable[Path], airnow: Iterable[Path]) -> int:
    """Measure and print; 1 when another method is better, a baseline is not beaten, or a range does not hold."""
    document: dict[str, Any] = {"between": {}, "ahead": {}}
    is_good = True
    files = [*((file, "prsa") for file in prsa), *((file, "airnow") for file in airnow)]
    for file, format in files:
        hours = hours_of(file, format)
        if len(hours.stations) >= field.LEAST_STATIONS:
            methods = between(hours)
            document["between"][hours.name] = [_rounded(one) for one in methods]
            is_good = is_good and methods[0].method == METHOD
        told = ahead(hours)
        document["ahead"][hours.name] = [_rounded(one) for one in told]
        is_good = is_good and all(one.is_good for one in told)
    document["is_good"] = is_good
    print(json_format.dumps(document) if json else "\n".join(_lines(document)))
    return 0 if is_good else 1


def _rounded(one: Between | Ahead) -> dict[str, Any]:
    figures = {name: getattr(one, name) for name in one.__dataclass_fields__}
    return {name: round(value, 3) if isinstance(value, float) else value for name, value in figures.items()}


def _lines(document: Mapping[str, Any]) -> Iterator[str]:
    for name, methods in document["between"].items():
        yield f"between stations, {name}: mean absolute error and root mean square error, µg/m³"
        yield from (f"  {one['method']:26}{one['mae']:8.2f}{one['rmse']:8.2f}" for one in methods)
    for name, told in document["ahead"].items():
        yield f"ahead, {name}: hours; error of the forecast, of the present value, of yesterday's hour; range; told by"
        yield from (
            f"  {one['ahead']:3} h{one['error']:8.2f}{one['error_persistence']:8.2f}{one['error_yesterday']:8.2f}"
            f"{one['coverage'] * 100:7.1f} %  {one['published']} of {one['stations']}"
            for one in told
            if one["ahead"] in SHOWN_AHEAD
        )
    yield "good" if document["is_good"] else "not good"
