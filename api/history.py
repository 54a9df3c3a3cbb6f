"""History of one datastream: pages of JSON, or one CSV stream of any length in constant memory."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, cast

import psycopg

from api.answers.observations import RawObservations, RawRow, StepObservations, StepRow
from api.downloads import csv_text
from cityhub.errors import InvalidInput
from cityhub.store import Pool, history
from cityhub.store.history import Span

Step = Literal["raw", "PT1H", "P1D"]

CSV_CHUNK_ROWS = 5000

# How long a span may be. Pages and streams are bounded anyway; this stops a slip of the pen from reading decades.
LONGEST: dict[Step, timedelta] = {
    "raw": timedelta(days=5 * 366),
    "PT1H": timedelta(days=10 * 366),
    "P1D": timedelta(days=50 * 366),
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

    def rows(
        self, conn: psycopg.Connection, limit: int, after: datetime | None
    ) -> list[RawRow] | list[StepRow]:
        """At most `limit` rows after `after`, oldest first."""
        span = Span(self.sensor_id, self.property, self.start, self.end, limit, after)
        if self.step == "raw":
            return [RawRow.of(row) for row in history.raw(conn, span)]
        read = history.hourly if self.step == "PT1H" else history.daily
        return [StepRow.of(self.property, row) for row in read(conn, span)]

    def page(
        self, unit: str, rows: Sequence[RawRow] | Sequence[StepRow], next_url: str | None
    ) -> RawObservations | StepObservations:
        """The answer that holds `rows` of this question."""
        if self.step == "raw":
            raw = cast(Sequence[RawRow], rows)
            return RawObservations(self.sensor_id, self.property, unit, self.step, raw, next_url)
        steps = cast(Sequence[StepRow], rows)
        return StepObservations(self.sensor_id, self.property, unit, self.step, steps, next_url)


def csv_chunks(pool: Pool, question: Question) -> Iterator[str]:
    """The whole answer as CSV text; a connection is held only while reading."""

    def page(after: datetime | None, limit: int) -> Sequence[RawRow | StepRow]:
        with pool.connection() as conn:
            return question.rows(conn, limit, after)

    row = RawRow if question.step == "raw" else StepRow
    return csv_text(row, page, lambda last: last.time, CSV_CHUNK_ROWS)
