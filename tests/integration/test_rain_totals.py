"""Gauges that send running totals: declared as counters in a mapping, or not."""

import json
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cityhub.catalogue import Catalogue, read
from cityhub.kinds import KINDS
from cityhub.observing.decode import decode
from cityhub.observing.quality import LATE, RANGE, RATE, TOTAL, names
from cityhub.store import batches, connect, corrections, quarantine, rain
from cityhub.store import catalogue as store_catalogue
from cityhub.store.corrections import Correction
from cityhub.store.counters import TotalRow
from cityhub.store.registry import Registry
from jobs.quarantine import replay

NOW = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=30)
MINUTE = timedelta(minutes=1)
GAUGE = next(sensor for sensor in read().sensors if sensor.kind == "rain")
RAIN = KINDS["rain"].properties["rain"]
_numbers = iter(range(1, 10_000))


@pytest.fixture
def conn(database_url: str) -> Iterator[psycopg.Connection]:
    with connect(database_url, "tests", autocommit=True) as conn:
        yield conn


class Gauge:
    """A gauge of its own, as ingest knows it."""

    def __init__(self, conn: psycopg.Connection, **attributes: str) -> None:
        self.conn = conn
        self.id = f"rain-total-{next(_numbers)}"
        sensor = replace(GAUGE, id=self.id, attributes=attributes)
        store_catalogue.save(conn, Catalogue((), (sensor,)))
        self.registry = Registry()
        self.registry.refresh(conn)
        self.stream = self.registry.datastream_id(conn, self.id, "rain")

    def report(self, *messages: dict[str, Any]) -> batches.Added:
        """Messages as ingest stores them: one transaction."""
        topic = f"hanoi/rain/{self.id}/telemetry"
        payload = json.dumps(list(messages)).encode()
        decoded = decode("hanoi", topic, payload, datetime.now(UTC), self.registry.known)
        assert decoded.rejected == []
        rows = self.registry.rows(self.conn, decoded.observations)
        totals = self.registry.totals(self.conn, decoded.totals)
        with self.conn.transaction():
            return batches.add(self.conn, rows, self.registry.limits, totals)

    def amounts(self) -> list[float]:
        found = self.conn.execute(
            "SELECT value FROM observation WHERE datastream_id = %s ORDER BY time", (self.stream,)
        )
        return [value for (value,) in found]

    def flags(self) -> list[int]:
        found = self.conn.execute(
            "SELECT quality FROM observation WHERE datastream_id = %s ORDER BY time", (self.stream,)
        )
        return [quality & ~(LATE | RATE) for (quality,) in found]

    def hours(self) -> tuple[float, int]:
        """The sum of the hourly sums, and how many readings they leave out."""
        [found] = self.conn.execute(
            "SELECT coalesce(sum(sum), 0), coalesce(sum(n_rejected), 0)::int FROM observation_hourly"
            " WHERE datastream_id = %s",
            (self.stream,),
        )
        return found

    def mm_1h(self) -> float | None:
        sums = rain.sums(self.conn, NOW).get(self.id)
        return None if sums is None else sums["mm_1h"].mm

    def record(self) -> list[tuple[str, int]]:
        return [(row.made_by, row.observations) for row in corrections.history(self.conn, self.id)]


def amount(minutes_ago: float, mm: float) -> dict[str, Any]:
    return {"time": (NOW - minutes_ago * MINUTE).isoformat(), "values": {"rain": mm}}


BAD = RANGE | TOTAL
TOTALS = [(50, 35.0), (40, 35.2), (30, 35.2), (20, 35.2), (10, 35.4), (0, 35.4)]


def test_a_gauge_whose_reports_never_fall_is_flagged_and_no_flood(conn: psycopg.Connection) -> None:
    gauge = Gauge(conn)
    for minutes, mm in TOTALS:
        gauge.report(amount(minutes, mm))
        assert gauge.mm_1h() is None or gauge.mm_1h() < 100  # type: ignore[operator]
    assert gauge.flags() == [BAD] * 6
    assert (gauge.mm_1h(), gauge.hours()) == (None, (0, 6))
    [(latest,)] = conn.execute("SELECT quality FROM latest WHERE datastream_id = %s", (gauge.stream,))
    assert {"range", "total"} <= {*names(latest)}
    # What had been published for rain is on record, what was flagged as it came is not.
    assert gauge.record() == [("ingest", 3)]


