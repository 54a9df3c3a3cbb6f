"""Days that are summed up beforehand say at every moment what their hours say."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cityhub.rfc3339 import HANOI_TIME
from cityhub.store import batches, connect, corrections, days, history, sensors
from cityhub.store.corrections import Correction
from cityhub.store.history import Span, StepRow

FIRST = datetime(2026, 3, 1, tzinfo=HANOI_TIME)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = FIRST + 20 * DAY
SENSOR, PROPERTY = "air-trung-yen-3", "pm2_5"


@pytest.fixture
def conn(database_url: str) -> Iterator[psycopg.Connection]:
    with connect(database_url, "tests", autocommit=True) as conn:
        conn.execute(
            "TRUNCATE observation, observation_hourly, observation_daily, days_begun, latest, correction"
        )
        yield conn


@pytest.fixture
def stream(conn: psycopg.Connection) -> int:
    return sensors.datastream_ids(conn)[SENSOR, PROPERTY]


def daily(conn: psycopg.Connection, start: datetime = FIRST, end: datetime = NOW) -> list[StepRow]:
    return history.daily(conn, Span(SENSOR, PROPERTY, start, end, 10_000))


def from_hours(conn: psycopg.Connection, start: datetime = FIRST, end: datetime = NOW) -> list[StepRow]:
    """The same without any day that was summed up before."""
    with conn.transaction(force_rollback=True):
        conn.execute("TRUNCATE observation_daily")
        return daily(conn, start, end)


def good(conn: psycopg.Connection) -> int:
    [(count,)] = conn.execute("SELECT count(*) FROM observation_daily WHERE NOT is_stale").fetchall()
    return int(count)


def store(conn: psycopg.Connection, *rows: tuple[int, datetime, float, int]) -> None:
    with conn.transaction():
        batches.add(conn, rows)


def on_the_day(conn: psycopg.Connection, *rows: tuple[int, datetime, float, int]) -> None:
    """Stored as if the days were not over then."""
    store(conn, *rows)
    conn.execute("TRUNCATE observation_daily")


def test_days_that_are_over_are_made_once(conn: psycopg.Connection, stream: int) -> None:
    on_the_day(conn, *((stream, FIRST + n * HOUR, float(n), 0) for n in range(60)))
    before = daily(conn)
    assert days.refresh(conn, FIRST + 2 * DAY + 2 * HOUR) == 2
    assert daily(conn) == before == from_hours(conn)
    assert [row.n for row in before] == [24, 24, 12]
    assert days.refresh(conn, FIRST + 2 * DAY + 2 * HOUR) == 0
    assert days.refresh(conn, NOW) == 1
    assert daily(conn) == before


def test_a_day_that_just_ended_waits_for_what_is_being_stored(conn: psycopg.Connection, stream: int) -> None:
    on_the_day(conn, (stream, FIRST, 1.0, 0))
    assert days.refresh(conn, FIRST + DAY + 59 * timedelta(minutes=1)) == 0
    assert days.refresh(conn, FIRST + DAY + HOUR) == 1


def test_late_reading_corrects_its_own_day_at_once(conn: psycopg.Connection, stream: int) -> None:
    store(conn, *((stream, FIRST + n * DAY, 10.0, 0) for n in range(3)))
    days.refresh(conn, NOW)
    assert good(conn) == 3
    store(conn, (stream, FIRST + DAY + HOUR, 30.0, 0))
    assert good(conn) == 2
    assert [row.mean for row in daily(conn)] == [10.0, 20.0, 10.0]
    assert days.refresh(conn, NOW) == 1
    assert [row.mean for row in daily(conn)] == [10.0, 20.0, 10.0]


def test_late_reading_of_a_day_without_any_makes_it(conn: psycopg.Connection, stream: int) -> None:
    store(conn, (stream, FIRST, 1.0, 0), (stream, FIRST + 3 * DAY, 3.0, 0))
    days.refresh(conn, NOW)
    store(conn, (stream, FIRST + DAY, 2.0, 0))
    assert [row.mean for row in daily(conn)] == [1.0, 2.0, 3.0]


def test_a_correction_changes_its_day_at_once(conn: psycopg.Connection, stream: int) -> None:
    store(conn, *((stream, FIRST + n * 12 * HOUR, float(n), 0) for n in range(4)))
    days.refresh(conn, NOW)
    corrections.apply(conn, Correction(stream, FIRST, FIRST + HOUR, "tests", "wrong", set_bits=1))
    assert [(row.n, row.mean, row.n_rejected) for row in daily(conn)] == [(1, 1.0, 1), (2, 2.5, 0)]
    days.refresh(conn, NOW)
    assert daily(conn) == from_hours(conn)


def test_a_day_is_not_made_while_somebody_stores_into_it(
    conn: psycopg.Connection, database_url: str, stream: int
) -> None:
    store(conn, (stream, FIRST, 1.0, 0))
    with connect(database_url, "tests") as other, other.transaction():
        batches.add(other, [(stream, FIRST + HOUR, 3.0, 0)])
        conn.execute("SET lock_timeout = '200ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            days.refresh(conn, NOW)
        conn.execute("RESET lock_timeout")
    days.refresh(conn, NOW)
    assert [row.mean for row in daily(conn)] == [2.0]


def test_today_is_read_from_its_hours(conn: psycopg.Connection, stream: int) -> None:
    now = datetime.now(UTC)
    store(conn, (stream, now, 5.0, 0))
    days.refresh(conn, now)
    assert good(conn) == 0
    assert [row.mean for row in daily(conn, now - DAY, now + HOUR)] == [5.0]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.integers(0, 15 * 24), st.floats(0, 100), st.sampled_from([0, 0, 1])), max_size=30),
    st.lists(st.tuples(st.integers(0, 15 * 24), st.floats(0, 100), st.sampled_from([0, 0, 1])), max_size=5),
    st.integers(0, 15 * 24),
    st.integers(1, 15 * 24),
)
def test_any_span_reads_the_same_with_days_and_without(
    conn: psycopg.Connection, stream: int, first: list[Any], then: list[Any], begins: int, length: int
) -> None:
    conn.execute("TRUNCATE observation, observation_hourly, observation_daily, days_begun, latest")
    store(conn, *((stream, FIRST + n * HOUR, value, flags) for n, value, flags in first))
    days.refresh(conn, NOW)
    store(conn, *((stream, FIRST + n * HOUR, value, flags) for n, value, flags in then))
    start, end = FIRST + begins * HOUR, FIRST + (begins + length) * HOUR
    assert daily(conn, start, end) == from_hours(conn, start, end)
    days.refresh(conn, NOW)
    assert daily(conn, start, end) == from_hours(conn, start, end)
