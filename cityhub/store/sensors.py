"""Sensors, their sites and datastreams: saved from a catalogue, looked up by ingest, searched by the API."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, LiteralString

import psycopg
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from cityhub.catalogue.model import Sensor
from cityhub.errors import NotFound
from cityhub.kinds import DEVICE_PROPERTIES, KINDS, KindName
from cityhub.model import SensorRow
from cityhub.observing.decoded import RegisteredSensor
from cityhub.observing.payloads import mapping_fields
from cityhub.observing.payloads.mapping_fields import Fields
from cityhub.store.queries import load

_SQL = load(__file__)


@dataclass(frozen=True, slots=True)
class DatastreamRow:
    """A datastream with its latest observation, None where it never reported."""

    sensor_id: str
    id: int
    property: str
    unit: str
    time: datetime | None
    value: float | None
    quality: int | None


def save(conn: psycopg.Connection, sensors: Sequence[Sensor], *, takes_over: bool = False) -> int:
    """Insert or update sensors of the catalogue's files in the caller's transaction; how many were new or changed.

    `takes_over`: those too that a person registered or changed. Their places must be saved before them; store.catalogue
    saves all of it.
    """
    more = {"takes_over": takes_over}
    return _save(conn, _SQL["save"], [_parameters(sensor) | more for sensor in sensors])


def save_datastreams(conn: psycopg.Connection, sensors: Sequence[Sensor]) -> tuple[int, int]:
    """Insert or update what the saved sensors measure; returns how many there are, and how many new or changed."""
    streams = [
        {"sensor_id": sensor.id, "property": name, "unit": _unit(sensor.kind, name)}
        for sensor in sensors
        for name in (*sensor.properties, *DEVICE_PROPERTIES)
    ]
    return len(streams), _save(conn, _SQL["save_datastreams"], streams)


def _save(conn: psycopg.Connection, query: LiteralString, rows: Sequence[Mapping[str, object]]) -> int:
    with conn.cursor() as cursor:
        cursor.executemany(query, rows)
        return max(cursor.rowcount, 0)


def _parameters(sensor: Sensor) -> dict[str, Any]:
    return {**asdict(sensor), "attributes": Jsonb(dict(sensor.attributes))}


def _unit(kind: KindName, name: str) -> str:
    return (KINDS[kind].properties.get(name) or DEVICE_PROPERTIES[name]).unit


def known(
    conn: psycopg.Connection,
    keep_days: int | None = None,
    *,
    replays: bool = True,
    only: str | None = None,
) -> dict[str, RegisteredSensor]:
    """What decoding needs to know of every sensor, or of one, by id. Sensors with the same mapping share it.

    `keep_days`: for how long raw readings are kept, None for ever; `replays`: the past may come again here.
    """
    fields_of: dict[str | None, Fields | None] = {None: None}
    found: dict[str, RegisteredSensor] = {}
    for id, kind, capacity, interval_s, mapping, earliest in conn.execute(
        _SQL["known"], {"keep_days": keep_days, "replays": replays, "only": only}
    ):
        if mapping not in fields_of:
            fields_of[mapping] = _fields(mapping)
        found[id] = RegisteredSensor(kind, capacity, fields_of[mapping], interval_s, earliest)
    return found


def _fields(mapping: str) -> Fields | None:
    try:
        return mapping_fields.loads(mapping)
    except mapping_fields.BadMapping:
        # An attribute of that name from before mappings were read; the catalogue holds no other.
        return None


def datastream_ids(conn: psycopg.Connection) -> dict[tuple[str, str], int]:
    """The id of every datastream by (sensor_id, property)."""
    return {(sensor_id, name): id for sensor_id, name, id in conn.execute(_SQL["datastream_ids"])}


def ensure_datastream(conn: psycopg.Connection, sensor_id: str, kind: KindName, name: str) -> int:
    """The id of the datastream, made now when the sensor never reported this property of its kind before."""
    parameters = {"sensor_id": sensor_id, "property": name, "unit": _unit(kind, name)}
    [(id,)] = conn.execute(_SQL["ensure_datastream"], parameters).fetchall()
    return int(id)


def search(
    conn: psycopg.Connection,
    *,
    kind: str | None = None,
    bbox: tuple[float, float, float, float] | None = None,
    near: tuple[float, float] | None = None,
    radius_m: float | None = None,
    after: tuple[float, str] | None = None,
    limit: int = 100,
) -> list[SensorRow]:
    """Listed sensors in order of distance (m) from `near` (lat, lon) and id.

    `bbox` is (min_lon, min_lat, max_lon, max_lat). `after` is (distance_m or 0, id) of the last row already given.
    """
    min_lon, min_lat, max_lon, max_lat = bbox or (None, None, None, None)
    near_lat, near_lon = near or (None, None)
    after_distance_m, after_id = after or (None, None)
    parameters = {
        "kind": kind,
        "min_lon": min_lon,
        "min_lat": min_lat,
        "max_lon": max_lon,
        "max_lat": max_lat,
        "near_lat": near_lat,
        "near_lon": near_lon,
        "radius_m": radius_m,
        "after_distance_m": after_distance_m,
        "after_id": after_id,
        "limit": limit,
    }
    with conn.cursor(row_factory=class_row(SensorRow)) as cursor:
        return cursor.execute(_SQL["search"], parameters).fetchall()


def get(conn: psycopg.Connection, id: str) -> SensorRow:
    """The sensor, listed or not; raises NotFound."""
    with conn.cursor(row_factory=class_row(SensorRow)) as cursor:
        row = cursor.execute(_SQL["get"], {"id": id}).fetchone()
    if row is None:
        raise NotFound("sensor", id)
    return row


def of_kind(conn: psycopg.Connection, kind: KindName) -> list[SensorRow]:
    """Every listed sensor of the kind by id."""
    with conn.cursor(row_factory=class_row(SensorRow)) as cursor:
        return cursor.execute(_SQL["of_kind"], {"kind": kind}).fetchall()


def datastreams(conn: psycopg.Connection, sensor_ids: Sequence[str]) -> list[DatastreamRow]:
    """Every datastream of the sensors with its latest observation, device values included."""
    with conn.cursor(row_factory=class_row(DatastreamRow)) as cursor:
        return cursor.execute(_SQL["datastreams"], {"sensor_ids": list(sensor_ids)}).fetchall()
