"""A driver and the providers, over HTTP: from the price to the receipt, and whatever else comes."""

import hmac
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

import psycopg
import pytest

from cityhub.config import read_settings
from cityhub.payments import vnpay
from cityhub.payments.model import LIMITS
from cityhub.store import connect, ledger
from tests.integration.api.conftest import RunningApi
from tests.prices import save_flat

SECRET = "a-secret-of-32-signs-for-the-tests"
MERCHANT = vnpay.Merchant("HANOI001", SECRET, "http://127.0.0.1:1/pay")
SESSIONS, PAYMENTS = "/api/v1/parking/sessions", "/api/v1/payments"


@pytest.fixture(scope="module")
def paying(
    database_url: str, run_api: Callable[..., AbstractContextManager[RunningApi]]
) -> Iterator[RunningApi]:
    settings = read_settings(
        database_url=database_url,
        rate_per_minute=0,
        vnpay_tmn_code=MERCHANT.code,
        vnpay_hash_secret=SECRET,
        vnpay_url=MERCHANT.pay_url,
        momo_partner_code="MOMO",
        momo_access_key="access",
        momo_secret_key=SECRET,
        # Nobody listens there.
        momo_url="http://127.0.0.1:1",
        return_origins="https://app.example, https://other.example",
        vietqr_bin="970416",
        vietqr_account="257678859",
        vietqr_webhook_secret=SECRET,
        sepay_api_key="sepay-key-of-some-length",
        payos_checksum_key="payos-key-of-some-length",
        vietqr_vn_login="user:password",
    )
    with connect(database_url, "tests") as conn:
        # By the real clock two hours cost more in the evening.
        save_flat(conn)
    with run_api(settings) as api:
        yield api


@pytest.fixture
def conn(database_url: str) -> Iterator[psycopg.Connection]:
    with connect(database_url, "tests", autocommit=True) as conn:
        yield conn
        assert ledger.faults(conn) == []


