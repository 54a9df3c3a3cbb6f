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
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count

import msgspec
import psycopg

from api.answers.aqi import AqiDay
from api.history import Question, Step
from api.snapshots import build, changed
from cityhub.air.history import DayRow
from cityhub.air.hours import HOUR, LEAD
from cityhub.air.vn_aqi import PROJECT_RULE
from cityhub.catalogue import Catalogue, Place
from cityhub.kinds import KindName
from cityhub.rfc3339 import at_local_time
from cityhub.store import air, air_hours, batches, connect, days, latest, sensors, session
from cityhub.store import catalogue as store_catalogue
from cityhub.store.queries import load
from tools.bench import year
from tools.bench.servers import bench_servers
from tools.bench.year import DAY, Steps, Year

_SQL = load(__file__)
LATEST_SENSORS = 10_000
BAYS = 25
REPORTS_EVERY, LOOKS_EVERY = timedelta(minutes=5), timedelta(seconds=0.5)
ROUNDS, LATEST_ROUNDS = 101, 11


@dataclass(frozen=True, slots=True)
class Figure:
    """Milliseconds (p50) beside the limit and a bare SELECT of the same rows; `cpu_ms`: this process's part of `ms`."""

    name: str
    ms: float
    limit_ms: float
    bare_ms: float
    answer_ms: float
    cpu_ms: float
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
    rounds: int = 0,
    prepare: Callable[[], object] = lambda: None,
) -> Figure:
    times: dict[Callable[[], object], list[float]] = {act: [] for act in (read, bare, answer)}
    worked: dict[Callable[[], object], list[float]] = {act: [] for act in times}
    for number in range((rounds or ROUNDS) + 1):
        for act, found in times.items():
            prepare()
            began, before = time.perf_counter(), time.process_time()
            with conn.transaction():
                act()
            # Nothing is in memory at the first time.
            if number:
                found.append(time.perf_counter() - began)
                worked[act].append(time.process_time() - before)
    ms = {act: round(statistics.median(found) * 1000, 2) for act, found in times.items()}
    cpu_ms = round(statistics.median(worked[read]) * 1000, 2)
    return Figure(name, ms[read], limit_ms, ms[bare], ms[answer], cpu_ms, len(read()))


def indices(conn: psycopg.Connection, made: Year) -> list[Figure]:
    """VN_AQI: of one station's days, and of the hours of all stations."""
    stations = {id: station for id, station in air.stations(conn).items() if id in made.stations}
    measured = air.streams(conn, list(stations))
    one = made.stations[len(made.stations) // 2]
    last = at_local_time(made.end).date() - DAY
    first = last - 364 * DAY
    a_year = {"ids": list(measured[one].values()), "first": first, "last": last}
    a_day = {
        "ids": [id for streams in measured.values() for id in streams.values()],
        "start": made.end - (LEAD + 24) * HOUR,
        "end": made.end,
    }

    def hours() -> Sequence[object]:
        found = air_hours.hourly_of_all(conn, stations, measured, made.end - 23 * HOUR, made.end)
        return [row for rows in found.values() for row in rows]

    def year_of_one() -> Sequence[DayRow]:
        return air.daily(conn, one, stations[one], first, last, made.end)

    def year_as_json() -> bytes:
        return msgspec.json.encode([AqiDay.of(row, 6, PROJECT_RULE) for row in year_of_one()])

    return [
        _figure(
            conn,
            "a year of daily VN_AQI",
            20,
            year_of_one,
            lambda: conn.execute(_SQL["bare_air_days"], a_year, binary=True).fetchall(),
            year_as_json,
        ),
        _figure(
            conn,
            f"hourly VN_AQI of a day, {len(stations)} stations",
            50,
            hours,
            lambda: conn.execute(_SQL["bare_air_hours"], a_day, binary=True).fetchall(),
            hours,
        ),
    ]


def newest(conn: psycopg.Connection) -> list[Figure]:
    """`/latest` of thousands of sensors, of which some reported since: bays of places, and points that each are shown.

    From the store to the compressed answer, and what changed.
    """
    places = [
        Place(
            **asdict(site), capacity=BAYS, zone="bench", issuer="BENCH",
        )
        for site in (year.site("place", number) for number in range(-(-LATEST_SENSORS // BAYS)))
    ]  # fmt: skip
    bays = [
        replace(bay, place_id=places[number // BAYS].id)
        for number, bay in enumerate(year.made_up("parking", LATEST_SENSORS, ("occupied",), REPORTS_EVERY))
    ]
    points = year.made_up("flood", LATEST_SENSORS, ("depth",), REPORTS_EVERY)
    store_catalogue.save(conn, Catalogue(tuple(places), (*bays, *points)))
    return [
        _newest(conn, "parking", "occupied", f"/latest of {LATEST_SENSORS:,} bays rebuilt", 100),
        _newest(
            conn, "flood", "depth", f"/latest of {LATEST_SENSORS:,} points, each a Feature, rebuilt", 300
        ),
    ]


def _newest(conn: psycopg.Connection, kind: KindName, name: str, title: str, limit_ms: float) -> Figure:
    ids = sorted(
        id
        for (sensor_id, measured), id in sensors.datastream_ids(conn).items()
        if sensor_id.startswith(f"bench-{kind}") and measured == name
    )
    rounds = count()

    def report(some: Sequence[int]) -> None:
        with conn.transaction():
            at = datetime.now(UTC)
            batches.add(conn, [(id, at, float((id + next(rounds)) % 2), 0) for id in some])

    report(ids)
    conn.execute(_SQL["analyze"])
    reader = latest.Reader()
    before = build(kind, reader.state(conn, kind, datetime.now(UTC)), datetime.now(UTC))

    def rebuild() -> Sequence[object]:
        nonlocal before
        at = datetime.now(UTC)
        after = build(kind, reader.state(conn, kind, at), at)
        changed(before, after)
        before = after
        return list(after.features)

    # Between two looks as many report as do so in half a second.
    some = max(len(ids) * LOOKS_EVERY // REPORTS_EVERY, 1)
    return _figure(
        conn,
        title,
        limit_ms,
        rebuild,
        lambda: conn.execute(_SQL["bare_latest"], {"ids": ids}, binary=True).fetchall(),
        rebuild,
        LATEST_ROUNDS,
        lambda: report([ids[(next(rounds) * 7) % len(ids)] for _ in range(some)]),
    )


def main(json: bool, steps: Steps, rows: int) -> int:
    """Print the figures; exit 1 when a limit is missed."""
    with (
        bench_servers() as bench,
        connect(bench.endpoints.database_url, "cityhub-bench", session.JOBS, autocommit=True) as conn,
    ):
        made = year.generate(conn, rows, steps)
        with steps.step("days summed up") as step:
            now = datetime.now(UTC)
            count = days.refresh(conn, now) + air.keep_days(conn, air.stations(conn), PROJECT_RULE, now)
            step.result = f"{count:,}"
        conn.execute(_SQL["vacuum_days"])
        figures = [*histories(conn, made), *indices(conn, made), *newest(conn)]
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
            kept = f"(at most {figure.limit_ms:g}){'' if figure.is_good else ' MISSED'}"
            beside = (
                f"own CPU {figure.cpu_ms:.2f}, bare {figure.bare_ms:.2f}, answer {figure.answer_ms:.2f} ms"
            )
            print(f"{figure.name:<40} {figure.ms:>8.2f} ms {kept}  {beside}, {figure.rows:,} rows")
    return 0 if all(figure.is_good for figure in figures) else 1
