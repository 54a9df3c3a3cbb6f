"""`./hub bench query`: what reading costs beside a year of generated history, each figure beside a bare SELECT of the
same rows on the same connection.

`ms` is the time from the question to the rows, or to the finished answer of `/latest`, in one thread of the API's own
code: the database's work and the hub's, without the network. `answer_ms` adds what makes JSON of them. Medians, the
hub's and the bare question in turn, so that a machine that slows down slows both down.
"""

import json as json_format
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

import msgspec
import psycopg

from api.history import Question, Step
from api.snapshots import build, changed
from cityhub.catalogue import Catalogue
from cityhub.kinds import KindName
from cityhub.store import batches, connect, days, latest, sensors, session
from cityhub.store import catalogue as store_catalogue
from cityhub.store.queries import load
from tools.bench import year
from tools.bench.servers import bench_servers
from tools.bench.year import DAY, Steps, Year

_SQL = load(__file__)
LATEST_SENSORS = 10_000
LATEST_KIND: KindName = "flood"
ROUNDS, LATEST_ROUNDS = 101, 11


@dataclass(frozen=True, slots=True)
class Figure:
    """Milliseconds (p50) beside the limit and beside a bare SELECT of the same rows."""

    name: str
    ms: float
    limit_ms: float
    bare_ms: float
    answer_ms: float
    rows: int

    @property
    def is_good(self) -> bool:
        """Is the limit kept?"""
        return self.ms <= self.limit_ms


def histories(conn: psycopg.Connection, made: Year) -> list[Figure]:
    """Raw rows, hours and days of one datastream."""
    station, gauge = made.stations[len(made.stations) // 2], made.gauges[len(made.gauges) // 2]
    return [
        _history(conn, made, "24 h raw", (gauge, "rain"), "raw", 1, 5),
        _history(conn, made, "90 days hourly", (station, "pm2_5"), "PT1H", 90, 5),
        _history(conn, made, "a year daily", (station, "pm2_5"), "P1D", 365, 5),
    ]


def _history(
    conn: psycopg.Connection,
    made: Year,
    name: str,
    stream: tuple[str, str],
    step: Step,
    days: int,
    limit_ms: float,
) -> Figure:
    question = Question(*stream, made.end - days * DAY, made.end, step)
    bare = (
        _SQL["bare_raw"] if step == "raw" else _SQL["bare_hourly"] if step == "PT1H" else _SQL["bare_daily"]
    )
    parameters = {
        "id": sensors.datastream_ids(conn)[stream], "start": question.start, "end": question.end,
    }  # fmt: skip
    most = 10_000

    def answer() -> bytes:
        return msgspec.json.encode(question.page("", question.rows(conn, most, None), None))

    return _figure(
        conn,
        name,
        limit_ms,
        lambda: question.stored(conn, most, None),
        lambda: conn.execute(bare, parameters, binary=True).fetchall(),
        answer,
    )


def _figure(
    conn: psycopg.Connection,
    name: str,
    limit_ms: float,
    read: Callable[[], Sequence[object]],
    bare: Callable[[], object],
    answer: Callable[[], object],
    rounds: int = ROUNDS,
) -> Figure:
    times: dict[Callable[[], object], list[float]] = {act: [] for act in (read, bare, answer)}
    for number in range(rounds + 1):
        for act, found in times.items():
            began = time.perf_counter()
            with conn.transaction():
                act()
            # Nothing is in memory at the first time.
            if number:
                found.append(time.perf_counter() - began)
    ms = {act: round(statistics.median(found) * 1000, 2) for act, found in times.items()}
    return Figure(name, ms[read], limit_ms, ms[bare], ms[answer], len(read()))


def newest(conn: psycopg.Connection) -> Figure:
    """`/latest` of thousands of sensors: from the store to the compressed answer, and what changed."""
    properties = ("depth",)
    many = year.made_up(LATEST_KIND, LATEST_SENSORS, properties, timedelta(minutes=5))
    store_catalogue.save(conn, Catalogue((), many))
    now = datetime.now(UTC)
    ids = [id for (_, name), id in sensors.datastream_ids(conn).items() if name in properties]
    with conn.transaction():
        batches.add(conn, [(id, now - timedelta(seconds=id % 600), float(id % 50), 0) for id in ids])
    conn.execute(_SQL["analyze"])
    reader = latest.Reader()
    before = build(LATEST_KIND, reader.state(conn, LATEST_KIND, now), now)

    def rebuild() -> Sequence[object]:
        at = datetime.now(UTC)
        after = build(LATEST_KIND, reader.state(conn, LATEST_KIND, at), at)
        changed(before, after)
        return list(after.features)

    parameters = {"kind": LATEST_KIND}
    name = f"/latest of {len(before.features):,} sensors rebuilt"
    return _figure(
        conn,
        name,
        100,
        rebuild,
        lambda: conn.execute(_SQL["bare_latest"], parameters).fetchall(),
        rebuild,
        LATEST_ROUNDS,
    )


def main(json: bool, steps: Steps, rows: int) -> int:
    """Print the figures; exit 1 when a limit is missed."""
    with (
        bench_servers() as bench,
        connect(bench.endpoints.database_url, "cityhub-bench", session.JOBS, autocommit=True) as conn,
    ):
        made = year.generate(conn, rows, steps)
        with steps.step("days summed up") as step:
            step.result = f"{days.refresh(conn, datetime.now(UTC)):,}"
        conn.execute(_SQL["vacuum_days"])
        figures = [*histories(conn, made), newest(conn)]
    if json:
        told = {
            "rows": made.rows,
            "bytes": made.bytes,
            "start": made.start.isoformat(),
            "end": made.end.isoformat(),
            "figures": [{**asdict(figure), "is_good": figure.is_good} for figure in figures],
        }
        print(json_format.dumps(told))
    else:
        print(
            f"{made.rows:,} generated readings, {made.start:%Y-%m-%d} to {made.end:%Y-%m-%d}, {made.bytes / 1e9:.1f} GB"
        )
        for figure in figures:
            missed = "" if figure.is_good else " MISSED"
            print(
                f"{figure.name:<40} {figure.ms:>8.2f} ms (at most {figure.limit_ms:g}){missed}"
                f"  bare {figure.bare_ms:.2f}, answer {figure.answer_ms:.2f} ms, {figure.rows:,} rows"
            )
    return 0 if all(figure.is_good for figure in figures) else 1
