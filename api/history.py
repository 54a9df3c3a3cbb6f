"""History of one datastream: pages of JSON, or one CSV stream of any length in constant memory."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import psycopg

from api.downloads import csv_text
from cityhub.errors import InvalidInput
from cityhub.observing.quality import names
from cityhub.rfc3339 import local_time
from cityhub.store import Pool, observations
from cityhub.store.observations import RawRow, Span, StepRow

Step = Literal["raw", "PT1H", "P1D"]

CSV_CHUNK_ROWS = 5000
RAW_COLUMNS = ("time", "value", "quality")
STEP_COLUMNS = ("time", "n", "mean", "min", "max", "sum", "n_rejected")

# How long a span may be. Pages and streams are bounded anyway; this stops a slip of the pen from reading decades.
LONGEST: dict[Step, timedelta] = {
    "raw": timedelta(days=5 * 366),
    "PT1H": timedelta(days=10 * 366),
    "P1D": timedelta(days=50 * 366),
}

_QUERIES: dict[Step, Callable[[psycopg.Connection, Span], Any]] = {
    "raw": observations.raw,
    "PT1H": observations.hourly,
    "P1D": observations.daily,
}


@dataclass(frozen=True, slots=True)
class Question:
    """Which datastream, which span (start <= time < end, aware) and how summed up."""

    sensor_id: str
    property: str
    start: datetime
    end: datetime
    step: Step

    def check(self) -> None:
        """Raises InvalidInput when the span is empty or too long for the step."""
        if self.end <= self.start:
            raise InvalidInput("end", "must be after start")
        if self.end - self.start > LONGEST[self.step]:
            days = LONGEST[self.step].days
            raise InvalidInput("end", f"at most {days} days after start with step={self.step}")

    def span(self, limit: int, after: datetime | None) -> Span:
        """The question as the store takes it."""
        return Span(self.sensor_id, self.property, self.start, self.end, limit, after)

    def rows(
        self, conn: psycopg.Connection, limit: int, after: datetime | None
    ) -> list[RawRow] | list[StepRow]:
        """At most `limit` rows after `after`, oldest first."""
        found: list[RawRow] | list[StepRow] = _QUERIES[self.step](conn, self.span(limit, after))
        return found


def tell(row: RawRow | StepRow) -> dict[str, Any]:
    """A row as JSON. Raw values are given as measured even when their quality speaks against them."""
    if isinstance(row, RawRow):
        return {"time": local_time(row.time), "value": row.value, "quality": names(row.quality)}
    return {
        "time": local_time(row.time),
        "n": row.n,
        "mean": row.mean,
        "min": row.min,
        "max": row.max,
        "sum": row.sum,
        "n_rejected": row.n_rejected,
    }


def csv_chunks(pool: Pool, question: Question) -> Iterator[str]:
    """The whole answer as CSV text; a connection is held only while reading."""

    def page(after: datetime | None, limit: int) -> Sequence[RawRow | StepRow]:
        with pool.connection() as conn:
            return question.rows(conn, limit, after)

    columns = RAW_COLUMNS if question.step == "raw" else STEP_COLUMNS
    return csv_text(columns, page, _tell_csv, lambda row: row.time, CSV_CHUNK_ROWS)


def _tell_csv(row: RawRow | StepRow) -> dict[str, Any]:
    told = tell(row)
    if "quality" in told:
        told["quality"] = " ".join(told["quality"])
    return told
