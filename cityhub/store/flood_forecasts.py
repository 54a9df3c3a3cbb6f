"""Models of how water goes on at each point, and the past that they learn from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import psycopg
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from cityhub.flood.forecast import NAME, Learnt, Model, NoForecast
from cityhub.store.queries import load

_SQL = load(__file__)


@dataclass(frozen=True, slots=True)
class PointRow:
    """A point, the datastream of its depth, and what is known of its model: None before the first."""

    id: str
    lon: float
    lat: float
    listed: bool
    datastream_id: int
    name: str | None
    trained_at: datetime | None
    why: NoForecast | None


@dataclass(frozen=True, slots=True)
class GaugePlace:
    """A gauge's datastream and where it is."""

    id: int
    lon: float
    lat: float
    listed: bool


def points(conn: psycopg.Connection) -> list[PointRow]:
    """Every point that measures the depth of water, by id."""
    with conn.cursor(row_factory=class_row(PointRow)) as cursor:
        return cursor.execute(_SQL["points"]).fetchall()


def gauges(conn: psycopg.Connection) -> list[GaugePlace]:
    """Every gauge."""
    with conn.cursor(row_factory=class_row(GaugePlace)) as cursor:
        return cursor.execute(_SQL["gauges"]).fetchall()


def depths(
    conn: psycopg.Connection, datastream_id: int, first: datetime, last: datetime, step: timedelta
) -> dict[datetime, float]:
    """The last good depth (cm) of each step of first < time <= last (aware), by the step's end."""
    parameters = {"id": datastream_id, "first": first, "last": last, "step": step}
    return dict(conn.execute(_SQL["depths"], parameters).fetchall())


def rain(
    conn: psycopg.Connection, ids: Sequence[int], first: datetime, last: datetime, step: timedelta
) -> dict[datetime, float]:
    """The mean rain (mm) of the gauges in each step of first < time <= last (aware), by the step's end."""
    parameters = {"ids": list(ids), "first": first, "last": last, "step": step}
    return dict(conn.execute(_SQL["rain"], parameters).fetchall())


def save(conn: psycopg.Connection, sensor_id: str, learnt: Learnt, tried: Sequence[dict[str, Any]]) -> None:
    """Keep what was learnt in place of what was there."""
    parameters = {
        "sensor_id": sensor_id,
        "name": NAME,
        "trained_at": learnt.trained_at,
        "start_time": learnt.start,
        "end_time": learnt.end,
        "horizons": None if learnt.model is None else Jsonb(learnt.model.as_json()),
        "tried": Jsonb(list(tried)),
        "why": learnt.why,
    }
    conn.execute(_SQL["save"], parameters)


def edition(conn: psycopg.Connection) -> str:
    """Another text than before where a model changed."""
    [(edition,)] = conn.execute(_SQL["edition"]).fetchall()
    return str(edition)


def models(conn: psycopg.Connection) -> dict[str, Learnt]:
    """What was learnt of the listed points, by sensor id."""
    rows = conn.execute(_SQL["models"], {"name": NAME})
    return {
        sensor_id: Learnt(
            trained_at, start, end, None if horizons is None else Model.from_json(horizons), why
        )
        for sensor_id, trained_at, start, end, horizons, why in rows
    }
