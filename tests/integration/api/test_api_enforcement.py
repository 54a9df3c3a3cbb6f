"""Inspectors and the city's treasury, on a real hub: what bays' sensors saw beside what was paid."""

import secrets
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import psycopg
import pytest

from cityhub.config import read_settings
from cityhub.parking.plates import normalise
from cityhub.parking.tariffs import quote
from cityhub.payments import references
from cityhub.rfc3339 import at_local_time
from cityhub.store import batches, connect, payments, revenue, sensors, sessions, settlement, tariffs
from jobs import revenue as job
from tests.integration.api.conftest import RunningApi, running
from tests.prices import save_flat

NOW = datetime.now(UTC).replace(microsecond=0)
MINUTE = timedelta(minutes=1)
INSPECTOR, FINANCE, VIEWER = (f"{name}-0123456789abcdef" for name in ("inspector", "finance", "viewer"))
KEYS = (
    f"inspector:{INSPECTOR}:enforcement:read,finance:{FINANCE}:revenue:read,viewer:{VIEWER}:ops:read,"
    "iparking:iparking-0123456789abcdef:parking:write"
)


@pytest.fixture(scope="module", autouse=True)
def _clock() -> None:
    """The time when these tests run, which may be long after they were collected."""
    global NOW  # noqa: PLW0603
    NOW = datetime.now(UTC).replace(second=0, microsecond=0)


@pytest.fixture(scope="module")
def api(database_url: str) -> Iterator[RunningApi]:
    with connect(database_url, "tests") as conn:
        save_flat(conn)
    settings = read_settings(
        database_url=database_url, rate_per_minute=0, key_rate_per_minute=0, api_keys=KEYS
    )
    with running(settings) as api:
        yield api


@pytest.fixture
def see(conn: psycopg.Connection) -> Callable[..., None]:
    """A bay's sensor sees a car, or none, so many minutes ago."""
    ids = sensors.datastream_ids(conn)

    def add(bay: str, *reports: tuple[int, int]) -> None:
        with conn.transaction():
            batches.add(
                conn,
                [(ids[bay, "occupied"], NOW - back * MINUTE, float(value), 0) for back, value in reports],
            )

    return add


