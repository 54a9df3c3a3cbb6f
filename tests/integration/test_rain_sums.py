"""Sums of rain out of the database: the same as added up by hand, however reports came, and what the public sees of a
gauge with a gap, a clock that jumps, an hour a day late.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cityhub.catalogue import Catalogue, read
from cityhub.kinds import KINDS
from cityhub.observing.quality import FAULT
from cityhub.rain.sums import WINDOWS_H
from cityhub.store import batches, connect, corrections, latest, rain
from cityhub.store import catalogue as store_catalogue
from cityhub.store.corrections import Correction
from cityhub.store.counters import TotalRow
from cityhub.store.registry import Registry

NOW = datetime(2026, 3, 2, 5, 25, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
GAUGE = next(sensor for sensor in read().sensors if sensor.kind == "rain")
_numbers = iter(range(1, 10_000))

# (minutes before now, mm, quality)
Report = tuple[float, float, int]


@pytest.fixture
def conn(database_url: str) -> Iterator[psycopg.Connection]:
    with connect(database_url, "tests", autocommit=True) as conn:
        yield conn


class Gauge:
    """A gauge of its own that reports every ten minutes, without what judging adds to its flags."""

    def __init__(self, conn: psycopg.Connection, interval_s: int = 600) -> None:
        self.conn, self.id = conn, f"rain-sums-{next(_numbers)}"
        sensor = replace(GAUGE, id=self.id, interval_s=interval_s)
        store_catalogue.save(conn, Catalogue((), (sensor,)))
        registry = Registry()
        registry.refresh(conn)
        self.stream = registry.datastream_id(conn, self.id, "rain")

    def report(self, *reports: Report) -> None:
        rows = [(self.stream, NOW - ago * MINUTE, mm, quality) for ago, mm, quality in reports]
        with self.conn.transaction():
            batches.add(self.conn, rows)

    def steady(self, since: float, until: float = 0, mm: float = 0.0) -> None:
        """Every ten minutes from `since` to `until` minutes ago."""
        self.report(*((ago, mm, 0) for ago in range(int(since), int(until) - 1, -10)))

    def shown(self, at: datetime = NOW) -> dict[str, Any]:
        """What /api/v1/latest/rain shows of it."""
        found = latest.Reader().state(self.conn, "rain", at)(at)
        [feature] = [one for one in found if one.id == self.id]
        return dict(msgspec.to_builtins(feature.properties))


def by_hand(reports: Sequence[Report], at: datetime = NOW) -> dict[str, float | None]:
    """Sums over each window from the reports themselves, each time once."""
    once = {ago: (mm, quality) for ago, mm, quality in reversed(reports)}
    found: dict[str, float | None] = {}
    for name, hours in WINDOWS_H.items():
        good = [
            mm
            for ago, (mm, quality) in once.items()
            if not quality & 3 and at - hours * HOUR < NOW - ago * MINUTE <= at
        ]
        found[name] = sum(good) if good else None
    return found


def sums_of(gauge: Gauge, at: datetime = NOW) -> dict[str, float | None]:
    found = rain.sums(gauge.conn, at).get(gauge.id)
    return {name: None if found is None else found[name].mm for name in WINDOWS_H}


REPORTS = st.lists(
    st.tuples(
        st.integers(0, 1500).map(float),
        st.sampled_from([0.0, 0.25, 0.5, 4.0]),
        st.sampled_from([0, 0, 0, FAULT]),
    ),
    min_size=1,
    max_size=25,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(REPORTS, st.integers(0, 90), st.integers(1, 9))
def test_sums_are_those_made_by_hand_in_any_order_and_twice(
    conn: psycopg.Connection, reports: list[Report], minutes: int, size: int
) -> None:
    gauge, at = Gauge(conn), NOW - minutes * MINUTE
    for start in range(0, len(reports), size):
        gauge.report(*reports[start : start + size])
    # All of it comes a second time.
    gauge.report(*reports)
    assert sums_of(gauge, at) == by_hand(reports, at)


def test_an_event_is_found_beyond_a_day_and_ends_after_six_dry_hours(conn: psycopg.Connection) -> None:
    gauge = Gauge(conn)
    gauge.report((60 * 60, 7.0, 0))
    gauge.steady(50 * 60, 10, mm=0.0)
    for hours in (50, 45, 40, 36, 31, 26, 21, 16, 11, 6, 1):
        gauge.report((hours * 60 - 5, 1.0, 0))
    event = gauge.shown()["event"]
    assert (event["start"], event["mm"]) == ("2026-02-28T10:30:00+07:00", 11.0)
    assert gauge.shown(NOW + 5 * HOUR)["event"]["mm"] == 11.0
    assert gauge.shown(NOW + 5.1 * HOUR)["event"] is None


def test_a_gap_shows_how_much_is_missing_and_no_sum_where_nothing_came(conn: psycopg.Connection) -> None:
    gauge = Gauge(conn)
    gauge.steady(24 * 60, 190, mm=0.5)
    shown = gauge.shown()
    assert (shown["mm_1h"], shown["mm_3h"]) == (None, None)
    assert (shown["why"]["mm_1h"], shown["why"]["city"]) == ("no_reports", "no_reports")
    assert (shown["status"], shown["intensity"]) == ("offline", None)
    assert shown["readings"]["mm_6h"] == {"expected": 36, "observed": 17}
    assert (shown["mm_6h"], "mm_6h" in shown["at_least"]) == (8.5, True)
    # It goes on: what fell since is the hour's, and the gap is told.
    gauge.steady(20, 0, mm=1.0)
    shown = gauge.shown()
    assert (shown["mm_1h"], shown["readings"]["mm_1h"]) == (3.0, {"expected": 6, "observed": 3})
    assert (shown["at_least"][0], shown["status"]) == ("mm_1h", "online")


def test_a_clock_that_jumps_back_takes_no_rain_away_and_none_is_counted_twice(
    conn: psycopg.Connection,
) -> None:
    gauge = Gauge(conn)
    gauge.steady(150, 40, mm=1.0)
    before = gauge.shown()
    # Forty minutes slow from here on: the same moments come again, then new ones in between.
    gauge.report((60, 5.0, 0), (50, 5.0, 0))
    assert gauge.shown()["mm_3h"] == before["mm_3h"] == 12.0
    gauge.report((45, 2.0, 0), (35, 2.0, 0))
    shown = gauge.shown()
    assert shown["mm_3h"] == 16.0
    assert shown["time"] == "2026-03-02T11:50:00+07:00"


def test_a_clock_that_is_ahead_counts_when_its_time_has_come(conn: psycopg.Connection) -> None:
    gauge = Gauge(conn)
    gauge.steady(120, 0, mm=0.0)
    gauge.report((-4, 9.0, 0))
    assert (gauge.shown()["mm_1h"], gauge.shown()["class"]) == (0.0, None)
    later = gauge.shown(NOW + 4 * MINUTE)
    assert (later["mm_1h"], later["class"]) == (9.0, "mưa")


def test_an_hour_that_comes_a_day_late_is_in_its_own_windows_only(conn: psycopg.Connection) -> None:
    gauge = Gauge(conn)
    gauge.steady(36 * 60, 23 * 60, mm=0.0)
    gauge.steady(22 * 60 - 10, 0, mm=0.0)
    assert (gauge.shown()["mm_24h"], gauge.shown()["class"]) == (0.0, "không mưa")
    gauge.steady(23 * 60 - 10, 22 * 60, mm=2.0)
    shown = gauge.shown()
    assert (shown["mm_12h"], shown["mm_24h"], shown["class"]) == (0.0, 12.0, "mưa")
    assert shown["event"] is None
    # Then, it was rain.
    then = gauge.shown(NOW - 21 * HOUR)
    assert (then["mm_3h"], then["event"]["mm"]) == (12.0, 12.0)


def test_a_correction_changes_the_windows_it_touches(conn: psycopg.Connection) -> None:
    gauge = Gauge(conn)
    gauge.steady(24 * 60, 0, mm=0.5)
    before = gauge.shown()
    span = (NOW - 2 * HOUR, NOW - 1.5 * HOUR)
    corrections.apply(conn, Correction(gauge.stream, *span, "Nguyễn Văn An", "rửa máy đo", set_bits=FAULT))
    after = gauge.shown()
    assert after["mm_1h"] == before["mm_1h"]
    assert (before["mm_3h"] - after["mm_3h"], before["mm_24h"] - after["mm_24h"]) == (1.5, 1.5)
    assert after["readings"]["mm_3h"] == {"expected": 18, "observed": 15}


def test_a_counter_over_a_gap_brings_what_fell_in_it(conn: psycopg.Connection) -> None:
    gauge = Gauge(conn)
    with conn.transaction():
        totals = [
            TotalRow(gauge.stream, NOW - ago * MINUTE, total, 0, KINDS["rain"].properties["rain"], None)
            for ago, total in ((120, 100.0), (110, 100.4), (20, 112.4), (10, 112.4), (0, 113.0))
        ]
        batches.add(conn, [], {}, totals)
    shown = gauge.shown()
    assert (shown["mm_1h"], shown["mm_3h"]) == (12.6, 13.0)
    assert shown["readings"]["mm_1h"] == {"expected": 6, "observed": 3}


def test_intensity_is_that_of_the_last_ten_minutes_or_the_last_report(conn: psycopg.Connection) -> None:
    often, seldom = Gauge(conn, 60), Gauge(conn, 900)
    often.report(*((ago, 0.5, 0) for ago in range(30)))
    seldom.report((20, 9.0, 0), (5, 2.0, 0))
    assert (often.shown()["intensity"], seldom.shown()["intensity"]) == (30.0, 8.0)


def test_reports_that_are_all_bad_make_no_sum(conn: psycopg.Connection) -> None:
    gauge = Gauge(conn)
    gauge.report(*((ago, 0.5, FAULT) for ago in range(0, 60, 10)))
    shown = gauge.shown()
    assert (shown["mm_1h"], shown["why"]["mm_1h"], shown["intensity"]) == (None, "rejected", None)
    assert json.dumps(shown["values"]) == '{"rain": null}'
