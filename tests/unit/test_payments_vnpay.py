"""VNPAY: signatures with published vectors, and what its words mean."""

import dataclasses
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhub.payments import vnpay
from cityhub.payments.order import Order, Word

MERCHANT = vnpay.Merchant("HANOI001", "s" * 32, "https://pay.example/vpcpay.html")
NOW = datetime(2026, 11, 22, 17, 30, tzinfo=UTC)
ORDER = Order("CH0123456789A", 85_000, "Do xe 3 gio", NOW, NOW + timedelta(minutes=15), "127.0.0.1")


@pytest.mark.parametrize(
    ("secret", "text", "signature"),
    [
        (
            "test_secret",
            "vnp_Amount=1000000&vnp_BankCode=NCB&vnp_BankTranNo=VNP14422574&vnp_CardType=ATM&vnp_OrderInfo=Thanh+toan+don"
            "+hang+2024-05-21T02%3A17%3A31.249Z&vnp_PayDate=20240521091806&vnp_ResponseCode=00&vnp_TmnCode=TEST_TMN_CODE"
            "&vnp_TransactionNo=14422574&vnp_TransactionStatus=00&vnp_TxnRef=1716257871703",
            "649982421beb422556a1374713c74e58e716ecbd05007c0c0e1f7effdfaf361dbf146889ca446139afe11b9954c4d5c486e99e3b86fcfab"
            "6957f29eb0be72895",
        ),
        (
            "YOUR_SECURE_SECRET",
            "vnp_Amount=10000&vnp_OrderInfo=Payment+for+order+%231234567890&vnp_TnxRef=1234567890",
            "7bb8160a5d2085a85b3267817a40ee4f770a335282f19714726e6fc6f28a64c75a1e7e9c1aa96f3cbda5ce44095088fb4cb2af66c596d2f"
            "655b0b53966312089",
        ),
    ],
)
def test_published_vectors(secret: str, text: str, signature: str) -> None:
    parameters = dict(parse_qsl(text))
    assert vnpay.signed_text(parameters) == text
    assert vnpay.signature(secret, text) == signature
    merchant = dataclasses.replace(MERCHANT, secret=secret)
    assert vnpay.is_genuine(merchant, {**parameters, "vnp_SecureHash": signature})
    assert vnpay.is_genuine(
        merchant,
        {
            **parameters,
            "vnp_SecureHash": signature.upper(),
            "vnp_SecureHashType": "HmacSHA512",
            "fbclid": "x",
        },
    )


def callback(**changes: str) -> dict[str, str]:
    parameters = {
        "vnp_TmnCode": MERCHANT.code,
        "vnp_Amount": "8500000",
        "vnp_TxnRef": ORDER.reference,
        "vnp_ResponseCode": "00",
        "vnp_TransactionStatus": "00",
        "vnp_TransactionNo": "14422574",
        "vnp_OrderInfo": "Do xe 3 gio",
        **changes,
    }
    signed = vnpay.signature(MERCHANT.secret, vnpay.signed_text(parameters))
    return {**parameters, "vnp_SecureHash": signed}


def test_the_payer_is_sent_to_a_signed_address_in_vietnams_time() -> None:
    address = urlsplit(vnpay.pay_url(MERCHANT, ORDER, "https://hub.example/payments/vnpay/return"))
    found = dict(parse_qsl(address.query))
    assert vnpay.is_genuine(MERCHANT, found)
    assert found["vnp_Amount"] == "8500000"
    assert (found["vnp_CreateDate"], found["vnp_ExpireDate"]) == ("20261123003000", "20261123004500")
    assert "vnp_SecureHashType" not in found


@pytest.mark.parametrize("amount", [0, 4_999, 1_000_000_000])
def test_an_amount_that_vnpay_does_not_take_is_refused(amount: int) -> None:
    with pytest.raises(ValueError, match="VNPAY takes"):
        vnpay.pay_url(MERCHANT, dataclasses.replace(ORDER, amount=amount), "https://hub.example/")


