"""History of one datastream: pages of JSON, or one stream of CSV or Parquet of any length in constant memory."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Literal, cast

import msgspec
import psycopg

from api import parquet
from api.answers.observations import RawObservations, RawRow, StepObservations, StepRow
from cityhub.errors import InvalidInput
from cityhub.kinds.figures import as_measured, derived
from cityhub.observing.quality import names
from cityhub.rfc3339 import at_local_time
from cityhub.store import Pool, history
from cityhub.store.history import Span

Step = Literal["raw", "PT1H", "P1D"]
Stored = list[history.RawRow] | list[history.StepRow]

CSV_CHUNK_ROWS = 5000
PARQUET_GROUP_ROWS = 50_000
_PARQUET_TYPES = {"quality": "string", "n": "int32", "n_rejected": "int32"}
# Rows become text in one thread at a time: while Python works for a download every other thread waits, and with it the
# pages and hot answers.
WRITING = threading.Lock()

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

    def stored(self, conn: psycopg.Connection, limit: int, after: datetime | None) -> Stored:
        """At most `limit` rows after `after` as they are stored, oldest first."""
        span = Span(self.sensor_id, self.property, self.start, self.end, limit, after)
        if self.step == "raw":
            return history.raw(conn, span)
        return (history.hourly if self.step == "PT1H" else history.daily)(conn, span)

    def rows(
        self, conn: psycopg.Connection, limit: int, after: datetime | None
    ) -> list[RawRow] | list[StepRow]:
        """The same as an answer has them."""
        found = self.stored(conn, limit, after)
        if self.step == "raw":
            return [RawRow.of(row) for row in cast(list[history.RawRow], found)]
        return [StepRow.of(self.property, row) for row in cast(list[history.StepRow], found)]

    def lines(
        self, conn: psycopg.Connection, limit: int, after: datetime | None
    ) -> tuple[list[str], datetime | None]:
        """The same rows as lines of a CSV file, and the time of the last."""
        rows = self.stored(conn, limit, after)
        with WRITING:
            if self.step == "raw":
                raw = cast(list[history.RawRow], rows)
                cells = [[repr(as_measured(row.value)), _flags(row.quality)] for row in raw]
            else:
                cells = [self._step_cells(row) for row in cast(list[history.StepRow], rows)]
            found = _lines(rows, cells)
        return found, rows[-1].time if rows else None

    def columns(self, rows: Stored) -> list[list[object]]:
        """The same rows by column, as a Parquet file has them."""
        if self.step == "raw":
            raw = cast(list[history.RawRow], rows)
            return [
                [row.time for row in raw],
                [as_measured(row.value) for row in raw],
                [_flags(row.quality) for row in raw],
            ]
        steps = [StepRow.of(self.property, row) for row in cast(list[history.StepRow], rows)]
        return [[getattr(row, name) for row in steps] for name in StepRow.__struct_fields__]

    def _step_cells(self, row: history.StepRow) -> list[str]:
        return [
            str(row.n),
            "" if row.mean is None else repr(derived(self.property, row.mean)),
            "" if row.min is None else repr(as_measured(row.min)),
            "" if row.max is None else repr(as_measured(row.max)),
            "" if row.sum is None else repr(derived(self.property, row.sum)),
            str(row.n_rejected),
        ]

    def page(
        self, unit: str, rows: Sequence[RawRow] | Sequence[StepRow], next_url: str | None
    ) -> RawObservations | StepObservations:
        """The answer that holds `rows` of this question."""
        if self.step == "raw":
            raw = cast(Sequence[RawRow], rows)
            return RawObservations(self.sensor_id, self.property, unit, self.step, raw, next_url)
        steps = cast(Sequence[StepRow], rows)
        return StepObservations(self.sensor_id, self.property, unit, self.step, steps, next_url)


def csv_chunks(pool: Pool, question: Question, about: Sequence[str] = ()) -> Iterator[str]:
    """The whole answer as CSV text, behind lines that begin with `# `; a connection is held only while reading.

    Written here and not by `api.downloads`, which does it for every table: no cell of a history needs quotes, and so it
    takes a quarter of the time.
    """
    columns = (RawRow if question.step == "raw" else StepRow).__struct_fields__
    lines = [*(f"# {line}" for line in about), ",".join(columns)]
    after: datetime | None = None
    while True:
        with pool.connection() as conn:
            found, last = question.lines(conn, CSV_CHUNK_ROWS, after)
        yield "\r\n".join([*lines, *found, ""])
        if last is None or len(found) < CSV_CHUNK_ROWS:
            return
        lines, after = [], last


def parquet_chunks(pool: Pool, question: Question, metadata: Mapping[str, str]) -> Iterator[bytes]:
    """The whole answer as a Parquet file; a connection is held only while reading."""
    import pyarrow  # noqa: PLC0415

    names = (RawRow if question.step == "raw" else StepRow).__struct_fields__
    schema = parquet.described(
        pyarrow.schema([(name, getattr(pyarrow, _PARQUET_TYPES.get(name, "float64"))()) for name in names]),
        metadata,
    ).set(0, pyarrow.field("time", pyarrow.timestamp("us", "Asia/Ho_Chi_Minh")))

    def tables() -> Iterator[pyarrow.Table]:
        after: datetime | None = None
        while True:
            with pool.connection() as conn:
                rows = question.stored(conn, PARQUET_GROUP_ROWS, after)
            with WRITING:
                columns = question.columns(rows)
                table = pyarrow.table(
                    [
                        pyarrow.array(column, field.type)
                        for column, field in zip(columns, schema, strict=True)
                    ],
                    schema=schema,
                )
            # Not within: a client may take its time, and the others wait for it.
            yield table
            if len(rows) < PARQUET_GROUP_ROWS:
                return
            after = rows[-1].time

    return parquet.pieces(schema, tables())


def _lines(rows: Sequence[history.RawRow | history.StepRow], cells: Sequence[list[str]]) -> list[str]:
    # All times at once, which msgspec writes five times as fast as Python.
    times = msgspec.json.decode(
        msgspec.json.encode([at_local_time(row.time) for row in rows]), type=list[str]
    )
    return [",".join([time, *values]) for time, values in zip(times, cells, strict=True)]


@lru_cache(maxsize=256)
def _flags(quality: int) -> str:
    return " ".join(names(quality))
