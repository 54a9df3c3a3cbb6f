"""The register of breaches: entered with its 72 hours, told, closed, in the trail, and seen by whoever watches."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from prometheus_client import REGISTRY

from cityhub.ops import trouble as rules
from cityhub.rfc3339 import HANOI_TIME
from cityhub.store import audit, breaches, connect, open_pool, session, trouble
from jobs.watch import measure

Hub = Callable[..., tuple[object, str, str]]
NOW = datetime.now(UTC).replace(microsecond=0)
HOUR = timedelta(hours=1)


@pytest.fixture
def conn(database_url: str) -> Iterator[psycopg.Connection]:
    with connect(database_url, "tests", autocommit=True) as conn:
        yield conn
        conn.execute("TRUNCATE privacy_breach RESTART IDENTITY")


def in_console(conn: psycopg.Connection, now: datetime) -> list[float]:
    facts = trouble.of_hub(conn, now, trouble.look(conn, now).summary)
    return [one.figure for one in rules.found(facts, now) if one.code == "breach"]


def test_a_breach_from_its_first_hour_to_its_file(
    hub: Hub, conn: psycopg.Connection, database_url: str
) -> None:
    known_at = (datetime.now(UTC) - 60 * HOUR).astimezone(HANOI_TIME)
    code, out, err = hub(
        *("privacy", "breach", "add", "a laptop with an export was stolen", "--touched", "plate"),
        *("--touched", "position", "--persons", "40", "--known-at", f"{known_at:%Y-%m-%d %H:%M}"),
    )
    assert (code, err) == (0, "")
    assert out.startswith("breach 1: tell the authority and the persons by ")
    assert out.endswith(", 12 hours left\n")
    assert in_console(conn, datetime.now(UTC)) == [pytest.approx(12, abs=0.1)]

    pool = open_pool(database_url, "tests", session.JOBS, max_size=1)
    try:
        measure(pool, books=False)
    finally:
        pool.close()
    waits = REGISTRY.get_sample_value("cityhub_waiting_seconds", {"what": "breaches"})
    assert waits == pytest.approx(60 * 3600, abs=120)

    assert hub("privacy", "breach", "close", "1", "--outcome", "over")[:2] == (1, "")
    assert hub("privacy", "breach", "told", "1", "authority", "--reference", "A05, 123/2026")[0] == 0
    assert len(in_console(conn, datetime.now(UTC))) == 1
    code, out, _ = hub("privacy", "breach", "told", "1", "persons")
    assert (code, out) == (0, "breach 1: told to the persons\n")
    assert in_console(conn, datetime.now(UTC)) == []
    assert "open, told" in hub("privacy", "breach", "list")[1]
    assert hub("privacy", "breach", "close", "1", "--outcome", "keys were changed")[0] == 0
    said = hub("privacy", "breach", "show", "1")[1]
    for part in ("a laptop with an export was stolen", "A05, 123/2026", "40", "keys were changed"):
        assert part in said
    trail = [(one.action, one.object) for one in audit.newest(conn, 4)]
    assert trail == [
        ("breach closed", "breach:1"),
        ("breach told to persons", "breach:1"),
        ("breach told to authority", "breach:1"),
        ("breach entered", "breach:1"),
    ]


@pytest.mark.usefixtures("conn")
def test_what_makes_no_sense_is_one_line_and_changes_nothing(hub: Hub) -> None:
    add = ("privacy", "breach", "add")
    for arguments, word in (
        ((*add, "the car 30A-123.45", "--touched", "plate"), "not whose it is"),
        ((*add, "x", "--touched", "shoes"), "must be of plate"),
        ((*add, "x", "--touched", "plate", "--known-at", "2999-01-01 00:00"), "in the future"),
        (("privacy", "breach", "told", "9", "authority"), "no breach with id '9'"),
        (("privacy", "breach", "told", "9", "the-press"), "must be authority or persons"),
        (("privacy", "breach", "show", "9"), "no breach with id '9'"),
    ):
        code, out, err = hub(*arguments)
        assert (code, out, len(err.splitlines())) == (1, "", 1), err
        assert word in err
        assert "30A" not in err
    assert hub("privacy", "breach", "list")[1] == "no breach was entered\n"


def test_a_step_is_made_once_and_never_after_the_end(conn: psycopg.Connection) -> None:
    entered = breaches.add(
        conn, "a mail went astray", ["phone"], None, known_at=NOW - HOUR, now=NOW, who="an"
    )
    assert entered.report_by == NOW + 71 * HOUR
    for at in (NOW - 2 * HOUR, NOW + HOUR):
        with pytest.raises(Exception, match="before it was known, or in the future"):
            breaches.told(conn, entered.id, "authority", at=at, now=NOW, reference="", who="an")
    with pytest.raises(Exception, match="must be told first"):
        breaches.close(conn, entered.id, outcome="x", unreported=False, now=NOW, who="an")
    breaches.told(conn, entered.id, "authority", at=NOW, now=NOW, reference="", who="an")
    with pytest.raises(Exception, match="told before"):
        breaches.told(conn, entered.id, "authority", at=NOW, now=NOW, reference="", who="an")
    closed = breaches.close(conn, entered.id, outcome="a mistake", unreported=False, now=NOW, who="an")
    assert (closed.closed_by, closed.outcome) == ("an", "a mistake")
    with pytest.raises(Exception, match="is closed"):
        breaches.close(conn, entered.id, outcome="again", unreported=False, now=NOW, who="an")
    # What nobody needs to be told of ends with a reason.
    other = breaches.add(conn, "a list without names", ["other"], 0, known_at=NOW, now=NOW, who="an")
    breaches.close(conn, other.id, outcome="nobody can be known by it", unreported=True, now=NOW, who="an")
    assert [one.id for one in breaches.newest(conn, 10)] == [other.id, entered.id]