def test_it_is_all_the_same_whether_they_come_together_or_in_another_order(conn: psycopg.Connection) -> None:
    together, backwards = Gauge(conn), Gauge(conn)
    added = together.report(*(amount(*one) for one in TOTALS))
    assert {one.flags for one in added.found} >= {BAD}
    for one in [*TOTALS[1:][::-1], TOTALS[0]]:
        backwards.report(amount(*one))
    for gauge in (together, backwards):
        assert gauge.mm_1h() is None
        assert gauge.hours()[0] == 0


def test_real_rain_after_a_reset_counts_again(conn: psycopg.Connection) -> None:
    gauge = Gauge(conn)
    for minutes, mm in TOTALS[:4]:
        gauge.report(amount(minutes, mm))
    gauge.report(amount(10, 0.0))
    gauge.report(amount(0, 0.4))
    assert gauge.flags() == [BAD] * 4 + [0, 0]
    assert (gauge.mm_1h(), gauge.hours()) == (0.4, (0.4, 4))


def test_a_cloudburst_is_rain(conn: psycopg.Connection) -> None:
    gauge = Gauge(conn)
    for n, mm in enumerate([0.0, 6.0, 18.0, 24.0, 23.0, 11.0]):
        gauge.report(amount(50 - 10 * n, mm))
    assert gauge.flags() == [0] * 6
    assert gauge.mm_1h() == 82


def test_a_persons_word_that_it_is_rain_stands(conn: psycopg.Connection) -> None:
    gauge = Gauge(conn)
    for one in TOTALS[:4]:
        gauge.report(amount(*one))
    span = (NOW - 60 * MINUTE, NOW - 15 * MINUTE)
    corrections.apply(conn, Correction(gauge.stream, *span, "Nguyễn Văn An", "mưa thật", cleared_bits=BAD))
    for one in TOTALS[4:]:
        gauge.report(amount(*one))
    assert gauge.flags() == [0] * 6
    assert gauge.mm_1h() == pytest.approx(sum(mm for _, mm in TOTALS))


def test_a_sign_for_missing_amid_totals_hides_nothing(conn: psycopg.Connection) -> None:
    gauge = Gauge(conn)
    for one in [*TOTALS[:2], (35, -999), *TOTALS[2:]]:
        gauge.report(amount(*one))
    assert gauge.mm_1h() is None
    assert all(flags & RANGE or flags == 2 for flags in gauge.flags())


@pytest.fixture
def counter(conn: psycopg.Connection) -> Gauge:
    field = {"property": "rain", "scale": 0.2, "counter": True, "rolls_over_at": 1000}
    return Gauge(conn, mapping=json.dumps({"tips": field}))


def tips(minutes_ago: float, count: int) -> dict[str, Any]:
    return {"time": (NOW - minutes_ago * MINUTE).isoformat(), "values": {"tips": count}}


def test_a_counters_differences_are_the_rain(counter: Gauge) -> None:
    added = [counter.report(tips(*one)) for one in [(50, 175), (40, 176), (30, 176), (20, 180)]]
    assert counter.amounts() == [0.2, 0.0, 0.8]
    assert (counter.mm_1h(), counter.hours()) == (1.0, (1.0, 0))
    assert [(one.stored, one.duplicates) for one in added] == [(0, 1), (1, 0), (1, 0), (1, 0)]
    assert counter.flags() == [0, 0, 0]


def test_roll_over_and_reset(counter: Gauge) -> None:
    counter.report(*(tips(*one) for one in [(50, 998), (40, 3), (30, 3), (20, 0), (10, 2)]))
    assert counter.amounts() == [1.0, 0.0, 0.0, 0.4]


def test_what_comes_again_or_late_adds_nothing_and_the_sum_is_right(counter: Gauge) -> None:
    reports = [(50, 100), (40, 101), (30, 105), (20, 105), (10, 109)]
    for one in (0, 1, 3, 2, 3, 1, 4, 0, 4):
        counter.report(tips(*reports[one]))
    assert counter.mm_1h() == pytest.approx(0.2 * 9)
    assert len(counter.amounts()) == 3


def test_the_counter_outlives_who_stores(counter: Gauge, database_url: str) -> None:
    counter.report(tips(20, 100))
    with connect(database_url, "tests", autocommit=True) as other:
        counter.conn = other
        counter.registry = Registry()
        counter.registry.refresh(other)
        counter.report(tips(10, 105))
        assert counter.amounts() == [1.0]