def begun(api: RunningApi, **changes: Any) -> dict[str, Any]:
    body = {"place_id": "ltk-01", "plate": "30A-123.45", "vehicle": "car", "minutes": 120, **changes}
    answer = api.client.post(SESSIONS, json=body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def payment(api: RunningApi, session: dict[str, Any], provider: str, **more: Any) -> dict[str, Any]:
    answer = api.client.post(PAYMENTS, json={"session_token": session["token"], "provider": provider, **more})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def ipn(
    api: RunningApi, paid: dict[str, Any], transaction: str = "", secret: str = SECRET, **changes: str
) -> str:
    """What VNPAY's call about a payment is answered with."""
    order = dict(parse_qsl(urlsplit(paid["redirect_url"]).query))
    parameters = {
        "vnp_TmnCode": MERCHANT.code,
        "vnp_TxnRef": order["vnp_TxnRef"],
        "vnp_Amount": order["vnp_Amount"],
        "vnp_ResponseCode": "00",
        "vnp_TransactionStatus": "00",
        "vnp_TransactionNo": transaction or f"N{order['vnp_TxnRef']}",
        **changes,
    }
    parameters["vnp_SecureHash"] = vnpay.signature(secret, vnpay.signed_text(parameters))
    answer = api.client.get("/payments/vnpay/ipn", params=parameters)
    assert answer.status_code == 200
    return str(answer.json()["RspCode"])


def credit(api: RunningApi, secret: str = SECRET, **changes: Any) -> tuple[int, Any]:
    body = json.dumps(
        {"transaction_id": str(uuid4()), "amount": 50_000, "content": "", "account": "1", **changes}
    ).encode()
    signature = hmac.new(secret.encode(), body, "sha256").hexdigest()
    answer = api.client.post("/payments/vietqr/webhook", content=body, headers={"X-Signature": signature})
    return answer.status_code, answer.json()


def state(api: RunningApi, session: dict[str, Any]) -> str:
    return str(api.client.get(f"{SESSIONS}/{session['token']}").json()["status"])


@pytest.mark.usefixtures("conn")
def test_from_the_price_to_the_receipt_with_vnpay(paying: RunningApi) -> None:
    session = begun(paying)
    assert (session["status"], session["amount"], session["due"]) == ("awaiting_payment", 50_000, 50_000)
    paid = payment(paying, session, "vnpay")
    assert vnpay.is_genuine(MERCHANT, dict(parse_qsl(urlsplit(paid["redirect_url"]).query)))
    assert paying.client.get(f"{PAYMENTS}/{paid['id']}").json()["status"] == "pending"
    assert ipn(paying, paid) == "00"
    assert ipn(paying, paid) == "02"
    found = paying.client.get(f"{PAYMENTS}/{paid['id']}").json()
    assert found["status"] == "paid"
    after = paying.client.get(f"{SESSIONS}/{session['token']}").json()
    assert (after["status"], after["due"], after["receipts"]) == ("active", 0, [found["receipt"]])
    receipt = paying.client.get(
        f"/api/v1/receipts/{found['receipt']}", params={"token": session["token"]}
    ).json()
    assert (receipt["amount"], receipt["document"]["place_id"]) == (50_000, "ltk-01")
    assert "30A" not in json.dumps(receipt)
    for token in ("", "x" * 22, begun(paying)["token"]):
        assert (
            paying.client.get(f"/api/v1/receipts/{found['receipt']}", params={"token": token}).status_code
            == 404
        )
    check = f"/api/v1/receipts/{found['receipt']}/check"
    assert paying.client.get(check, params={"code": receipt["check_code"]}).json()["is_genuine"] is True
    assert paying.client.get(check, params={"code": "x"}).json()["is_genuine"] is False


def test_vnpay_is_replied_to_as_its_protocol_says(paying: RunningApi, conn: psycopg.Connection) -> None:
    session = begun(paying)
    paid = payment(paying, session, "vnpay")
    before = conn.execute("SELECT count(*) FROM payment_event").fetchall()
    assert ipn(paying, paid, secret="another-secret") == "97"
    assert conn.execute("SELECT count(*) FROM payment_event").fetchall() == before
    assert ipn(paying, paid, transaction="LOST-1", vnp_TxnRef="CHNOBODYKNOWS1") == "01"
    assert ipn(paying, paid, transaction="OTHER-1", vnp_Amount="100") == "04"
    assert ipn(paying, paid, vnp_Amount="x") == "04"
    assert ipn(paying, paid, vnp_ResponseCode="24", vnp_TransactionStatus="02") == "00"
    assert paying.client.get(f"{PAYMENTS}/{paid['id']}").json()["status"] == "failed"
    assert ipn(paying, paid, vnp_ResponseCode="24", vnp_TransactionStatus="02") == "02"
    # The bank took it after all.
    assert ipn(paying, paid) == "00"
    assert state(paying, session) == "active"
    assert ipn(paying, paid, vnp_ResponseCode="24", vnp_TransactionStatus="02") == "02"
    assert state(paying, session) == "active"
    reasons = conn.execute("SELECT reason FROM parked_money WHERE provider = 'vnpay' ORDER BY id").fetchall()
    assert {reason for (reason,) in reasons} >= {"unknown_order", "wrong_amount"}


@pytest.mark.parametrize(
    "url",
    ["https://evil.example/back", "https://app.example.evil.example/", "//evil.example", "javascript:alert(1)",
     "http://app.example/back", "https://app.example@evil.example/", "https://app.example:444/"],
)  # fmt: skip
def test_payers_are_sent_on_to_allowed_origins_only(paying: RunningApi, url: str) -> None:
    asked = {"session_token": begun(paying)["token"], "provider": "vnpay", "return_url": url}
    answer = paying.client.post(PAYMENTS, json=asked)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "return_url")


