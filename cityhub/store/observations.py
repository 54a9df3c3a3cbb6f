"""Observations: stored once, summed up by the hour and known as latest in one statement per batch."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from types import MappingProxyType
from typing import LiteralString, TypeVar

import psycopg
from psycopg.rows import class_row

from cityhub.observing.continuity import Finding, Limits, Row
from cityhub.store import continuity
from cityhub.store.queries import load

_SQL = load(__file__)
# What one transaction should hold. Messages are small, but 700 bytes of gzip may be 10,000 values: who stores what
# others sent bounds what it became, not only what came.
MOST_ROWS = 200_000
_NO_LIMITS: Mapping[int, Limits] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Added:
    """What became of a batch: rows new to the database, and rows that it already held.

    `found`: flags that new rows were given because of the ones before them.
    """

    stored: int
    duplicates: int
    found: Sequence[Finding] = ()


@dataclass(frozen=True, slots=True)
class RawRow:
    """One observation as it was measured; `quality` says whether to trust it."""

    time: datetime
    value: float
    quality: int


@dataclass(frozen=True, slots=True)
class StepRow:
    """One hour or day that starts at `time`. Figures leave out rejected values; None where none is left."""

    time: datetime
    n: int
    mean: float | None
    min: float | None
    max: float | None
    sum: float | None
    n_rejected: int


def prepare(conn: psycopg.Connection) -> None:
    """Settings for a connection that will add for long."""
    conn.execute(_SQL["allow_late_rows"])


def add(conn: psycopg.Connection, rows: Sequence[Row], limits: Mapping[int, Limits] = _NO_LIMITS) -> Added:
    """Store a batch within the caller's transaction. Of rows with one datastream and time the first stays.

    `limits` (by datastream id): what to judge the rows by beside the ones before them.
    """
    if not rows:
        return Added(0, 0)
    with conn.transaction(), conn.cursor() as cursor:
        cursor.execute(_SQL["create_staging"])
        with cursor.copy(_SQL["copy_staging"]) as copy:
            copy.set_types(["int4", "timestamptz", "float8", "int2"])
            for row in rows:
                copy.write_row(row)
        [(stored, ids, times)] = cursor.execute(_SQL["add_staged"], binary=True).fetchall()
        new = rows if stored == len(rows) else _first_of(rows, set(zip(ids or (), times or (), strict=True)))
        found = continuity.mark(conn, new, limits)
    return Added(stored, len(rows) - stored, found)


def _first_of(rows: Sequence[Row], keys: set[tuple[int, datetime]]) -> list[Row]:
    """Of each (datastream id, time) in `keys` the row that came first: the one that was stored."""
    first = []
    for row in rows:
        key = row[0], row[1]
        if key in keys:
            keys.remove(key)
            first.append(row)
    return first


@dataclass(frozen=True, slots=True)
class Span:
    """Which history is asked for: start <= time < end (aware), only what comes after `after`, at most `limit`."""

    sensor_id: str
    property: str
    start: datetime
    end: datetime
    limit: int
    after: datetime | None = None


def raw(conn: psycopg.Connection, span: Span) -> list[RawRow]:
    """Observations of the span, oldest first."""
    return _rows(conn, RawRow, _SQL["raw"], span)


def hourly(conn: psycopg.Connection, span: Span) -> list[StepRow]:
    """Hours that begin within the span, oldest first."""
    return _rows(conn, StepRow, _SQL["hourly"], span)


def daily(conn: psycopg.Connection, span: Span) -> list[StepRow]:
    """Days of Asia/Ho_Chi_Minh made of the hours that begin within the span, oldest first."""
    return _rows(conn, StepRow, _SQL["daily"], span)


_AnyRow = TypeVar("_AnyRow", RawRow, StepRow)


def _rows(conn: psycopg.Connection, row: type[_AnyRow], query: LiteralString, span: Span) -> list[_AnyRow]:
    with conn.cursor(row_factory=class_row(row)) as cursor:
        return cursor.execute(query, asdict(span)).fetchall()
