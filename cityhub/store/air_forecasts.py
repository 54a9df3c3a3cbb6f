"""Models of air stations and what they say about the next hours, as jobs make them and the API hands them out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from cityhub.errors import NotFound
from cityhub.store.queries import load

_SQL = load(__file__)


@dataclass(frozen=True, slots=True)
class StationRow:
    """An air station that measures PM2.5, and the model that it has; None before there was one.

    `why`: the model says nothing, for this reason.
    """

    id: str
    lat: float
    lon: float
    listed: bool
    model_name: str | None
    trained_at: datetime | None
    why: str | None


@dataclass(frozen=True, slots=True)
class ModelRow:
    """A model, learnt from start <= hour < end (aware) and tried on `weeks` weeks; `coefficients` None says `why`."""

    sensor_id: str
    name: str
    trained_at: datetime
    start: datetime
    end: datetime
    weeks: int
    coefficients: Mapping[str, Any] | None
    skill: Sequence[Mapping[str, Any]]
    why: str | None


@dataclass(frozen=True, slots=True)
class ForecastRow:
    """What is said about a station's next hours; None and nothing where nobody said anything yet.

    `issued`: the end of the hour that it was told from. The rest is about the model.
    """

    sensor_id: str
    issued: datetime | None
    hours: Sequence[Mapping[str, Any]]
    why: str | None
    name: str | None
    trained_at: datetime | None
    start: datetime | None
    end: datetime | None
    weeks: int | None
    skill: Sequence[Mapping[str, Any]] | None


def stations(conn: psycopg.Connection) -> list[StationRow]:
    """Every air station with PM2.5, listed or not, by id."""
    with conn.cursor(row_factory=class_row(StationRow)) as cursor:
        return cursor.execute(_SQL["stations"]).fetchall()


def save_model(conn: psycopg.Connection, row: ModelRow) -> None:
    """Store the model in place of the one before."""
    parameters = {
        "sensor_id": row.sensor_id,
        "name": row.name,
        "trained_at": row.trained_at,
        "start": row.start,
        "end": row.end,
        "weeks": row.weeks,
        "coefficients": None if row.coefficients is None else Jsonb(row.coefficients),
        "skill": Jsonb(row.skill),
        "why": row.why,
    }
    conn.execute(_SQL["save_model"], parameters)


def models(conn: psycopg.Connection, name: str) -> dict[str, Mapping[str, Any]]:
    """The coefficients of the models of this name that have something to say, by station."""
    return dict(conn.execute(_SQL["models"], {"name": name}).fetchall())


def save(
    conn: psycopg.Connection,
    sensor_id: str,
    made_at: datetime,
    issued: datetime | None,
    hours: Sequence[Mapping[str, Any]],
    why: str | None,
) -> None:
    """Store what is said about a station's next hours in place of what was said before; times are aware."""
    parameters = {
        "sensor_id": sensor_id,
        "made_at": made_at,
        "issued": issued,
        "hours": Jsonb(hours),
        "why": why,
    }
    conn.execute(_SQL["save"], parameters)


def get(conn: psycopg.Connection, sensor_id: str) -> ForecastRow:
    """What is said about an air station's next hours; raises NotFound."""
    with conn.cursor(row_factory=class_row(ForecastRow)) as cursor:
        row = cursor.execute(_SQL["get"], {"sensor_id": sensor_id}).fetchone()
    if row is None:
        raise NotFound("air station", sensor_id)
    return row