def test_a_payer_comes_back_to_the_app_that_sold_the_time(
    paying: RunningApi, conn: psycopg.Connection
) -> None:
    url = "https://app.example/back?order=7"
    paid = payment(paying, begun(paying), "vnpay", return_url=url)
    [(reference,)] = conn.execute("SELECT reference FROM payment WHERE id = %s", (paid["id"],)).fetchall()
    assert comes_back(paying, "vnpay", reference) == url


def comes_back(api: RunningApi, way: str, reference: str, secret: str = SECRET) -> str:
    """Where a payer is led who comes back from `way`, which signs where it sends them."""
    if way == "vnpay":
        told = {"vnp_TxnRef": reference, "vnp_ResponseCode": "24"}
        told["vnp_SecureHash"] = vnpay.signature(secret, vnpay.signed_text(told))
    else:
        told = {key: str(value) for key, value in momo_word(reference, 50_000, 1006, secret).items()}
    back = api.client.get(f"/payments/{way}/return", params=told)
    assert back.status_code == 303
    return back.headers["Location"]


@pytest.mark.parametrize("way", ["vnpay", "momo"])
def test_the_reference_of_an_order_is_not_the_key_of_its_session(
    paying: RunningApi, conn: psycopg.Connection, way: str
) -> None:
    session = begun(paying)
    paid = payment(paying, session, "vietqr")
    # As it stands in the account's statement.
    seen = paid["transfer_code"]
    for told in ({"vnp_TxnRef": seen}, {"orderId": seen}, {"vnp_TxnRef": seen, "vnp_SecureHash": "0" * 128}):
        assert paying.client.get(f"/payments/{way}/return", params=told).headers["Location"] == "/parking"
    assert comes_back(paying, way, seen) == "/parking"
    paying.client.post(PAYMENTS, json={"session_token": session["token"], "provider": way})
    [(reference,)] = conn.execute(
        "SELECT reference FROM payment WHERE provider = %s AND session_id = %s", (way, session["id"])
    ).fetchall()
    assert comes_back(paying, way, reference, secret="another") == "/parking"
    assert comes_back(paying, way, reference) == f"/p/{session['token']}"


def test_an_amount_that_its_provider_corrects_pays_after_all(paying: RunningApi) -> None:
    session = begun(paying)
    paid = payment(paying, session, "vnpay")
    order = dict(parse_qsl(urlsplit(paid["redirect_url"]).query))
    transaction = f"N{order['vnp_TxnRef']}"
    assert ipn(paying, paid, transaction, vnp_TxnRef="CHNOBODYKNOWS") == "01"
    assert ipn(paying, paid, transaction, vnp_Amount="2500000") == "04"
    assert ipn(paying, paid, transaction, vnp_Amount="0") == "04"
    assert [ipn(paying, paid, transaction) for _ in range(2)] == ["00", "02"]
    assert state(paying, session) == "active"


@pytest.mark.parametrize(
    "told",
    [b'{"data": {"a": "\\ud800"}, "signature": "x"}', b'{"data": {"a": "x"}, "signature": "\\ud800"}'],
    ids=["in the data", "in the signature"],
)
def test_half_a_sign_is_no_failure_of_the_hub(paying: RunningApi, told: bytes) -> None:
    assert paying.client.post("/payments/vietqr/payos", content=told).status_code == 401


@pytest.mark.usefixtures("conn")
def test_a_hundred_calls_at_once_book_once(paying: RunningApi) -> None:
    paid = payment(paying, begun(paying), "vnpay")
    with ThreadPoolExecutor(20) as pool:
        found = list(pool.map(lambda _: ipn(paying, paid), range(100)))
    assert (found.count("00"), found.count("02")) == (1, 99)


