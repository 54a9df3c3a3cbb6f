"""History of a datastream: what is read of stored observations, a page at a time. A page costs what it returns."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import LiteralString, TypeVar

import psycopg
from msgspec import Struct
from psycopg.rows import args_row

from cityhub.store.queries import load

_SQL = load(__file__)
# The least step between two times that the database tells apart.
_TICK = timedelta(microseconds=1)
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


# Thousands of them make a page; a Struct costs a third of a NamedTuple.
class RawRow(Struct, frozen=True, gc=False):
    """One observation as it was measured; `quality` says whether to trust it."""

    time: datetime
    value: float
    quality: int


class StepRow(Struct, frozen=True, gc=False):
    """One hour or day that starts at `time`. Figures leave out rejected values; None where none is left."""

    time: datetime
    n: int
    mean: float | None
    min: float | None
    max: float | None
    sum: float | None
    n_rejected: int


@dataclass(frozen=True, slots=True)
class Span:
    """Which history is asked for: start <= time < end (aware), only what comes after `after`, at most `limit`."""

    sensor_id: str
    property: str
    start: datetime
    end: datetime
    limit: int
    after: datetime | None = None

    def parameters(self, step: timedelta) -> dict[str, object]:
        """What the queries want; a row stands for `step` from its time on."""
        first = self.start if self.after is None else max(self.start, self.after + step)
        return {
            "sensor_id": self.sensor_id,
            "property": self.property,
            "first": first,
            "end": self.end,
            "limit": self.limit,
        }


def raw(conn: psycopg.Connection, span: Span) -> list[RawRow]:
    """Observations of the span, oldest first."""
    return _rows(conn, RawRow, _SQL["raw"], span.parameters(_TICK))


def hourly(conn: psycopg.Connection, span: Span) -> list[StepRow]:
    """Hours that begin within the span, oldest first."""
    return _rows(conn, StepRow, _SQL["hourly"], span.parameters(_HOUR))


def daily(conn: psycopg.Connection, span: Span) -> list[StepRow]:
    """Days of Asia/Ho_Chi_Minh made of the hours that begin within the span, oldest first."""
    return _rows(conn, StepRow, _SQL["daily"], span.parameters(_DAY))


_AnyRow = TypeVar("_AnyRow", RawRow, StepRow)


def _rows(
    conn: psycopg.Connection, row: type[_AnyRow], query: LiteralString, parameters: dict[str, object]
) -> list[_AnyRow]:
    with conn.cursor(row_factory=args_row(row), binary=True) as cursor:
        return cursor.execute(query, parameters).fetchall()
