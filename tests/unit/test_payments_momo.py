"""MoMo: what is signed in which order, and what its codes mean."""

import hmac
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhub.payments import momo
from cityhub.payments.order import Order

MERCHANT = momo.Merchant("MOMOHANOI", "access-1", "k" * 32, "https://momo.example")
NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
ORDER = Order("CH0123456789A", 50_000, "Do xe 2 gio", NOW, NOW + timedelta(minutes=15), "127.0.0.1")


def signed(text: str) -> str:
    return hmac.new(MERCHANT.secret.encode(), text.encode(), "sha256").hexdigest()


def callback(**changes: Any) -> dict[str, Any]:
    body = {
        "partnerCode": "MOMOHANOI",
        "orderId": ORDER.reference,
        "requestId": "R1",
        "amount": 50_000,
        "orderInfo": "Đỗ xe 2 giờ & hơn",
        "orderType": "momo_wallet",
        "transId": 4_088_878_653,
        "resultCode": 0,
        "message": "Thành công.",
        "payType": "qr",
        "responseTime": 1_700_000_000_000,
        "extraData": "",
        **changes,
    }
    text = (
        f"accessKey=access-1&amount={body['amount']}&extraData={body['extraData']}&message={body['message']}"
        f"&orderId={body['orderId']}&orderInfo={body['orderInfo']}&orderType={body['orderType']}"
        f"&partnerCode={body['partnerCode']}&payType={body['payType']}&requestId={body['requestId']}"
        f"&responseTime={body['responseTime']}&resultCode={body['resultCode']}&transId={body['transId']}"
    )
    return {**body, "signature": signed(text)}


def test_a_payment_is_created_over_raw_values_in_a_fixed_order() -> None:
    body = momo.create(
        MERCHANT, ORDER, "R1", "https://hub.example/p", "https://hub.example/payments/momo/ipn"
    )
    assert body["signature"] == signed(
        "accessKey=access-1&amount=50000&extraData=&ipnUrl=https://hub.example/payments/momo/ipn&orderId=CH0123456789A"
        "&orderInfo=Do xe 2 gio&partnerCode=MOMOHANOI&redirectUrl=https://hub.example/p&requestId=R1"
        "&requestType=captureWallet"
    )
    assert "accessKey" not in body


@pytest.mark.parametrize("amount", [0, 999, 50_000_001])
def test_an_amount_that_momo_does_not_take_is_refused(amount: int) -> None:
    order = Order("CH0123456789A", amount, "x", NOW, NOW, "127.0.0.1")
    with pytest.raises(ValueError, match="MoMo takes"):
        momo.create(MERCHANT, order, "R1", "https://hub.example/p", "https://hub.example/ipn")


def test_the_address_of_the_callback_has_no_query() -> None:
    with pytest.raises(ValueError, match="without a query"):
        momo.create(MERCHANT, ORDER, "R1", "https://hub.example/p", "https://hub.example/ipn?a=1")


def test_a_callback_is_genuine_as_signed() -> None:
    assert momo.is_genuine(MERCHANT, callback())
    said = momo.word(callback())
    assert (said.reference, said.amount, said.outcome, said.transaction) == (
        ORDER.reference, 50_000, "paid", "4088878653",
    )  # fmt: skip


@given(st.sampled_from(sorted(callback())), st.text(max_size=20) | st.integers())
def test_whatever_is_changed_is_not_genuine(name: str, value: str | int) -> None:
    genuine = callback()
    assert momo.is_genuine(MERCHANT, {**genuine, name: value}) == (str(value) == str(genuine[name]) and (
        name != "partnerCode" or value == genuine[name]))  # fmt: skip


def test_another_merchants_callback_is_not_ours() -> None:
    assert not momo.is_genuine(MERCHANT, callback(partnerCode="OTHER"))


@pytest.mark.parametrize(
    ("code", "outcome"),
    [(0, "paid"), (9000, "pending"), (1000, "pending"), (7000, "pending"), (7002, "pending"), (1006, "failed"),
     (1005, "failed"), (-1, "failed")],
)  # fmt: skip
def test_only_nought_is_paid(code: int, outcome: str) -> None:
    assert momo.outcome(code) == outcome


@pytest.mark.parametrize(
    "changes", [{"amount": "50000"}, {"amount": True}, {"resultCode": None}, {"amount": 5.5}]
)
def test_what_is_no_number_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="whole number"):
        momo.word(callback(**changes))


def test_questions_and_refunds_are_signed() -> None:
    question = momo.query(MERCHANT, ORDER.reference, "R2")
    assert question["signature"] == signed(
        "accessKey=access-1&orderId=CH0123456789A&partnerCode=MOMOHANOI&requestId=R2"
    )
    refund = momo.refund(MERCHANT, "CH0123456789A-1", "R3", 20_000, 4_088_878_653, "Tra lai")
    assert refund["signature"] == signed(
        "accessKey=access-1&amount=20000&description=Tra lai&orderId=CH0123456789A-1&partnerCode=MOMOHANOI&requestId=R3"
        "&transId=4088878653"
    )


def test_secrets_are_not_printed() -> None:
    assert MERCHANT.secret not in repr(MERCHANT)
    assert MERCHANT.access_key not in repr(MERCHANT)