@given(st.sampled_from(sorted(callback())), st.text(max_size=20))
def test_whatever_is_changed_is_not_genuine(name: str, value: str) -> None:
    genuine = callback()
    changed = {**genuine, name: value}
    same = vnpay.signed_text(changed) == vnpay.signed_text(genuine)
    untouched = same and value.lower() == genuine["vnp_SecureHash"] if name == "vnp_SecureHash" else same
    assert vnpay.is_genuine(MERCHANT, changed) == untouched


@pytest.mark.parametrize(
    ("code", "status", "outcome"),
    [
        ("00", "00", "paid"),
        ("24", "02", "failed"),
        ("00", "02", "failed"),
        ("11", "00", "failed"),
        ("07", "07", "pending"),
        ("00", "01", "pending"),
        ("00", "04", "pending"),
        ("", "", "failed"),
    ],
)
def test_only_two_noughts_are_paid(code: str, status: str, outcome: str) -> None:
    said = vnpay.word(callback(vnp_ResponseCode=code, vnp_TransactionStatus=status))
    assert said.outcome == outcome
    assert (said.reference, said.amount, said.transaction) == (ORDER.reference, 85_000, "14422574")


@pytest.mark.parametrize("amount", ["", "85", "8500000.0", "-8500000", "٨٥٠٠"])
def test_an_amount_that_is_none_is_refused(amount: str) -> None:
    with pytest.raises(ValueError, match="amount"):
        vnpay.word(callback(vnp_Amount=amount))


def test_questions_and_their_answers_are_signed_over_raw_values() -> None:
    body = vnpay.query(MERCHANT, ORDER, "R1", NOW)
    text = f"R1|2.1.0|querydr|HANOI001|{ORDER.reference}|20261123003000|20261123003000|127.0.0.1|Do xe 3 gio"
    assert body["vnp_SecureHash"] == vnpay.signature(MERCHANT.secret, text)
    raw = (
        f"A1|querydr|00|OK|HANOI001|{ORDER.reference}|8500000|NCB|20261123003500|14422574|01|00|Do xe 3 gio||"
    )
    names = [
        "ResponseId",
        "Command",
        "ResponseCode",
        "Message",
        "TmnCode",
        "TxnRef",
        "Amount",
        "BankCode",
        "PayDate",
        "TransactionNo",
        "TransactionType",
        "TransactionStatus",
        "OrderInfo",
        "PromotionCode",
        "PromotionAmount",
    ]
    answer = {f"vnp_{name}": value for name, value in zip(names, raw.split("|"), strict=True)}
    answer["vnp_SecureHash"] = vnpay.signature(MERCHANT.secret, raw)
    assert vnpay.is_genuine_answer(MERCHANT, answer, "querydr")
    assert vnpay.answered(answer) == Word(ORDER.reference, 85_000, "paid", "14422574", "00")
    assert not vnpay.is_genuine_answer(MERCHANT, {**answer, "vnp_TransactionStatus": "02"}, "querydr")
    assert vnpay.answered({**answer, "vnp_ResponseCode": "91"}) is None


@pytest.mark.parametrize(("amount", "kind"), [(85_000, "02"), (35_000, "03")])
def test_a_refund_says_whether_it_is_all(amount: int, kind: str) -> None:
    body = vnpay.refund(MERCHANT, ORDER, "R2", amount, "14422574", NOW)
    text = (
        f"R2|2.1.0|refund|HANOI001|{kind}|{ORDER.reference}|{amount * 100}|14422574|20261123003000|cityhub"
        "|20261123003000|127.0.0.1|Do xe 3 gio"
    )
    assert body["vnp_SecureHash"] == vnpay.signature(MERCHANT.secret, text)


def test_a_secret_is_not_printed() -> None:
    assert MERCHANT.secret not in repr(MERCHANT)
