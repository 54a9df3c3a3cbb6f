"""Whether ingest slows down as the database grows: the hub's rate beside millions of stored rows and beside none.

Two databases on one server. `growth_full` is filled once with generated rows in the hub's own tables with all their
indexes: a reading a minute of the bench's datastreams, up to the hour in which the backlogs begin, with their hourly
sums and `latest`; then it is vacuumed, as autovacuum would have done by then. `growth_empty` is made anew for every
round, so that it holds no row at all when ingest connects. In each round the same backlog goes into both, from ingest
processes started alike and in turn (now the one first, now the other), so that a machine that slows down slows both
down. Each round has a backlog with times of its own, or its rows would not be new. The figure to quote is the ratio
of the medians.
"""

import os
import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

import psycopg

from cityhub.store.migrations import migrate
from cityhub.store.queries import load
from tools import demo
from tools.bench import backlog, hub_run, proof
from tools.bench.backlog import Backlog
from tools.bench.servers import Bench

ROUNDS = 5
REQUIRED_RATIO = 0.9
_SQL = load(__file__)
_PORTION = timedelta(hours=8)  # about a million rows
_STEPS = 10
_HOUR = timedelta(hours=1)
_MINUTE = timedelta(minutes=1)


class Steps(demo.Steps, Protocol):
    """How progress is shown."""

    def line(self, text: str) -> None:
        """One line of its own."""


@dataclass(frozen=True, slots=True)
class Growth:
    """`stored_rows` when the first round began; rates in observations a second, medians of the rounds."""

    stored_rows: int
    empty_per_second: float
    full_per_second: float

    @property
    def ratio(self) -> float:
        """Full over empty."""
        return self.full_per_second / self.empty_per_second


def measure(bench: Bench, messages: int, workers: int, stored: int, steps: Steps) -> Growth:
    """Generate at least `stored` rows, then measure backlogs of `messages`. Raises ServiceError."""
    with _connect(bench.endpoints.admin_url) as conn:
        conn.execute(_SQL["create_full"])
    empty, full = _url(bench, "growth_empty"), _url(bench, "growth_full")
    migrate(full)
    rounds = backlog.backlogs(messages, ROUNDS)
    rows = _fill(full, stored, rounds[0].start, steps)
    rates: dict[str, list[float]] = {empty: [], full: []}
    for number, waiting in enumerate(rounds, 1):
        with _connect(bench.endpoints.admin_url) as conn:
            conn.execute(_SQL["drop_empty"])
            conn.execute(_SQL["create_empty"])
        migrate(empty)
        hub_run.prepare(empty)
        for url in (empty, full) if number % 2 else (full, empty):
            rates[url].append(_rate(bench, url, waiting, workers))
        steps.line(f"growth {number}/{ROUNDS}: {rates[empty][-1]:,.0f} empty, {rates[full][-1]:,.0f} full")
    return Growth(rows, statistics.median(rates[empty]), statistics.median(rates[full]))


def spans(rows: int, datastreams: int, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Portions (start, end) of whole hours, oldest first and up to the last full hour before `end`.

    One reading a minute of each datastream makes at least `rows` of them.
    """
    minutes = -(-rows // datastreams)
    last = end.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    start = last - _HOUR * -(-minutes // 60)
    while start < last:
        yield start, min(start + _PORTION, last)
        start += _PORTION


def _fill(url: str, rows: int, end: datetime, steps: Steps) -> int:
    ids = backlog.datastreams(hub_run.prepare(url))
    portions = list(spans(rows, len(ids), end))
    a_step = -(-len(portions) // _STEPS)
    with _connect(url) as conn:
        for first in range(0, len(portions), a_step):
            done = min(first + a_step, len(portions))
            with steps.step(f"stored rows, portion {done}/{len(portions)}") as step:
                for start, until in portions[first:done]:
                    step.say(f"{start:%Y-%m-%d %H:%M}")
                    conn.execute(_SQL["fill"], {"ids": ids, "start": start, "end": until})
        with steps.step("vacuum and checkpoint") as step:
            conn.execute(_SQL["fill_latest"], {"newest": portions[-1][1] - _MINUTE})
            conn.execute(_SQL["vacuum_observations"])
            conn.execute(_SQL["vacuum_hours"])
            conn.execute(_SQL["vacuum_latest"])
            stored = proof.summed_up(conn)
            [(size,)] = conn.execute(_SQL["size"]).fetchall()
            step.result = f"{stored:,} rows, {size / 1e9:.1f} GB"
    return stored


def _rate(bench: Bench, url: str, waiting: Backlog, workers: int) -> float:
    """Observations a second of one backlog into one database."""
    hub_run.open_session(bench)
    backlog.publish(waiting, bench.endpoints)
    # What was written before must not be written down during the measurement.
    with _connect(url) as conn:
        conn.execute(_SQL["checkpoint"])
    os.sync()
    return waiting.observations / hub_run.run(bench, url, waiting, workers).seconds


def _url(bench: Bench, database: str) -> str:
    return f"{bench.endpoints.admin_url.rpartition('/')[0]}/{database}"


def _connect(url: str) -> psycopg.Connection:
    return psycopg.connect(url, autocommit=True)