def momo_word(reference: str, amount: int, result: int, secret: str) -> dict[str, Any]:
    body: dict[str, Any] = {
        "partnerCode": "MOMO", "orderId": reference, "requestId": reference, "amount": amount, "orderInfo": "x",
        "orderType": "momo_wallet", "transId": 7_000_000 + amount, "resultCode": result, "message": "m",
        "payType": "qr", "responseTime": 1, "extraData": "",
    }  # fmt: skip
    text = (
        f"accessKey=access&amount={amount}&extraData=&message=m&orderId={reference}&orderInfo=x&orderType=momo_wallet"
        f"&partnerCode=MOMO&payType=qr&requestId={reference}&responseTime=1&resultCode={result}&transId={body['transId']}"
    )
    body["signature"] = hmac.new(secret.encode(), text.encode(), "sha256").hexdigest()
    return body


def momo_ipn(api: RunningApi, reference: str, amount: int, result: int = 0, secret: str = SECRET) -> int:
    body = momo_word(reference, amount, result, secret)
    return api.client.post("/payments/momo/ipn", json=body).status_code


def test_momo_that_does_not_answer_is_told_and_its_word_counts_all_the_same(
    paying: RunningApi, conn: psycopg.Connection
) -> None:
    session = begun(paying)
    answer = paying.client.post(PAYMENTS, json={"session_token": session["token"], "provider": "momo"})
    assert (answer.status_code, answer.json()["title"]) == (502, "The provider of payments failed")
    [(reference,)] = conn.execute(
        "SELECT p.reference FROM payment p JOIN parking_session s ON s.id = p.session_id WHERE s.token = %s",
        (session["token"],),
    ).fetchall()
    assert momo_ipn(paying, reference, 50_000, secret="another") == 401
    assert momo_ipn(paying, reference, 50_000, result=7000) == 204
    assert state(paying, session) == "awaiting_payment"
    assert [momo_ipn(paying, reference, 50_000) for _ in range(2)] == [204, 204]
    assert state(paying, session) == "active"


def test_a_transfer_pays_by_its_code_whatever_banks_made_of_the_text(
    paying: RunningApi, conn: psycopg.Connection
) -> None:
    session = begun(paying)
    paid = payment(paying, session, "vietqr")
    assert paid["qr_payload"].startswith("000201010212")
    assert paid["qr_svg"].startswith("<svg")
    id, content = str(uuid4()), f"MBVCB.123.{paid['transfer_code'].lower()}CT DEN"
    assert credit(paying, transaction_id=id, content=content, secret="another")[0] == 401
    assert credit(paying, transaction_id=id, content=content) == (200, {"status": "matched"})
    assert credit(paying, transaction_id=id, content=content) == (200, {"status": "duplicate"})
    assert state(paying, session) == "active"
    # A second transfer of the same driver.
    assert credit(paying, content=content) == (200, {"status": "unmatched"})
    assert credit(paying, content="tien an trua") == (200, {"status": "unmatched"})
    states = conn.execute("SELECT state FROM credit ORDER BY id DESC LIMIT 3").fetchall()
    assert [one for (one,) in states] == ["unmatched", "doubled", "matched"]


@pytest.mark.parametrize(("amount", "expected"), [(40_000, "partial"), (60_000, "too_much")])
def test_a_transfer_of_another_amount_waits_for_a_person(
    paying: RunningApi, conn: psycopg.Connection, amount: int, expected: str
) -> None:
    session = begun(paying)
    code = payment(paying, session, "vietqr")["transfer_code"]
    assert credit(paying, amount=amount, content=code) == (200, {"status": "unmatched"})
    assert state(paying, session) == "awaiting_payment"
    assert conn.execute("SELECT state FROM credit ORDER BY id DESC LIMIT 1").fetchall() == [(expected,)]
    assert credit(paying, content=code) == (200, {"status": "matched"})


