"""What level 3 asks of accounts and their traces, as the daily work does it."""

import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from cityhub.config import read_settings
from cityhub.store import connect, known_browsers, people, sign_ins
from jobs import retention

DAY = timedelta(days=1)
NOW = datetime.now(UTC)


@pytest.fixture
def conn(database_url: str) -> Iterator[psycopg.Connection]:
    with connect(database_url, "tests") as conn:
        yield conn


def person(conn: psycopg.Connection, seen: datetime) -> people.Person:
    name = f"v{secrets.token_hex(4)}"
    people.add(conn, name, "viewer", "the first of them all", seen)
    return people.by_name(conn, name)


def test_who_was_not_seen_for_45_days_is_shut_out_and_the_trail_says_so(conn: psycopg.Connection) -> None:
    idle, active = person(conn, NOW - 46 * DAY), person(conn, NOW - 44 * DAY)
    retention.apply(conn, read_settings(), NOW)
    assert people.by_name(conn, idle.name).disabled_at is not None
    assert people.by_name(conn, active.name).disabled_at is None
    trail = conn.execute(
        "SELECT who, action, why FROM audit_entry WHERE object = %s", (f"person:{idle.name}",)
    ).fetchall()
    assert trail == [("hub", "person shut out", "not seen for 45 days")]


def test_who_signed_in_is_known_for_three_months(conn: psycopg.Connection) -> None:
    who = person(conn, NOW)

    def kept(days: int) -> bool:
        digest = sign_ins.digest_of(f"cookie-{who.id}-{days}")
        return conn.execute("SELECT 1 FROM sign_in WHERE digest = %s", (digest,)).fetchone() is not None

    for days in (92, 101):
        cookie, began = f"cookie-{who.id}-{days}", NOW - days * DAY
        sign_ins.add(conn, who.id, cookie, began, is_whole=True, browser="a", address="10.0.0.1")
    retention.apply(conn, read_settings(), NOW)
    assert (kept(92), kept(101)) == (True, False)


def test_a_browser_that_nobody_came_in_with_for_long_is_a_stranger_again(conn: psycopg.Connection) -> None:
    who, cookie = person(conn, NOW), secrets.token_urlsafe(8)
    known_browsers.came_in(conn, who.id, None, cookie, NOW - 91 * DAY)
    assert known_browsers.find(conn, who.id, cookie, NOW) is None
    assert known_browsers.find(conn, who.id, cookie, NOW - 2 * DAY) is not None
    retention.apply(conn, read_settings(), NOW)
    assert known_browsers.find(conn, who.id, cookie, NOW - 2 * DAY) is None
