"""Rights that other apps sold, and permits bought online, over HTTP."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from cityhub.config import read_settings
from cityhub.rfc3339 import HANOI_TIME
from cityhub.store import connect, ledger, payments, rights
from tests.integration.api.conftest import RunningApi
from tests.integration.api.test_api_payments import MERCHANT, SECRET, comes_back, credit, ipn

RIGHTS, PERMITS, PAYMENTS = "/api/v1/parking/rights", "/api/v1/parking/permits", "/api/v1/payments"
KEY, OTHER, POOR = "0123456789abcdef01", "1123456789abcdef01", "2123456789abcdef01"
APP = {"Authorization": f"Bearer {KEY}"}
NOW = datetime.now(HANOI_TIME).replace(microsecond=0)
PRICE = 3_000_000


@pytest.fixture(scope="module")
def selling(
    database_url: str, run_api: Callable[..., AbstractContextManager[RunningApi]]
) -> Iterator[RunningApi]:
    settings = read_settings(
        database_url=database_url,
        rate_per_minute=0,
        api_keys=f"iparking:{KEY}:parking:write,bank:{OTHER}:parking:write+observations:write,ward-7:{POOR}",
        vnpay_tmn_code=MERCHANT.code,
        vnpay_hash_secret=SECRET,
        vnpay_url=MERCHANT.pay_url,
        vietqr_bin="970416",
        vietqr_account="257678859",
        vietqr_webhook_secret=SECRET,
    )
    with run_api(settings) as api:
        yield api


@pytest.fixture
def conn(database_url: str) -> Iterator[psycopg.Connection]:
    with connect(database_url, "tests", autocommit=True) as conn:
        yield conn
        assert ledger.faults(conn) == []


def told(**changes: Any) -> dict[str, Any]:
    return {
        "channel": "iparking", "channel_reference": str(uuid4()), "place_id": "ltk-01", "plate": "30A-123.45",
        "vehicle": "car", "from": NOW.isoformat(), "to": (NOW + timedelta(hours=2)).isoformat(), "amount": 50_000,
        **changes,
    }  # fmt: skip


def test_a_right_that_another_app_sold_is_told_once(selling: RunningApi) -> None:
    body = told()
    first = selling.client.post(RIGHTS, json=body, headers=APP)
    assert first.status_code == 201, first.text
    right = first.json()
    assert (right["plate"], right["status"], right["zone"]) == ("30A12345", "active", "hanoi-inner")
    again = {**body, "from": NOW.astimezone(UTC).isoformat().replace("+00:00", "Z"), "plate": "30a 12345"}
    second = selling.client.post(RIGHTS, json=again, headers=APP)
    assert (second.status_code, second.json()["id"]) == (200, right["id"])
    other = selling.client.post(RIGHTS, json={**body, "amount": 1}, headers=APP)
    assert (other.status_code, other.json()["rule"]) == (409, "right_sold_once")
    assert selling.client.get(f"{RIGHTS}/{right['id']}", headers=APP).json() == right
    gone = [selling.client.post(f"{RIGHTS}/{right['id']}/withdraw", headers=APP) for _ in range(2)]
    assert [(one.status_code, one.json()["status"]) for one in gone] == [(200, "withdrawn")] * 2
    assert gone[0].json() == gone[1].json()


def test_a_channel_speaks_for_itself_alone(selling: RunningApi) -> None:
    right = selling.client.post(RIGHTS, json=told(channel="iparking:terminal-7"), headers=APP).json()
    assert right["channel"] == "iparking:terminal-7"
    bank = {"X-API-Key": OTHER}
    assert selling.client.get(f"{RIGHTS}/{right['id']}", headers=bank).status_code == 404
    assert selling.client.post(f"{RIGHTS}/{right['id']}/withdraw", headers=bank).status_code == 404
    assert selling.client.post(RIGHTS, json=told(), headers=bank).status_code == 403
    assert selling.client.post(RIGHTS, json=told(), headers={"X-API-Key": POOR}).status_code == 403
    assert selling.client.post(RIGHTS, json=told()).status_code == 401


@pytest.mark.parametrize(
    ("changes", "status", "what"),
    [
        ({"place_id": "no-such-place"}, 404, "id"),
        ({"vehicle": "motorbike"}, 422, "vehicle"),
        ({"vehicle": "tank"}, 400, "vehicle"),
        ({"plate": "??"}, 400, "plate"),
        ({"to": NOW.isoformat()}, 400, "to"),
        ({"from": "2026-11-26T10:00:00"}, 400, "from"),
        ({"to": (NOW + timedelta(days=400)).isoformat()}, 422, "right_too_long"),
        ({"from": (NOW - timedelta(days=9)).isoformat()}, 422, "start_in_past"),
        ({"from": "0001-01-01T00:00:00+07:00"}, 422, "right_too_long"),
        ({"to": "9999-12-31T23:59:59-07:00"}, 422, "right_too_long"),
        ({"amount": -1}, 400, "amount"),
        ({"amount": 1.5}, 400, "amount"),
        ({"bay_id": "ltk-02-b01"}, 400, "bay_id"),
    ],
)
def test_what_cannot_have_been_sold_is_refused(
    selling: RunningApi, changes: dict[str, Any], status: int, what: str
) -> None:
    answer = selling.client.post(RIGHTS, json=told(**changes), headers=APP)
    assert answer.status_code == status, answer.text
    problem = answer.json()
    assert what in {problem.get("rule"), *(fault["field"] for fault in problem.get("errors", []))}


def bought(api: RunningApi, **changes: Any) -> dict[str, Any]:
    body = {"permit_id": "hanoi-inner-month-car", "plate": "30A-777.77", "vehicle": "car",
            "from": (NOW.date() + timedelta(days=3)).isoformat(), **changes}  # fmt: skip
    answer = api.client.post(PERMITS, json=body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def begun(api: RunningApi, permit: dict[str, Any], provider: str, **more: Any) -> dict[str, Any]:
    answer = api.client.post(PAYMENTS, json={"permit_token": permit["token"], "provider": provider, **more})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def permit_of(api: RunningApi, permit: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = api.client.get(f"{PERMITS}/{permit['token']}").json()
    return found


def test_a_permit_is_asked_for_paid_and_received(selling: RunningApi, conn: psycopg.Connection) -> None:
    listed = selling.client.get(PERMITS, params={"vehicle": "ev"}).json()["permits"]
    assert [(one["id"], one["price"], one["illustrative"]) for one in listed] == [
        ("hanoi-inner-month-car", PRICE, True)
    ]
    permit = bought(selling)
    assert (permit["status"], permit["due"]) == ("requested", PRICE)
    assert permit["from"].endswith("T00:00:00+07:00")
    before = ledger.balances(conn).get("revenue:permits:hanoi-inner", 0)
    paid = begun(selling, permit, "vnpay")
    assert begun(selling, permit, "vnpay")["id"] == paid["id"]
    assert ipn(selling, paid, transaction="OTHER-2", vnp_Amount="100") == "04"
    assert [ipn(selling, paid) for _ in range(3)] == ["00", "02", "02"]
    assert ledger.balances(conn)["revenue:permits:hanoi-inner"] == before - PRICE
    after = permit_of(selling, permit)
    assert (after["status"], after["due"], len(after["receipts"])) == ("active", 0, 1)
    path = f"/api/v1/receipts/{after['receipts'][0]}"
    receipt = selling.client.get(path, params={"token": permit["token"]}).json()
    assert receipt["number"].startswith("HN-PARKING-")
    assert (receipt["amount"], receipt["document"]["permit"]) == (PRICE, "hanoi-inner-month-car")
    assert "30A" not in json.dumps(receipt)
    pdf = selling.client.get(path, params={"token": permit["token"]}, headers={"Accept": "application/pdf"})
    assert pdf.status_code in (200, 503)
    assert comes_back(selling, "vnpay", reference(conn, paid)) == f"/r/{permit['token']}"


def reference(conn: psycopg.Connection, paid: dict[str, Any]) -> str:
    return payments.by_id(conn, paid["id"]).reference


def test_money_that_comes_too_late_or_twice_waits_for_a_person(
    selling: RunningApi, conn: psycopg.Connection
) -> None:
    permit = bought(selling)
    paid = begun(selling, permit, "vietqr")
    assert credit(selling, amount=PRICE - 1, content=paid["transfer_code"])[1] == {"status": "unmatched"}
    later = datetime.now(UTC) + timedelta(hours=2)
    payments.expire(conn, later, timedelta())
    rights.lapse(conn, later)
    assert permit_of(selling, permit)["status"] == "lapsed"
    assert credit(selling, amount=PRICE, content=paid["transfer_code"])[1] == {"status": "unmatched"}
    assert [row for (row,) in conn.execute(
        "SELECT reason FROM parked_money WHERE payment_id = %s ORDER BY id", (paid["id"],)
    )] == ["partial", "late"]  # fmt: skip


@pytest.mark.usefixtures("conn")
def test_a_permit_that_has_not_begun_is_given_back_whole_and_one_that_has_is_not(selling: RunningApi) -> None:
    wallet = selling.client.post("/api/v1/wallets", json={"amount": 5_000_000, "provider": "vietqr"}).json()
    credit(selling, amount=5_000_000, content=wallet["payment"]["transfer_code"])

    def balance() -> int:
        return int(selling.client.get(f"/api/v1/wallets/{wallet['token']}").json()["balance"])

    for days, back in ((3, PRICE), (0, 0)):
        permit, had = bought(selling, **{"from": (NOW.date() + timedelta(days=days)).isoformat()}), balance()
        assert begun(selling, permit, "wallet", wallet_token=wallet["token"])["status"] == "paid"
        assert balance() == had - PRICE
        gone = selling.client.post(f"{PERMITS}/{permit['token']}/withdraw").json()
        assert (gone["status"], gone["give_back"], balance()) == ("withdrawn", back, had - PRICE + back)


def test_a_permit_is_renewed_once_and_without_a_gap(selling: RunningApi) -> None:
    permit = bought(selling)
    assert selling.client.post(f"{PERMITS}/{permit['token']}/renew").json()["rule"] == "not_active"
    credit(selling, amount=PRICE, content=begun(selling, permit, "vietqr")["transfer_code"])
    following = [selling.client.post(f"{PERMITS}/{permit['token']}/renew").json() for _ in range(2)]
    assert following[0]["token"] == following[1]["token"]
    assert (following[0]["from"], following[0]["plate"]) == (permit["to"], "30A77777")
    assert permit_of(selling, permit)["renewed_by"] == following[0]["token"]


def test_a_second_permit_for_the_same_time_is_sold_with_a_warning_before_it_is_paid(
    selling: RunningApi,
) -> None:
    plate = {"plate": "30A-666.66"}
    first = bought(selling, **plate)
    assert first["warnings"] == bought(selling, **plate)["warnings"] == []  # neither is paid
    credit(selling, amount=PRICE, content=begun(selling, first, "vietqr")["transfer_code"])
    second = bought(selling, **plate, vehicle="ev", place_id="ltk-02")
    assert second["warnings"] == permit_of(selling, second)["warnings"] == ["has_permit"]
    # Another time, another car, or the one that is paid: nothing to say.
    after = date.fromisoformat(first["to"][:10]) + timedelta(days=1)
    assert bought(selling, **plate, **{"from": after.isoformat()})["warnings"] == []
    assert bought(selling, plate="30A-666.67")["warnings"] == []
    assert permit_of(selling, first)["warnings"] == []
    following = selling.client.post(f"{PERMITS}/{first['token']}/renew").json()
    assert following["warnings"] == []
    # So does the form, before anything is paid; and it can be paid.
    day = (NOW.date() + timedelta(days=3)).isoformat()
    form = {"lang": "en", "vehicle": "car", "from": day, "place_id": "", **plate}
    page = selling.client.post("/parking/permits/hanoi-inner-month-car", data=form, follow_redirects=True)
    assert "has a permit for some of that time already" in page.text
    assert first["token"] not in page.text
    credit(selling, amount=PRICE, content=begun(selling, second, "vietqr")["transfer_code"])
    assert (permit_of(selling, second)["status"], permit_of(selling, second)["warnings"]) == ("active", [])


@pytest.mark.parametrize(
    ("changes", "status", "what"),
    [
        ({"permit_id": "nothing"}, 404, "id"),
        ({"vehicle": "motorbike"}, 422, "vehicle"),
        ({"from": "2020-01-01"}, 422, "start_in_past"),
        ({"from": "2099-01-01"}, 422, "start_too_far"),
        ({"from": "tomorrow"}, 400, "from"),
        ({"place_id": "no-such-place"}, 404, "id"),
    ],
)
def test_a_permit_that_cannot_be_had_is_refused(
    selling: RunningApi, changes: dict[str, Any], status: int, what: str
) -> None:
    body = {
        "permit_id": "hanoi-inner-month-car",
        "plate": "30A-1",
        "vehicle": "car",
        "from": NOW.date().isoformat(),
    }
    answer = selling.client.post(PERMITS, json={**body, "plate": "30A-777.77", **changes})
    assert answer.status_code == status, answer.text
    problem = answer.json()
    assert what in {problem.get("rule"), *(fault["field"] for fault in problem.get("errors", []))}


def test_a_channels_right_is_nobodys_permit(selling: RunningApi, conn: psycopg.Connection) -> None:
    right = selling.client.post(RIGHTS, json=told(), headers=APP).json()
    [(token,)] = conn.execute("SELECT token FROM assigned_right WHERE id = %s", (right["id"],)).fetchall()
    assert selling.client.get(f"{PERMITS}/{token}").status_code == 404
    assert selling.client.post(f"{PERMITS}/{token}/withdraw").status_code == 404
    both = {"permit_token": token, "session_token": token, "provider": "vnpay"}
    assert selling.client.post(PAYMENTS, json=both).status_code == 400


def test_who_has_a_right_is_told_that_nothing_has_to_be_paid(selling: RunningApi) -> None:
    plate = "30A-888.88"
    body = {"place_id": "ltk-02", "plate": plate, "vehicle": "ev", "minutes": 60}

    def warnings(**changes: Any) -> list[str]:
        answer = selling.client.post("/api/v1/parking/sessions", json={**body, **changes})
        assert answer.status_code == 201, answer.text
        found: list[str] = answer.json()["warnings"]
        return found

    assert warnings() == []
    permit = bought(selling, plate=plate, **{"from": NOW.date().isoformat()})
    assert warnings() == []
    credit(selling, amount=PRICE, content=begun(selling, permit, "vietqr")["transfer_code"])
    assert warnings() == ["has_permit"]
    assert warnings(plate="30A-888.89") == []
    stop = {"mode": "start_stop", "minutes": None}
    refused = selling.client.post("/api/v1/parking/sessions", json={**body, **stop})
    assert refused.json()["rule"] == "has_permit"
    form = {"lang": "en", "vehicle": "car", "plate": plate, "minutes": "60"}
    page = selling.client.post("/parking/ltk-01", data=form, follow_redirects=True)
    assert "No further payment is needed" in page.text
    again = selling.client.post("/parking/ltk-01", data={**form, "minutes": "leaving"})
    assert "No further payment is needed" in again.text
    selling.client.post(f"{PERMITS}/{permit['token']}/withdraw")
    assert warnings() == []


def test_the_pages_of_a_permit_work_as_forms(selling: RunningApi) -> None:
    client = selling.client
    assert "3,000,000 VND" in client.get("/parking/permits?lang=en").text
    page = "/parking/permits/hanoi-inner-month-car"
    assert "made up" in client.get(f"{page}?lang=en").text
    assert client.get("/parking/permits/none?lang=en").status_code == 404
    form = {"lang": "en", "vehicle": "car", "plate": "??", "from": NOW.date().isoformat(), "place_id": ""}
    bad = client.post(page, data=form)
    assert (bad.status_code, "as 30A-123.45" in bad.text or "30A-123.45" in bad.text) == (422, True)
    for day in ("2020-01-01", "soon"):
        again = client.post(page, data={**form, "plate": "30A-777.77", "from": day})
        assert "first day cannot be taken" in again.text
    answer = client.post(page, data={**form, "plate": "30A-777.77", "place_id": "ltk-02"})
    assert answer.status_code == 303
    link = answer.headers["Location"].partition("?")[0]
    token = link.removeprefix("/r/")
    assert client.post(f"{link}/pay", data={"lang": "en", "provider": "nobody"}).status_code == 422
    assert client.post(f"{link}/withdraw", data={"lang": "en"}).status_code == 303
    assert "was cancelled" in client.get(f"{link}?lang=en").text
    assert client.get(f"{PERMITS}/{token}").json()["status"] == "withdrawn"