def test_two_tellers_of_one_transfer_count_once(paying: RunningApi, conn: psycopg.Connection) -> None:
    session = begun(paying)
    code = payment(paying, session, "vietqr")["transfer_code"]
    key = {"Authorization": "Apikey sepay-key-of-some-length"}
    told = {"id": 1, "accountNumber": "1", "content": code, "transferType": "in", "transferAmount": 50_000,
            "referenceCode": "FT26", "transactionDate": "2026-11-22 10:00:00"}  # fmt: skip
    assert paying.client.post("/payments/vietqr/sepay", json=told, headers=key).json() == {"success": True}
    assert paying.client.post("/payments/vietqr/sepay", json=told).status_code == 401
    login = paying.client.post(
        "/payments/vietqr/vietqr_vn/api/token_generate", auth=("user", "password")
    ).json()
    again = {"bankaccount": "1", "amount": 50_000, "transType": "C", "content": code, "transactionid": "V1",
             "transactiontime": 1_795_316_400_000, "referencenumber": "FT26", "orderId": ""}  # fmt: skip
    bearer = {"Authorization": f"Bearer {login['access_token']}"}
    answer = paying.client.post(
        "/payments/vietqr/vietqr_vn/bank/api/transaction-sync", json=again, headers=bearer
    )
    assert answer.json()["object"] == {"reftransactionid": "V1"}
    assert state(paying, session) == "active"
    [(parked,)] = conn.execute(
        "SELECT count(*) FROM parked_money WHERE provider_reference LIKE '%:V1'"
    ).fetchall()
    assert parked == 0


@pytest.mark.usefixtures("conn")
def test_a_wallet_is_filled_and_pays(paying: RunningApi) -> None:
    answer = paying.client.post("/api/v1/wallets", json={"amount": 100_000, "provider": "vietqr"})
    wallet = answer.json()
    assert (answer.status_code, wallet["balance"]) == (201, 0)
    session = begun(paying, minutes=60)
    poor = paying.client.post(
        PAYMENTS,
        json={"session_token": session["token"], "provider": "wallet", "wallet_token": wallet["token"]},
    )
    assert (poor.status_code, poor.json()["rule"]) == (422, "wallet_has_enough")
    assert credit(paying, amount=100_000, content=wallet["payment"]["transfer_code"])[1] == {
        "status": "matched"
    }
    paid = payment(paying, session, "wallet", wallet_token=wallet["token"])
    assert (paid["status"], paid["receipt"] is not None) == ("paid", True)
    assert state(paying, session) == "active"
    assert paying.client.get(f"/api/v1/wallets/{wallet['token']}").json()["balance"] == 75_000
    # Motorbikes pay what no provider takes.
    bike = begun(paying, place_id="ltk-04", plate="29-M1 123.45", vehicle="motorbike", minutes=60)
    if bike["due"] < LIMITS["vnpay"][0]:
        assert (
            paying.client.post(
                PAYMENTS, json={"session_token": bike["token"], "provider": "vnpay"}
            ).status_code
            == 422
        )
    assert payment(paying, bike, "wallet", wallet_token=wallet["token"])["status"] == "paid"


@pytest.mark.usefixtures("conn")
def test_an_early_stop_gives_the_unused_part_back_to_the_wallet(paying: RunningApi) -> None:
    wallet = paying.client.post("/api/v1/wallets", json={"amount": 300_000, "provider": "vietqr"}).json()
    credit(paying, amount=300_000, content=wallet["payment"]["transfer_code"])
    session = begun(paying, minutes=180)
    payment(paying, session, "wallet", wallet_token=wallet["token"])
    stopped = paying.client.post(f"{SESSIONS}/{session['token']}/stop").json()
    assert stopped["status"] == "ended"
    balance = paying.client.get(f"/api/v1/wallets/{wallet['token']}").json()["balance"]
    assert balance == 300_000 - session["due"] + stopped["give_back"]
    assert paying.client.post(f"{SESSIONS}/{session['token']}/stop").json()["rule"] == "not_active"