def test_a_batch_that_fails_leaves_the_counter_where_it_was(counter: Gauge) -> None:
    counter.report(tips(30, 100))
    with counter.conn.transaction(force_rollback=True):
        total = TotalRow(counter.stream, NOW, 40.0, 0, RAIN, None)
        assert batches.add(counter.conn, [], counter.registry.limits, [total]).stored == 1
    counter.report(tips(10, 103))
    assert counter.amounts() == [0.6]


def test_several_who_store_at_once_count_each_tip_once(
    counter: Gauge, conn: psycopg.Connection, database_url: str
) -> None:
    other = Gauge(conn, mapping=json.dumps({"tips": {"property": "rain", "scale": 0.2, "counter": True}}))
    counter.registry.refresh(conn, at_most_every_s=0)
    shown = {counter.stream: 0.0, other.stream: 0.0}
    rows = [
        TotalRow(stream, NOW - timedelta(minutes=50) + timedelta(seconds=n), 0.2 * n, 0, RAIN, None)
        for n in range(201)
        for stream in sorted(shown, reverse=bool(n % 2))
    ]
    errors: list[Exception] = []

    def store(part: Sequence[TotalRow]) -> None:
        try:
            with connect(database_url, "tests", autocommit=True) as mine:
                for at in range(0, len(part), 5):
                    with mine.transaction():
                        batches.add(mine, [], counter.registry.limits, part[at : at + 5])
        except Exception as exc:
            errors.append(exc)

    with connect(database_url, "tests", autocommit=True) as first, first.transaction():
        batches.add(first, [], counter.registry.limits, rows[:2])
    threads = [threading.Thread(target=store, args=(rows[start::3],)) for start in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    for gauge in (counter, other):
        assert sum(gauge.amounts()) == pytest.approx(0.2 * 200)


def test_quarantined_totals_count_when_they_are_replayed(conn: psycopg.Connection, counter: Gauge) -> None:
    counter.report(tips(50, 100))
    unknown = counter.id + "-new"
    topic = f"hanoi/rain/{unknown}/telemetry"
    for minutes, count in ((40, 7), (30, 8), (20, 12)):
        payload, at = json.dumps(tips(minutes, count)).encode(), datetime.now(UTC)
        decoded = decode("hanoi", topic, payload, at, counter.registry.known)
        quarantine.add(
            conn, [quarantine.Entry(topic, payload, len(payload), one, at) for one in decoded.rejected]
        )
    mapping = json.dumps({"tips": {"property": "rain", "scale": 0.2, "counter": True}})
    store_catalogue.save(conn, Catalogue((), (replace(GAUGE, id=unknown, attributes={"mapping": mapping}),)))
    done = replay(conn, "hanoi", 262_144, sensor_id=unknown)
    assert (done.messages, done.stored, done.still_bad) == (3, 2, 0)
    found = conn.execute(
        "SELECT o.value FROM observation o JOIN datastream d ON d.id = o.datastream_id WHERE d.sensor_id = %s"
        " ORDER BY o.time",
        (unknown,),
    )
    assert [value for (value,) in found] == [0.2, 0.8]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.integers(0, 4), min_size=1, max_size=12).flatmap(
        lambda steps: st.tuples(st.just(steps), st.permutations(range(len(steps) + 1)))
    ),
    st.integers(1, 5),
)
def test_in_any_order_and_in_any_batches_no_more_is_counted_than_fell(
    conn: psycopg.Connection, told: tuple[list[int], list[int]], size: int
) -> None:
    steps, order = told
    gauge = Gauge(conn, mapping=json.dumps({"tips": {"property": "rain", "scale": 0.2, "counter": True}}))
    shown = [100 + sum(steps[:n]) for n in range(len(steps) + 1)]
    messages = [tips(55 - 4 * n, count) for n, count in enumerate(shown)]
    for at in range(0, len(order), size):
        gauge.report(*(messages[n] for n in order[at : at + size]))
    came = sum(gauge.amounts())
    assert came <= 0.2 * sum(steps) + 1e-9
    # All that fell after the first total that counts is there.
    first = min(order[:size])
    assert came == pytest.approx(0.2 * (shown[-1] - shown[first]))


def test_a_catalogue_with_a_counter_of_something_else_is_refused(tmp_path: Path) -> None:
    header = "id,name_vi,name_en,lat,lon,basis,attr_mapping\n"
    (tmp_path / "rain.csv").write_text(header + "rain-new,Trạm,Gauge,21.02,105.85,official,box\n", "utf-8")
    (tmp_path / "mappings.json").write_text('{"box": {"r": {"property": "rain", "counter": true}}}', "utf-8")
    assert '"counter":true' in read(tmp_path).sensors[0].attributes["mapping"]
