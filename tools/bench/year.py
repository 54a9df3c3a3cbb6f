"""A generated year of readings in the hub's own tables: what `./hub bench query` reads.

Stations report eight values every ten minutes and gauges one value a minute, as the larger of the city's devices do:
so a year is some thirty million rows.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

import psycopg

from cityhub.catalogue import Catalogue, Sensor
from cityhub.catalogue.model import Site
from cityhub.kinds import KINDS, KindName
from cityhub.store import catalogue as store_catalogue
from cityhub.store import sensors
from cityhub.store.queries import load
from tools.bench import proof

STATIONS, GAUGES = 60, 10
STATION_STEP, GAUGE_STEP = timedelta(minutes=10), timedelta(minutes=1)
DAY = timedelta(days=1)
# What half of a property's values lie below; the rest is up to the double.
_SCALES = {
    "pm2_5": 45.0, "pm10": 80.0, "no2": 40.0, "so2": 15.0, "o3": 60.0, "co": 900.0, "temperature": 24.0,
    "humidity": 45.0, "rain": 0.2,
}  # fmt: skip
_A_DAY = STATIONS * len(KINDS["air"].properties) * (DAY // STATION_STEP) + GAUGES * (DAY // GAUGE_STEP)
_PORTION = timedelta(days=4)
_STEPS = 10
_SQL = load(__file__)


class Step(Protocol):
    """A step under way; `result` is shown when it is done."""

    result: str

    def say(self, text: str) -> None:
        """What it is at."""


class Steps(Protocol):
    """How progress is shown."""

    def step(self, title: str) -> AbstractContextManager[Step]:
        """Shows `title` while the block runs."""


@dataclass(frozen=True, slots=True)
class Year:
    """What was generated: readings of start <= time < end, a whole hour of UTC, and how many there are."""

    start: datetime
    end: datetime
    rows: int
    bytes: int
    stations: tuple[str, ...]
    gauges: tuple[str, ...]


def days_for(rows: int) -> int:
    """How many days hold at least `rows`."""
    return -(-rows // _A_DAY)


def site(what: str, number: int) -> Site:
    """One of a grid over the city that exists nowhere else."""
    return Site(
        id=f"bench-{what}-{number:05}",
        name_vi=f"Trạm {number}",
        name_en=f"Station {number}",
        lon=105.7 + 0.003 * (number % 100),
        lat=20.95 + 0.002 * (number // 100),
        basis="illustrative",
        basis_note="",
        illustrative=True,
    )


def made_up(
    kind: KindName, count: int, properties: tuple[str, ...], interval: timedelta
) -> tuple[Sensor, ...]:
    """So many sensors on that grid."""
    return tuple(
        Sensor(
            **asdict(site(kind, number)),
            kind=kind,
            interval_s=int(interval.total_seconds()),
            properties=properties,
        )
        for number in range(count)
    )


def generate(conn: psycopg.Connection, rows: int, steps: Steps) -> Year:
    """Store at least `rows` readings up to the last full hour; `conn` is in autocommit."""
    stations = made_up("air", STATIONS, tuple(KINDS["air"].properties), STATION_STEP)
    gauges = made_up("rain", GAUGES, ("rain",), GAUGE_STEP)
    store_catalogue.save(conn, Catalogue((), stations + gauges))
    measures = {sensor.id: sensor for sensor in stations + gauges}
    streams = [
        (id, _SCALES[name], measures[sensor_id].interval_s)
        for (sensor_id, name), id in sensors.datastream_ids(conn).items()
        if sensor_id in measures and name in measures[sensor_id].properties
    ]
    ids, scales, steps_s = (list(column) for column in zip(*sorted(streams), strict=True))
    end = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    start = end - days_for(rows) * DAY
    portions = list(_portions(start, end))
    a_step = -(-len(portions) // _STEPS)
    for first in range(0, len(portions), a_step):
        done = min(first + a_step, len(portions))
        with steps.step(f"generated readings, portion {done}/{len(portions)}") as step:
            for begins, ends in portions[first:done]:
                step.say(f"{begins:%Y-%m-%d}")
                parameters = {"ids": ids, "scales": scales, "steps_s": steps_s, "start": begins, "end": ends}
                conn.execute(_SQL["fill"], parameters)
    with steps.step("vacuum") as step:
        conn.execute(_SQL["fill_latest"], {"ids": ids, "newest": end})
        conn.execute(_SQL["vacuum"])
        stored = proof.summed_up(conn)
        [(size,)] = conn.execute(_SQL["size"]).fetchall()
        step.result = f"{stored:,} rows, {size / 1e9:.1f} GB"
    return Year(start, end, stored, size, tuple(s.id for s in stations), tuple(g.id for g in gauges))


def _portions(start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    while start < end:
        yield start, min(start + _PORTION, end)
        start += _PORTION
