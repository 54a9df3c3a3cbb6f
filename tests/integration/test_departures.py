"""Stays that a bay's sensor ends, on a real database: never what is paid for, and put back when it was wrong."""

import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta

import psycopg
import pytest

from cityhub.errors import RuleBroken
from cityhub.parking.plates import normalise
from cityhub.parking.sessions import Session
from cityhub.rfc3339 import HANOI_TIME
from cityhub.store import batches, connect, departures, ledger, sensors, sessions
from tests.integration.test_settlement import asked_for, told

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=HANOI_TIME)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
BAY = "ltk-01-b03"


@pytest.fixture
def conn(database_url: str) -> Iterator[psycopg.Connection]:
    with connect(database_url, "tests", autocommit=True) as conn:
        conn.execute("DELETE FROM observation")
        conn.execute("UPDATE parking_session SET state = 'ended' WHERE state = 'active'")
        yield conn
        assert ledger.faults(conn) == []


def begun(conn: psycopg.Connection, minutes: int | None = None) -> Session:
    asked = sessions.Asked("ltk-01", normalise("30A-123.45"), "car", minutes, bay_id=BAY)
    with conn.transaction():
        return sessions.begin(conn, asked, NOW, secrets.token_urlsafe(16))


def report(conn: psycopg.Connection, first: int, last: int, value: float, quality: int = 0) -> None:
    """A report each minute from `first` to before `last`, in minutes after NOW."""
    stream = sensors.datastream_ids(conn)[BAY, "occupied"]
    with conn.transaction():
        batches.add(conn, [(stream, NOW + n * MINUTE, value, quality) for n in range(first, last)])


def test_billing_ends_when_the_bay_was_free_for_a_while_and_from_when_it_was(
    conn: psycopg.Connection,
) -> None:
    session = begun(conn)
    report(conn, 1, 61, 1)
    report(conn, 61, 70, 0)
    assert departures.end_left(conn, NOW + 70 * MINUTE) == 0
    report(conn, 70, 73, 0)
    assert [departures.end_left(conn, NOW + 73 * MINUTE) for _ in range(2)] == [1, 0]
    after = sessions.by_token(conn, session.token)
    assert after.waiting is not None
    assert (after.state, after.waiting.made_by, after.waiting.to_time) == (
        "unpaid",
        "sensor",
        NOW + 61 * MINUTE,
    )
    assert after.waiting.due == 50_000
    told(conn, asked_for(conn, after))
    assert sessions.by_token(conn, session.token).state == "ended"


def test_what_is_paid_for_stays_paid_whatever_the_sensor_says(conn: psycopg.Connection) -> None:
    session = begun(conn, 120)
    told(conn, asked_for(conn, session))
    report(conn, 1, 10, 1)
    report(conn, 10, 60, 0)
    assert departures.end_left(conn, NOW + HOUR) == 0
    held = sessions.by_token(conn, session.token).held
    assert held is not None
    assert held.to_time == NOW + 2 * HOUR


def test_a_word_that_the_sensor_itself_does_not_believe_ends_nothing(conn: psycopg.Connection) -> None:
    begun(conn)
    report(conn, 1, 10, 1)
    report(conn, 10, 40, 0, quality=2)
    assert departures.end_left(conn, NOW + 40 * MINUTE) == 0


def test_reports_that_come_late_put_the_stay_back(conn: psycopg.Connection) -> None:
    session = begun(conn)
    report(conn, 1, 10, 1)
    for first, last in ((10, 14), (15, 19), (20, 24)):
        report(conn, first, last, 0)
    assert departures.end_left(conn, NOW + 24 * MINUTE) == 1
    assert departures.put_back(conn, NOW + 25 * MINUTE) == 0
    # What the network had held up: the car never left.
    for minute in (14, 19):
        report(conn, minute, minute + 1, 1)
    assert [departures.put_back(conn, NOW + 26 * MINUTE) for _ in range(2)] == [1, 0]
    after = sessions.by_token(conn, session.token)
    assert after.held is not None
    assert (after.state, after.held.kind, after.held.to_time, after.waiting) == (
        "active",
        "reopening",
        None,
        None,
    )
    # Billing goes on from the beginning, as if nothing had been.
    with conn.transaction():
        stopped, _ = sessions.stop(conn, session.token, NOW + 2 * HOUR)
    assert stopped.waiting is not None
    assert stopped.waiting.due == 50_000


def test_its_driver_puts_it_back_and_the_same_reports_do_not_end_it_again(conn: psycopg.Connection) -> None:
    session = begun(conn)
    report(conn, 1, 10, 1)
    report(conn, 10, 40, 0)
    assert departures.end_left(conn, NOW + 40 * MINUTE) == 1
    with conn.transaction():
        assert sessions.reopen(conn, session.token, NOW + 41 * MINUTE).state == "active"
    report(conn, 40, 70, 0)
    assert departures.end_left(conn, NOW + 70 * MINUTE) == 0


def test_only_what_a_sensor_ended_of_late_and_nobody_pays_is_put_back(conn: psycopg.Connection) -> None:
    session = begun(conn)
    with pytest.raises(RuleBroken, match="that a sensor ended"), conn.transaction():
        sessions.reopen(conn, session.token, NOW)
    report(conn, 1, 10, 1)
    report(conn, 10, 40, 0)
    departures.end_left(conn, NOW + 40 * MINUTE)
    with pytest.raises(RuleBroken, match="too long ago"), conn.transaction():
        sessions.reopen(conn, session.token, NOW + 100 * MINUTE)
    payment = asked_for(conn, sessions.by_token(conn, session.token), now=NOW + 41 * MINUTE)
    with pytest.raises(RuleBroken, match="under way"), conn.transaction():
        sessions.reopen(conn, session.token, NOW + 42 * MINUTE)
    told(conn, payment)
