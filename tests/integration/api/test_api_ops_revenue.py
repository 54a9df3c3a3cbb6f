"""The page of revenue on a real hub: its sums are those of the books, and what is estimated adds up to the gap."""

import csv
import re
import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import httpx
import psycopg
import pytest

from cityhub.config import read_settings
from cityhub.parking.plates import normalise
from cityhub.parking.takings import Figures
from cityhub.payments import ledger as books
from cityhub.payments import references
from cityhub.rfc3339 import at_local_time
from cityhub.store import batches, connect, ledger, payments, revenue, sensors, sessions, settlement, takings
from jobs import revenue as job
from tests import role_keys
from tests.integration.api.conftest import RunningApi, running
from tests.prices import save_flat

MINUTE = timedelta(minutes=1)
SCOPES = {"finance": "ops:read+revenue:read", "viewer": "ops:read", "seller": "parking:write"}


@pytest.fixture(scope="module")
def api(database_url: str) -> Iterator[RunningApi]:
    with connect(database_url, "tests") as conn:
        save_flat(conn)
    settings = read_settings(
        database_url=database_url,
        rate_per_minute=0,
        key_rate_per_minute=0,
        api_keys=role_keys.in_settings(SCOPES),
    )
    with running(settings) as api:
        yield api


@pytest.fixture(scope="module")
def day() -> date:
    """Yesterday."""
    return at_local_time(datetime.now(UTC)).date() - timedelta(days=1)


@pytest.fixture
def see(api: RunningApi) -> Callable[..., httpx.Response]:
    def ask(path: str = "/ops/revenue", who: str = "finance", **asked: object) -> httpx.Response:
        headers = role_keys.headers(who)
        return api.client.get(path, params={"lang": "en", **asked}, headers=headers)

    return ask


def stood(conn: psycopg.Connection, bay: str, start: datetime, minutes: int) -> None:
    """A bay's sensor saw a car for so long, and said every 20 minutes of that day that it lives."""
    ids = sensors.datastream_ids(conn)
    end = start + minutes * MINUTE
    midnight = revenue.midnight(at_local_time(start).date())
    times = {midnight + 20 * n * MINUTE for n in range(73)} | {start, end}
    rows = [(ids[bay, "occupied"], at, float(start <= at < end), 0) for at in sorted(times)]
    with conn.transaction():
        batches.add(conn, rows)


def paid(
    conn: psycopg.Connection, at: datetime, minutes: int, *, bay: str | None = None, vehicle: str = "car"
) -> int:
    """A session at ltk-04, paid by MoMo; VND."""
    with conn.transaction():
        plate = normalise("30A-111.11" if vehicle == "car" else "29-M1 123.45")
        session = sessions.begin(
            conn, sessions.Asked("ltk-04", plate, vehicle, minutes, bay), at, secrets.token_urlsafe(16)
        )
        payment = payments.add(
            conn, id=str(uuid4()), reference=references.new(secrets.randbelow), provider="momo",
            amount=session.first.due, now=at, expires_at=at + 15 * MINUTE, client_address="127.0.0.1",
            session=(session.id, 1),
        )  # fmt: skip
        settlement.settle(
            conn, payment, amount=payment.amount, transaction=payment.reference, at=at, source="callback"
        )
    return payment.amount


def agree(conn: psycopg.Connection) -> None:
    """The sums by day are the books, to the đồng."""
    assert ledger.faults(conn) == []
    moved = takings.by_account(takings.moved(conn, date(2000, 1, 1), date(2999, 12, 31)))
    by_kind: dict[str, int] = {}
    for account, amount in ledger.balances(conn).items():
        kind = account if account.startswith("clearing:") else books.kind_of(account)
        by_kind[kind] = by_kind.get(kind, 0) + amount
    assert {kind: amount for kind, amount in moved.items() if amount} == {
        kind: amount for kind, amount in by_kind.items() if amount
    }
    assert sum(moved.values()) == 0


def test_a_gap_is_what_was_seen_less_what_came_in_and_its_parts_add_up(
    see: Callable[..., httpx.Response], conn: psycopg.Connection, database_url: str, day: date
) -> None:
    noon = revenue.midnight(day) + timedelta(hours=12)
    stood(conn, "ltk-04-b01", noon, 180)  # paid for an hour
    stood(conn, "ltk-04-b02", noon, 60)  # nobody paid
    took = paid(conn, noon, 60, bay="ltk-04-b01")
    moved = paid(conn, noon, 60, vehicle="motorbike")
    agree(conn)  # not taken into the sums yet
    job.run(read_settings(database_url=database_url))
    agree(conn)
    assert conn.execute("SELECT count(*) FROM ledger_uncounted").fetchone() == (0,)
    [one] = takings.takings(conn, day, day, "day", "ltk-04")
    # Flat prices: 25,000 an hour.
    figures = one.figures
    assert (figures.expected, figures.compared, figures.gap) == (100_000, took, 100_000 - took)
    assert (figures.uncompared, figures.net, figures.taken) == (moved, took + moved, took + moved)
    assert (figures.unpaid, figures.unpaid_stays, figures.permit, figures.longer) == (25_000, 1, 0, 50_000)
    # Two bays of the place spoke all day.
    [(n,)] = conn.execute(
        "SELECT count(*) FROM sensor WHERE place_id = 'ltk-04' AND id <> 'ltk-04' AND listed AND kind = 'parking'"
    ).fetchall()
    assert figures.silence == pytest.approx((n - 2) / n)
    assert (figures.cause, figures.is_silent) == ("longer", True)
    page = see(**{"from": day, "to": day}).text.replace("\N{NO-BREAK SPACE}", " ")
    for amount in ("100,000 ₫", f"{100_000 - took:,} ₫", f"{took + moved:,} ₫", "MoMo"):
        assert amount in page, amount
    assert "30A" not in page
    assert "/ops/money" not in page
    # The same by API.
    answer = see("/api/v1/revenue", **{"from": day, "to": day, "place_id": "ltk-04"}).json()
    assert (answer["expected"], answer["paid"], answer["difference"]) == (100_000, took, took - 100_000)


