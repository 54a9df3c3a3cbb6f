"""Gateways that misbehave against a real hub: money is booked once or waits for a person, and the books are right."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

import httpx
import psycopg
import pytest

from cityhub.payments import momo, vnpay
from cityhub.payments.order import Order
from cityhub.payments.ways import Ways
from cityhub.rfc3339 import HANOI_TIME
from cityhub.store import connect, ledger
from jobs.payments import ask, give_back
from jobs.providers import Providers
from simulators.gateways import TELLERS
from simulators.gateways.misbehaviour import GATEWAYS, Gateway, Kind
from tests.paying import SESSIONS, Paying, hub_with_gateways
from tests.waiting import eventually

PROVIDERS: dict[Gateway, str] = {"vnpay": "vnpay", "momo": "momo", "bank": "vietqr"}
EACH = pytest.mark.parametrize("gateway", GATEWAYS)


@pytest.fixture(scope="module")
def paying(database_url: str) -> Iterator[Paying]:
    with hub_with_gateways(database_url) as paying:
        yield paying


@pytest.fixture
def conn(database_url: str, paying: Paying) -> Iterator[psycopg.Connection]:
    with connect(database_url, "tests", autocommit=True) as conn:
        yield conn
        assert ledger.faults(conn) == []
    for gateway in GATEWAYS:
        paying.gateways.switch.turn(gateway, ())
    assert paying.gateways.callbacks.lost == []


def paid_at(
    paying: Paying, gateway: Gateway, *kinds: Kind, minutes: int = 60
) -> tuple[str, dict[str, object]]:
    """A session whose payer has paid while the gateway does these things wrong; and the payment."""
    paying.gateways.switch.turn(gateway, kinds)
    session = paying.begun(minutes=minutes)
    payment = paying.payment(session["token"], PROVIDERS[gateway])
    assert paying.at_provider(payment).status_code in (200, 303)
    return session["token"], payment


def booked(conn: psycopg.Connection, payment: dict[str, object]) -> int:
    [(count,)] = conn.execute(
        "SELECT count(*) FROM ledger_transaction WHERE key = %s", [f"payment:{payment['id']}"]
    ).fetchall()
    return int(count)


def parked(conn: psycopg.Connection, payment: dict[str, object]) -> list[str]:
    found = conn.execute("SELECT reason FROM parked_money WHERE payment_id = %s", [payment["id"]])
    return [reason for (reason,) in found]


@EACH
@pytest.mark.parametrize("kinds", [(), ("double",), ("forge", "double")])
def test_who_is_told_at_once_is_paid_once(
    paying: Paying, conn: psycopg.Connection, gateway: Gateway, kinds: tuple[Kind, ...]
) -> None:
    token, payment = paid_at(paying, gateway, *kinds)
    assert paying.status(token) == "active"
    assert (booked(conn, payment), parked(conn, payment)) == (1, [])


@EACH
def test_a_forged_call_changes_nothing(paying: Paying, conn: psycopg.Connection, gateway: Gateway) -> None:
    with ThreadPoolExecutor(1) as pool:
        paying.gateways.switch.turn(gateway, ["forge"])
        session = paying.begun()
        payment = paying.payment(session["token"], PROVIDERS[gateway])
        waiting = pool.submit(paying.at_provider, payment)
        # The forged call comes at once, the true one a second later.
        until = datetime.now(UTC) + timedelta(seconds=0.7)
        while datetime.now(UTC) < until:
            assert paying.status(session["token"]) == "awaiting_payment"
        waiting.result()
    assert paying.status(session["token"]) == "active"
    assert (booked(conn, payment), parked(conn, payment)) == (1, [])


@EACH
def test_a_late_call_counts(paying: Paying, conn: psycopg.Connection, gateway: Gateway) -> None:
    token, payment = paid_at(paying, gateway, "delay", "double")
    eventually(lambda: paying.status(token) == "active")
    eventually(lambda: booked(conn, payment) == 1)
    assert parked(conn, payment) == []


@EACH
def test_two_orders_told_in_the_other_order_are_both_paid(
    paying: Paying, conn: psycopg.Connection, gateway: Gateway
) -> None:
    first, one = paid_at(paying, gateway, "reorder")
    assert paying.status(first) == "awaiting_payment"
    second, other = paid_at(paying, gateway)
    assert paying.status(second) == "active"
    eventually(lambda: paying.status(first) == "active")
    settled = "SELECT settled_at FROM payment WHERE id = %s"
    [(first_at,), (second_at,)] = [conn.execute(settled, [p["id"]]).fetchall()[0] for p in (one, other)]
    assert second_at < first_at
    assert [booked(conn, payment) for payment in (one, other)] == [1, 1]


@pytest.mark.parametrize("gateway", ["vnpay", "momo"])
def test_what_nobody_told_is_found_out_by_asking(
    paying: Paying, conn: psycopg.Connection, gateway: Gateway
) -> None:
    token, payment = paid_at(paying, gateway, "lose")
    providers = Providers(Ways.of(paying.settings))
    assert paying.status(token) == "awaiting_payment"
    ask(conn, providers, datetime.now(UTC) + timedelta(minutes=3))
    assert paying.status(token) == "active"
    # What was lost comes after all.
    assert httpx.post(f"{paying.url}/misbehave/lost", timeout=60).status_code == 303
    assert (booked(conn, payment), parked(conn, payment)) == (1, [])


def test_a_transfer_that_nobody_told_is_told_by_hand(paying: Paying, conn: psycopg.Connection) -> None:
    token, payment = paid_at(paying, "bank", "lose")
    assert paying.status(token) == "awaiting_payment"
    assert "Báo 1 lời gọi" in httpx.get(f"{paying.url}/misbehave", timeout=60).text
    assert httpx.post(f"{paying.url}/misbehave/lost", timeout=60).status_code == 303
    eventually(lambda: paying.status(token) == "active")
    assert (booked(conn, payment), parked(conn, payment)) == (1, [])


@pytest.mark.parametrize(("gateway", "kind", "reason"), [
    ("vnpay", "amount", "wrong_amount"), ("momo", "amount", "wrong_amount"),
    ("bank", "amount", "too_much"), ("bank", "partial", "partial"),
])  # fmt: skip
def test_another_amount_waits_for_a_person(
    paying: Paying, conn: psycopg.Connection, gateway: Gateway, kind: Kind, reason: str
) -> None:
    token, payment = paid_at(paying, gateway, kind, "double")
    ask(conn, Providers(Ways.of(paying.settings)), datetime.now(UTC) + timedelta(minutes=3))
    assert paying.status(token) == "awaiting_payment"
    assert (booked(conn, payment), parked(conn, payment)) == (0, [reason])


@pytest.mark.parametrize("teller", TELLERS)
def test_each_teller_pays_a_session_end_to_end(paying: Paying, conn: psycopg.Connection, teller: str) -> None:
    session = paying.begun()
    payment = paying.payment(session["token"], "vietqr")
    answer = paying.at_provider(payment, teller=teller)
    assert answer.status_code == 200, answer.text
    assert paying.status(session["token"]) == "active"
    paying.gateways.switch.turn("bank", ["forge", "double"])
    again = paying.begun()
    paying.at_provider(paying.payment(again["token"], "vietqr"), teller=teller)
    assert paying.status(again["token"]) == "active"
    states = conn.execute("SELECT state FROM credit WHERE adapter = %s ORDER BY id DESC LIMIT 2", [teller])
    assert states.fetchall() == [("matched",), ("matched",)]


@pytest.mark.parametrize("gateway", ["vnpay", "momo"])
def test_a_stay_that_ends_early_is_given_back_by_its_provider(
    paying: Paying, conn: psycopg.Connection, gateway: Gateway
) -> None:
    token, payment = paid_at(paying, gateway, minutes=180)
    back = paying.api.client.post(f"{SESSIONS}/{token}/stop").json()["give_back"]
    assert back > 0
    assert give_back(conn, Providers(Ways.of(paying.settings)), datetime.now(UTC)) == 1
    states = conn.execute("SELECT state, amount FROM refund WHERE payment_id = %s", [payment["id"]])
    assert states.fetchall() == [("done", back)]
    orders = {"vnpay": paying.gateways.vnpay.orders, "momo": paying.gateways.momo.orders}[gateway].values()
    given = [order.given_back for order in orders if order.given_back]  # type: ignore[attr-defined]
    assert given[-1] == back * (100 if gateway == "vnpay" else 1)


@pytest.mark.usefixtures("conn")
def test_nobody_is_given_back_more_than_was_paid_or_the_same_twice(paying: Paying) -> None:
    now = datetime.now(UTC)
    _, payment = paid_at(paying, "momo")
    merchants, order = Ways.of(paying.settings), str(payment["redirect_url"]).rpartition("/")[2]
    assert merchants.momo is not None
    transaction = paying.gateways.momo.orders[order].transaction

    def momo_gives(request_id: str, amount: int) -> int:
        assert merchants.momo is not None
        body = momo.refund(merchants.momo, request_id, request_id, amount, transaction, "Tra lai")
        return int(httpx.post(f"{paying.url}/momo/refund", json=body, timeout=60).json()["resultCode"])

    asked = [("R1", 10_000), ("R1", 10_000), ("R2", 15_001), ("R3", 15_000), ("R4", 1)]
    assert [momo_gives(*one) for one in asked] == [0, 40, 1081, 0, 1081]

    _, payment = paid_at(paying, "vnpay")
    known = paying.gateways.vnpay.orders[dict(parse_qsl(str(payment["redirect_url"])))["vnp_TxnRef"]]
    begun = datetime.strptime(known.asked["vnp_CreateDate"], "%Y%m%d%H%M%S").replace(tzinfo=HANOI_TIME)
    wanted = Order(known.asked["vnp_TxnRef"], 25_000, "Tra lai", begun, now, "127.0.0.1")

    def vnpay_gives(request_id: str, amount: int) -> str:
        assert merchants.vnpay is not None
        body = vnpay.refund(merchants.vnpay, wanted, request_id, amount, known.transaction, now)
        found = httpx.post(f"{paying.url}/vnpay/api", json=body, timeout=60).json()
        assert vnpay.is_genuine_answer(merchants.vnpay, found, "refund")
        return str(found["vnp_ResponseCode"])

    asked = [("R1", 10_000), ("R1", 10_000), ("R2", 15_001), ("R3", 15_000), ("R4", 25_000)]
    assert [vnpay_gives(*one) for one in asked] == ["00", "94", "99", "00", "99"]


@pytest.mark.usefixtures("conn")
def test_a_person_switches_what_goes_wrong(paying: Paying) -> None:
    form = {"vnpay": ["forge", "double", "partial"], "bank": ["partial"], "share": "100"}
    assert httpx.post(f"{paying.url}/misbehave", data=form, timeout=60).status_code == 303
    # Nobody pays a part by card.
    assert paying.gateways.switch.on == {
        "vnpay": {"forge", "double"}, "momo": frozenset(), "bank": {"partial"},
    }  # fmt: skip
    page = httpx.get(f"{paying.url}/misbehave", timeout=60).text
    assert (page.count(" checked"), "value='100'" in page) == (3, True)
    assert httpx.post(f"{paying.url}/misbehave", data={"share": "101"}, timeout=60).status_code == 400


@pytest.mark.usefixtures("conn")
def test_a_gateway_believes_nobody_who_does_not_sign(paying: Paying) -> None:
    session = paying.begun()
    page = str(paying.payment(session["token"], "vnpay")["redirect_url"])
    assert httpx.get(page.replace("vnp_Amount=2500000", "vnp_Amount=500000"), timeout=60).status_code == 400
    found = httpx.post(f"{paying.url}/vnpay/api", json={"vnp_Command": "querydr"}, timeout=60).json()
    assert found["vnp_ResponseCode"] == "97"
    for call in ("create", "query", "refund"):
        body = {"orderId": "x", "requestId": "x", "partnerCode": "DEMO", "amount": 5_000, "signature": "x"}
        assert httpx.post(f"{paying.url}/momo/{call}", json=body, timeout=60).json()["resultCode"] == 13


@pytest.mark.usefixtures("conn")
@pytest.mark.parametrize("gateway", ["vnpay", "momo"])
def test_an_order_is_paid_once_however_often_its_payer_tries(paying: Paying, gateway: Gateway) -> None:
    session = paying.begun()
    payment = paying.payment(session["token"], PROVIDERS[gateway])
    assert paying.at_provider(payment, "cancel").status_code == 303
    assert httpx.post(payment["redirect_url"], data={"do": "pay"}, timeout=60).status_code == 409
    assert paying.status(session["token"]) == "awaiting_payment"
    paying.at_provider(paying.payment(session["token"], PROVIDERS[gateway]))
    assert paying.status(session["token"]) == "active"
