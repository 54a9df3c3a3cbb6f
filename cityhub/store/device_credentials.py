"""On record of sensors' passwords at the broker: since when, by whom. Neither a password nor a hash of one is here.

The broker's own file has those. All within the caller's transaction; times are aware.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

import psycopg
from psycopg.rows import class_row

from cityhub.kinds import KindName
from cityhub.store import audit
from cityhub.store.queries import load

_SQL = load(__file__)


@dataclass(frozen=True, slots=True)
class Known:
    """A sensor of the catalogue with what is on record; None: it was never given a password by the hub.

    Of one that was given without the hub and taken away by it only `mark` (empty) and the end are known.
    """

    sensor_id: str
    kind: KindName
    mark: str | None
    given_at: datetime | None
    given_by: str | None
    rotated_at: datetime | None
    rotated_by: str | None
    revoked_at: datetime | None
    revoked_by: str | None


@dataclass(frozen=True, slots=True)
class Credential:
    """What is on record of one sensor's password. Not when it was given, where the hub did not give it."""

    sensor_id: str
    given_at: datetime | None
    given_by: str | None
    rotated_at: datetime | None
    rotated_by: str | None
    revoked_at: datetime | None
    revoked_by: str | None


def all(conn: psycopg.Connection) -> list[Known]:
    """Every sensor of the catalogue, by id."""
    with conn.cursor(row_factory=class_row(Known)) as cursor:
        return cursor.execute(_SQL["all"]).fetchall()


def of_sensor(conn: psycopg.Connection, sensor_id: str) -> Credential | None:
    """What is on record of a sensor; None when nothing is."""
    with conn.cursor(row_factory=class_row(Credential)) as cursor:
        return cursor.execute(_SQL["of_sensor"], {"sensor_id": sensor_id}).fetchone()


def give(
    conn: psycopg.Connection, marks: Sequence[tuple[str, str]], by: str, now: datetime, why: str
) -> None:
    """Sensors have a password now. `marks`: sensor and mark of its line in the broker's file."""
    _each(conn, _SQL["give"], "password at the broker given", marks, by, now, why)


def rotate(
    conn: psycopg.Connection, marks: Sequence[tuple[str, str]], by: str, now: datetime, why: str
) -> None:
    """Sensors have another password now."""
    _each(conn, _SQL["rotate"], "password at the broker changed", marks, by, now, why)


def revoke(conn: psycopg.Connection, names: Sequence[str], by: str, now: datetime, why: str) -> None:
    """They are let in no more. A name may also be of no sensor: it is in the trail only."""
    _each(
        conn, _SQL["revoke"], "password at the broker revoked", [(name, "") for name in names], by, now, why
    )


def _each(
    conn: psycopg.Connection,
    query: LiteralString,
    action: str,
    marks: Sequence[tuple[str, str]],
    by: str,
    now: datetime,
    why: str,
) -> None:
    with conn.cursor() as cursor:
        cursor.executemany(
            query, [{"sensor_id": name, "mark": mark, "now": now, "by": by} for name, mark in marks]
        )
    for name, _ in marks:
        audit.add(conn, by, action, f"sensor:{name}", why=why)