def asked(api: RunningApi, path: str, key: str = INSPECTOR, **parameters: object) -> dict:  # type: ignore[type-arg]
    answer = api.client.get(path, params=parameters, headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 200, answer.text
    return answer.json()  # type: ignore[no-any-return]


def paid(conn: psycopg.Connection, plate: str, minutes: int, bay: str | None = None, back: int = 0) -> int:
    """A paid session of a car at a place, begun so many minutes ago; VND."""
    at = NOW - back * MINUTE
    with conn.transaction():
        wanted = sessions.Asked("ltk-02", normalise(plate), "car", minutes, bay)
        session = sessions.begin(conn, wanted, at, secrets.token_urlsafe(16))
        payment = payments.add(
            conn, id=str(uuid4()), reference=references.new(secrets.randbelow), provider="vnpay",
            amount=session.first.due, now=at, expires_at=at + 15 * MINUTE, client_address="127.0.0.1",
            session=(session.id, 1),
        )  # fmt: skip
        settlement.settle(
            conn, payment, amount=payment.amount, transaction=payment.reference, at=at, source="callback"
        )
    return payment.amount


def test_an_inspector_reads_whether_a_plate_is_paid_and_the_look_is_on_record(
    api: RunningApi, conn: psycopg.Connection
) -> None:
    paid(conn, "30A-111.11", 60)
    path = "/api/v1/enforcement/plates/30a-111.11"
    found = asked(api, path, place_id="ltk-02", why="patrol")
    assert (found["plate"], found["verdict"]) == ("30A11111", "paid")
    assert datetime.fromisoformat(found["paid_until"]) == NOW + 60 * MINUTE
    assert [one["place_id"] for one in found["held"]] == ["ltk-02"]
    assert asked(api, path, place_id="ltk-01")["verdict"] == "unpaid"
    assert asked(api, "/api/v1/enforcement/plates/30A-999.99")["held"] == []
    trail = conn.execute(
        "SELECT who, object, why FROM audit_entry WHERE action = 'plate looked up' ORDER BY id LIMIT 1"
    ).fetchall()
    assert trail == [("key:inspector", "plate:30A-***11", "patrol")]


def test_what_another_app_sold_counts_like_our_own(api: RunningApi) -> None:
    sold = api.client.post(
        "/api/v1/parking/rights",
        headers={"Authorization": "Bearer iparking-0123456789abcdef"},
        json={
            "channel": "iparking", "channel_reference": "r1", "place_id": "ltk-02", "plate": "30A-222.22",
            "vehicle": "car", "from": (NOW - MINUTE).isoformat(), "to": (NOW + 60 * MINUTE).isoformat(),
            "amount": 25_000,
        },
    )  # fmt: skip
    assert sold.status_code == 201, sold.text
    found = asked(api, "/api/v1/enforcement/plates/30A-222.22")
    assert (found["verdict"], found["held"][0]["channel"]) == ("paid", "iparking")


def test_a_plate_that_was_corrected_is_paid_and_the_wrong_one_is_not(
    api: RunningApi, conn: psycopg.Connection
) -> None:
    with conn.transaction():
        wanted = sessions.Asked("ltk-02", normalise("30A-333.33"), "car", None)
        token = sessions.begin(conn, wanted, NOW, secrets.token_urlsafe(16)).token
        sessions.correct(conn, token, NOW, plate=normalise("30A-444.44"))
    assert asked(api, "/api/v1/enforcement/plates/30A-333.33")["verdict"] == "unpaid"
    found = asked(api, "/api/v1/enforcement/plates/30A-444.44")
    assert (found["verdict"], found["paid_until"]) == ("paid", None)
    with conn.transaction():
        sessions.stop(conn, token, NOW + 30 * MINUTE)
    assert asked(api, "/api/v1/enforcement/plates/30A-444.44")["verdict"] == "unpaid"


def test_bays_that_nobody_paid_for_are_listed_until_somebody_does(
    api: RunningApi, conn: psycopg.Connection, see: Callable[..., None]
) -> None:
    place = "thd-01"
    see(f"{place}-b01", (60, 0), (50, 1), (1, 1))
    see(f"{place}-b02", (20, 0), (3, 1), (1, 1))  # has just come
    see(f"{place}-b03", (60, 1), (30, 0), (1, 0))
    see(f"{place}-b04", (300, 1), (200, 1))  # silent since
    [found] = asked(api, "/api/v1/enforcement/unpaid", place_id=place)["places"]
    [bay] = found["bays"]
    assert (bay["bay_id"], bay["may_be_paid"], found["unpaid"]) == (f"{place}-b01", False, 1)
    assert datetime.fromisoformat(bay["occupied_since"]) == NOW - 50 * MINUTE
    assert bay["minutes"] in (50, 51)
    assert "30A" not in str(found)
    with conn.transaction():
        wanted = sessions.Asked(place, normalise("30A-555.55"), "car", None, f"{place}-b01")
        sessions.begin(conn, wanted, NOW, secrets.token_urlsafe(16))
    assert asked(api, "/api/v1/enforcement/unpaid", place_id=place)["places"] == []


def test_a_day_of_a_place_says_what_was_seen_expected_and_paid(
    api: RunningApi, conn: psycopg.Connection, see: Callable[..., None], database_url: str
) -> None:
    day = at_local_time(NOW).date() - timedelta(days=1)
    noon = revenue.midnight(day) + timedelta(hours=12)
    back = int((NOW - noon).total_seconds() // 60)
    # Two hours and a half hour, and a flicker.
    reports = [(back - minute, 1) for minute in range(0, 120, 20)] + [(back - 120, 0)]
    reports += [(back - 180, 1), (back - 200, 1), (back - 210, 0), (back - 240, 1), (back - 241, 0)]
    see("ltk-02-b01", *reports)
    took = paid(conn, "30A-666.66", 60, "ltk-02-b01", back)
    job.run(read_settings(database_url=database_url))
    path = "/api/v1/revenue"
    found = asked(api, path, FINANCE, **{"from": day, "to": day, "place_id": "ltk-02"})
    [row] = found["days"]
    assert (row["bays"], row["stays"], row["hours"]) == (1, 2, 2.5)
    # Flat prices: 25,000 for each hour that began.
    assert row["expected"] > took > 0
    assert row["difference"] == found["difference"] == took - row["expected"]
    # Who stays past midnight is of the day on which they came, with all of the price.
    before = day - timedelta(days=1)
    start = revenue.midnight(before) + timedelta(hours=22)
    late = int((NOW - start).total_seconds() // 60)
    see("ltk-03-b01", *((late - minute, 1) for minute in range(0, 240, 20)), (late - 240, 0))
    job.run(read_settings(database_url=database_url))
    [night] = asked(api, path, FINANCE, **{"from": before, "to": before, "place_id": "ltk-03"})["days"]
    assert (night["stays"], night["hours"]) == (1, 2.0)
    whole = quote(tariffs.schedule(conn, "hanoi-inner"), "car", start, start + timedelta(hours=4)).amount
    assert night["expected"] == whole
    # Where no sensor told anything there is no figure, and why.
    [other] = asked(api, path, FINANCE, **{"from": day, "to": day, "place_id": "ltk-05"})["days"]
    assert (other["stays"], other["expected"], other["difference"], other["why"]) == (
        None,
        None,
        None,
        "no_sensor",
    )
    # Counted again it is the same, and late readings correct it.
    see("ltk-02-b01", (back - 90, 0), (back - 95, 0))
    job.run(read_settings(database_url=database_url))
    [later] = asked(api, path, FINANCE, **{"from": day, "to": day, "place_id": "ltk-02"})["days"]
    assert later["stays"] == 3


@pytest.mark.parametrize("path", ["/api/v1/enforcement/plates/30A-111.11", "/api/v1/enforcement/unpaid"])
@pytest.mark.parametrize(("key", "status"), [(None, 401), ("nobody", 401), (VIEWER, 403), (FINANCE, 403)])
def test_nobody_else_is_told(api: RunningApi, path: str, key: str | None, status: int) -> None:
    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    assert api.client.get(path, headers=headers).status_code == status


@pytest.mark.parametrize(
    "span",
    [
        {"from": "2026-11-02", "to": "2026-11-01"},
        {"from": "2026-01-01", "to": "2026-12-31"},
        {"from": "yesterday", "to": "2026-11-01"},
        {"from": "0001-01-01", "to": "0001-01-01"},
        {"from": "2026-11-01"},
    ],
)
def test_a_span_that_is_none_is_refused(api: RunningApi, span: dict[str, str]) -> None:
    answer = api.client.get("/api/v1/revenue", params=span, headers={"Authorization": f"Bearer {FINANCE}"})
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/problem+json"


def test_the_inspectors_page_answers_in_one_form(
    api: RunningApi, conn: psycopg.Connection, see: Callable[..., None]
) -> None:
    see("thd-02-b01", (60, 0), (50, 1), (1, 1))
    paid(conn, "30A-777.77", 60)
    headers = {"Authorization": f"Bearer {INSPECTOR}", "Accept": "text/html"}
    page = api.client.get("/inspect?lang=en&place_id=thd-02", headers=headers)
    assert page.status_code == 200
    assert "bay 1 · 5" in page.text
    assert "bay is not paid" in page.text
    found = api.client.post("/inspect", data={"plate": "30a 777.77", "lang": "en"}, headers=headers)
    assert "30A77777" in found.text
    assert 'class="panel verdict paid"' in found.text
    wrong = api.client.post("/inspect", data={"plate": "??", "lang": "en"}, headers=headers)
    assert (wrong.status_code, "This is no plate" in wrong.text) == (422, True)
    # Without a name nobody sees it; a browser is led to where one signs in.
    assert api.client.get("/inspect").status_code == 401
    led = api.client.get("/inspect", headers={"Accept": "text/html"})
    assert (led.status_code, led.headers["location"]) == (303, "/login?next=%2Finspect")