def test_what_is_booked_late_corrects_its_day_and_what_is_given_back_is_of_its_own(
    conn: psycopg.Connection, database_url: str, day: date
) -> None:
    def figures(of: date) -> Figures:
        return Figures.sum(one.figures for one in takings.takings(conn, of, of, "day", "ltk-07"))

    before = day - timedelta(days=40)
    at = revenue.midnight(before) + timedelta(hours=1)
    entries = books.earned(50_000, books.clearing("vnpay"), "ltk-07")
    for key in ("test:late", "test:later"):
        with conn.transaction():
            ledger.book(conn, key, "parking", at, entries)
        assert figures(before).taken == (50_000 if key == "test:late" else 100_000)
        job.run(read_settings(database_url=database_url))
    with conn.transaction():
        ledger.book(
            conn,
            "test:back",
            "refund",
            at + timedelta(days=1),
            books.given_back(
                20_000, "ltk-07", books.wallet(str(payments.add_wallet(conn, str(uuid4()), "w").id))
            ),
        )
    assert (figures(before).net, figures(before + timedelta(days=1)).net) == (100_000, -20_000)
    # No sensor said anything then.
    assert (figures(before).gap, figures(before).cause) == (None, "no_sensor")
    assert figures(before).uncompared == 100_000
    found = {
        (one.way, one.taken, one.given_back)
        for one in takings.ways(takings.moved(conn, before, day, "ltk-07"))
    }
    assert found == {("vnpay", 100_000, 0), ("wallet", 0, 20_000)}


def test_what_is_summed_up_by_two_at_once_or_by_one_that_is_killed_is_in_the_sums_once(
    conn: psycopg.Connection, database_url: str, day: date
) -> None:
    at = revenue.midnight(day)
    for n in range(20):
        with conn.transaction():
            entries = books.earned(1_000 + n, books.clearing("vnpay"), "ltk-08")
            ledger.book(conn, f"test:twice:{n}", "parking", at, entries)
    with connect(database_url, "tests") as killed:
        assert ledger.count(killed) > 0
        killed.rollback()

    def count(_: int) -> int:
        with connect(database_url, "tests") as other:
            return ledger.count(other)

    with ThreadPoolExecutor(4) as pool:
        changed = list(pool.map(count, range(4)))
    assert sum(one > 0 for one in changed) == 1
    agree(conn)
    [one] = takings.takings(conn, day, day, "day", "ltk-08")
    assert one.figures.taken == sum(range(1_000, 1_020))


def test_spans_of_every_length_have_the_same_sum_and_so_has_the_file(
    see: Callable[..., httpx.Response], conn: psycopg.Connection, day: date
) -> None:
    first = day - timedelta(days=60)
    sums = {
        step: Figures.sum(one.figures for one in takings.takings(conn, first, day, step))
        for step in ("day", "week", "month")
    }
    assert sums["day"] == sums["week"] == sums["month"]
    for found in takings.sums(conn, first, day, "week"):
        assert Figures.sum(one.figures for one in found) == sums["day"]
    asked = {"from": first, "to": day, "by": "week"}
    answer = see("/ops/revenue.csv", **asked)
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(answer.text.splitlines()))
    assert sum(int(row["net"]) for row in rows) == sums["day"].net
    assert sum(int(row["gap"] or 0) for row in rows) == sums["day"].gap
    # What a spreadsheet would reckon with is a name.
    conn.execute("UPDATE place SET name_vi = '=1+1' WHERE id = 'ltk-05'")
    assert ",ltk-05,'=1+1," in see("/ops/revenue.csv", **asked).text
    page = see(**asked)
    assert f"{sums['day'].gap:,}\N{NO-BREAK SPACE}₫" in page.text
    assert page.headers["cache-control"].endswith("no-store")
    # The worst place first, those of which nothing is known last.
    places = re.findall(r'place=([a-z0-9-]+)">[^<]+</a></th><td>([^<]+)<', page.text)
    assert places[0][0] == "ltk-04"
    assert [told for _, told in places].index("–") == sum(told != "–" for _, told in places)


@pytest.mark.parametrize(
    "asked",
    [
        {"from": "2026-11-02", "to": "2026-11-01"},
        {"from": "2024-01-01", "to": "2026-01-01"},
        {"from": "soon", "to": "2026-01-01"},
        {"from": "0001-01-01", "to": "0001-01-01"},
        {"by": "year"},
        {"place": "nowhere"},
        {"place": "a\0"},
    ],
    ids=["backwards", "long", "no day", "old", "step", "place", "nul"],
)
def test_a_question_that_is_none_is_refused(
    see: Callable[..., httpx.Response], asked: dict[str, str]
) -> None:
    assert see("/ops/revenue.csv", **asked).status_code in (400, 404)
    page = see(**asked)
    assert page.status_code == (404 if asked.get("place") == "nowhere" else 422)
    # The form is there, with what can be asked for.
    assert ('role="alert"' in page.text and 'name="from"' in page.text) or page.status_code == 404


@pytest.mark.parametrize("path", ["/ops/revenue", "/ops/revenue.csv"])
def test_nobody_else_sees_it(see: Callable[..., httpx.Response], api: RunningApi, path: str) -> None:
    assert see(path, who="viewer").status_code == 403
    assert api.client.get(path, headers={"Accept": "application/json"}).status_code == 401
