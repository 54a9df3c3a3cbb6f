"""The newest observation of every datastream, by phenomenon time, as the public answers need it."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg.rows import class_row

from cityhub.kinds import KindName
from cityhub.store.queries import load
from cityhub.store.sensors import SensorRow

_SQL = load(__file__)


@dataclass(frozen=True, slots=True)
class Reading:
    """The newest observation of one property, in `unit`; `quality` is a bit set of cityhub.observing.quality."""

    property: str
    unit: str
    time: datetime
    value: float
    quality: int


@dataclass(frozen=True, slots=True)
class LatestRow:
    """A sensor with the properties that it ever reported, battery and rssi among them."""

    sensor: SensorRow
    readings: tuple[Reading, ...]


@dataclass(frozen=True, slots=True)
class RainSums:
    """Rain in mm over the last 1, 3 and 24 hours; None where no good value came in the window."""

    mm_1h: float | None
    mm_3h: float | None
    mm_24h: float | None


def of_kind(conn: psycopg.Connection, kind: KindName) -> list[LatestRow]:
    """Every listed sensor of the kind by id, also those that never reported."""
    readings: dict[str, list[Reading]] = defaultdict(list)
    for sensor_id, name, unit, time, value, quality in conn.execute(_SQL["readings"], {"kind": kind}):
        readings[sensor_id].append(Reading(name, unit, time, value, quality))
    with conn.cursor(row_factory=class_row(SensorRow)) as cursor:
        sensors = cursor.execute(_SQL["of_kind"], {"kind": kind}).fetchall()
    return [LatestRow(sensor, tuple(readings[sensor.id])) for sensor in sensors]


def rain_sums(conn: psycopg.Connection, now: datetime) -> dict[str, RainSums]:
    """Rain sums up to and including `now` by sensor id; gauges silent for 24 hours are absent."""
    rows = conn.execute(_SQL["rain_sums"], {"now": now}).fetchall()
    return {sensor_id: RainSums(*sums) for sensor_id, *sums in rows}
