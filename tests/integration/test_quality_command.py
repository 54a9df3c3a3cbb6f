"""`./hub quality`: what operators type, what they are told, and a review that goes on by itself."""

import getpass
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from cityhub.observing.quality import FAULT, NEIGHBOUR
from cityhub.store import batches, connect, corrections, neighbours

_HIGH = "air-kim-lien"
_OTHERS = ("air-hoan-kiem", "air-thanh-cong", "air-hang-dau")
_TEN = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
_SPAN = ("--from", "2026-11-22T10:00:00+07:00", "--to", "2026-11-22T10:30:00+07:00")
_MARK = ("quality", "mark", _HIGH, "pm2_5")
_WHY = ("--reason", "a bonfire beside the inlet")


@pytest.fixture
def conn(database_url: str) -> Iterator[psycopg.Connection]:
    """The module's database in autocommit; no observation is left afterwards."""
    with connect(database_url, "tests", autocommit=True) as conn:
        yield conn
        conn.execute("TRUNCATE observation, observation_hourly, latest, correction")


def _report(conn: psycopg.Connection, hour: datetime) -> None:
    """One station that says ten times what the three around it say, for an hour."""
    for sensor, value in {_HIGH: 300, **dict.fromkeys(_OTHERS, 30)}.items():
        id = corrections.datastream_id(conn, sensor, "pm2_5")
        batches.add(conn, [(id, hour + timedelta(minutes=minute), value, 0) for minute in range(60)])


def _flags(conn: psycopg.Connection) -> list[int]:
    id = corrections.datastream_id(conn, _HIGH, "pm2_5")
    rows = conn.execute("SELECT quality FROM observation WHERE datastream_id = %s ORDER BY time", (id,))
    return [quality for (quality,) in rows]


def test_readings_are_marked_and_unmarked_by_hand_and_the_audit_tells(hub, conn: psycopg.Connection) -> None:
    _report(conn, _TEN)
    told = hub(*_MARK, *_SPAN, *_WHY, "--set", "fault", "--set", "neighbour", "--by", "An")
    assert told == (0, "changed the flags of 30 readings\n", "")
    assert _flags(conn) == [FAULT | NEIGHBOUR] * 30 + [0] * 30
    told = hub(*_MARK, *_SPAN, *_WHY, "--clear", "fault")
    assert told == (0, "changed the flags of 30 readings\n", "")
    assert _flags(conn) == [NEIGHBOUR] * 30 + [0] * 30

    code, out, _ = hub("quality", "audit", "--sensor", _HIGH)
    assert code == 0
    newest, first = (line for line in out.splitlines() if _HIGH in line)
    assert all(word in newest for word in (getpass.getuser(), "-fault", "30"))
    assert all(word in first for word in ("An", "pm2_5", "2026-11-22", "+fault", "+neighbour"))
    assert "bonfire" in out


def test_the_audit_pages_and_says_when_there_is_nothing(hub, conn: psycopg.Connection) -> None:
    _report(conn, _TEN)
    for flag in ("fault", "late", "rate"):
        hub(*_MARK, *_SPAN, *_WHY, "--set", flag)
    _, out, _ = hub("quality", "audit", "--limit", "2")
    assert "+fault" not in out
    code, out, _ = hub("quality", "audit", *out.splitlines()[-1].removeprefix("more: ").split())
    assert code == 0
    assert "+fault" in out
    assert "+late" not in out
    assert hub("quality", "audit", "--sensor", _OTHERS[0]) == (0, "nothing was corrected\n", "")


def test_what_changes_nothing_says_so(hub, conn: psycopg.Connection) -> None:
    _report(conn, _TEN)
    told = hub(*_MARK, *_SPAN, *_WHY, "--clear", "range")
    assert told == (0, "no reading has other flags: nothing recorded\n", "")


def test_a_sensor_that_there_is_not_exits_with_1(hub) -> None:
    told = hub("quality", "mark", "air-none", "pm2_5", *_SPAN, *_WHY, "--set", "fault")
    assert told == (1, "", "hub: no sensor with id 'air-none'\n")
    told = hub("quality", "mark", "rain-hoan-kiem", "pm2_5", *_SPAN, *_WHY, "--set", "fault")
    assert told == (1, "", "hub: no datastream with id 'rain-hoan-kiem/pm2_5'\n")
    assert hub("quality", "audit", "--sensor", "air-none") == (1, "", "hub: no sensor with id 'air-none'\n")


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ((*_MARK, *_SPAN, *_WHY), "at least one flag"),
        ((*_MARK, *_SPAN, *_WHY, "--set", "odd"), "no flag 'odd'"),
        ((*_MARK, *_SPAN, *_WHY, "--set", "fault", "--clear", "fault"), "set and cleared"),
        (("quality", "mark", _HIGH, "radon", *_SPAN, *_WHY, "--set", "fault"), "no property 'radon'"),
        ((*_MARK, *_SPAN, "--set", "fault", "--reason", " "), "--reason"),
        ((*_MARK, *_SPAN, *_WHY, "--set", "fault", "--by", "review"), "hub's own name"),
        ((*_MARK, *_SPAN[2:], *_WHY, "--set", "fault", "--from", "2026-11-22T10:00:00"), "no offset"),
        ((*_MARK, *_SPAN[:2], *_WHY, "--set", "fault", "--to", "yesterday"), "not a time"),
        ((*_MARK, *_SPAN[:2], *_WHY, "--set", "fault", "--to", _SPAN[1]), "after the start"),
        ((*_MARK, *_SPAN[:2], *_WHY, "--set", "fault", "--to", "9999-12-31T23:59:59Z"), "2000 to 2199"),
        (("quality", "audit", "--before", "99999999999999999999999"), "--before"),
        (("quality", "audit", "--before", "0"), "--before"),
        (("quality", "review", "--hours", "0"), "--hours"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_wrong_usage_exits_with_2_and_says_what_is_wrong(hub, arguments: tuple[str, ...], word: str) -> None:
    code, out, err = hub(*arguments)
    assert (code, out) == (2, "")
    assert word in " ".join(err.replace("│", " ").split())


def test_one_review_tells_what_it_did(hub, conn: psycopg.Connection) -> None:
    _report(conn, datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=2))
    told = "compared 4 hours of sensors: marked 60 readings, cleared 0\n"
    assert hub("quality", "review", "--hours", "1") == (0, told.replace("4", "0").replace("60", "0"), "")
    assert hub("quality", "review") == (0, told, "")
    assert hub("quality", "review") == (0, told.replace("60", "0"), "")
    with neighbours.only_one(conn):
        assert hub("quality", "review") == (0, "another review is under way: nothing done\n", "")