@pytest.mark.usefixtures("conn")
def test_what_is_given_back_of_a_transfer_can_go_into_a_wallet_at_once(paying: RunningApi) -> None:
    session = begun(paying, minutes=180)
    credit(paying, amount=session["due"], content=payment(paying, session, "vietqr")["transfer_code"])
    key = {"Idempotency-Key": str(uuid4())}
    stopped = [
        paying.client.post(
            f"{SESSIONS}/{session['token']}/stop", json={"refund_to": "wallet"}, headers=key
        ).json()
        for _ in range(2)
    ]
    assert stopped[0] == stopped[1]
    assert stopped[0]["give_back"] > 0
    wallet = paying.client.get(f"/api/v1/wallets/{stopped[0]['wallet_token']}").json()
    assert wallet["balance"] == stopped[0]["give_back"]
    other = paying.client.post(
        f"{SESSIONS}/{begun(paying)['token']}/stop",
        json={"refund_to": "wallet", "wallet_token": "no such wallet"},
    )
    assert other.status_code in (404, 422)


@pytest.mark.usefixtures("conn")
def test_the_same_key_does_a_thing_once(paying: RunningApi) -> None:
    body = {"place_id": "ltk-01", "plate": "30A-777.77", "vehicle": "car", "minutes": 60}
    key = {"Idempotency-Key": str(uuid4())}

    def post(_: int) -> tuple[int, str]:
        answer = paying.client.post(SESSIONS, json=body, headers=key)
        return answer.status_code, answer.text

    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(post, range(20)))
    [(status, text)] = found
    assert status == 201
    other = paying.client.post(SESSIONS, json={**body, "minutes": 61}, headers=key)
    assert (other.status_code, other.json()["rule"]) == (422, "idempotency_key")
    session = json.loads(text)
    begin = {"session_token": session["token"], "provider": "vietqr"}
    first, again = (paying.client.post(PAYMENTS, json=begin, headers=key) for _ in range(2))
    assert first.json() == again.json()
    # Without a key the same payment goes on.
    assert paying.client.post(PAYMENTS, json=begin).json()["id"] == first.json()["id"]


@pytest.mark.parametrize(
    ("changes", "status", "field"),
    [({"minutes": 0}, 400, "minutes"), ({"minutes": -1}, 400, "minutes"), ({"minutes": 10_000}, 422, "maximum_stay"),
     ({"plate": "x"}, 400, "plate"), ({"vehicle": "bus"}, 400, "vehicle"), ({"vehicle": "car_large"}, 422, "vehicle"),
     ({"place_id": "ltk-99"}, 404, "id"), ({"bay_id": "thd-01-b01"}, 400, "bay_id"),
     ({"minutes": None}, 400, "minutes"),
     ({"colour": "red"}, 400, "body"), ({"phone": "call me"}, 400, "phone")],
)  # fmt: skip
def test_what_cannot_be_asked_for_is_one_clear_answer(
    paying: RunningApi, changes: dict[str, Any], status: int, field: str
) -> None:
    body = {"place_id": "ltk-01", "plate": "29B-777.77", "vehicle": "car", "minutes": 60, **changes}
    answer = paying.client.post(SESSIONS, json=body)
    told = answer.json()
    assert answer.status_code == status
    assert field in {told.get("rule"), *(fault["field"] for fault in told.get("errors", []))}
    assert "777" not in answer.text


def test_a_link_that_nobody_has_leads_nowhere(paying: RunningApi) -> None:
    for method, path in (("GET", ""), ("POST", "/extend"), ("POST", "/stop"), ("POST", "/correct")):
        body = {"minutes": 60} if path == "/extend" else {"plate": "30A-1"} if path == "/correct" else {}
        answer = paying.client.request(
            method, f"{SESSIONS}/{'x' * 22}{path}", json=body if method == "POST" else None
        )
        assert answer.status_code in (400, 404), path
        assert "x" * 22 not in answer.text
    assert paying.client.get(f"{PAYMENTS}/nobody").status_code == 404
    assert paying.client.get(f"{PAYMENTS}/{uuid4()}").status_code == 404
