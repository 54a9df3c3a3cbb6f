"""Who tells of credits: signatures with published vectors, forms, and what is no credit."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhub.payments.credits import TELLERS, NotGenuine, NotUnderstood, Secret, casso, payos, vietqr_vn

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
SECRET = Secret("a-secret-of-some-length")


def hexadecimal(key: str, body: bytes, kind: str = "sha256") -> str:
    return hmac.new(key.encode(), body, kind).hexdigest()


def test_payos_published_vector() -> None:
    key = "1a54716c8f0efb2744fb28b6e38b25da7f67a925d98bc1c18bd8faaecadd7675"
    data: dict[str, Any] = {
        "orderCode": 123, "amount": 3000, "description": "VQRIO123", "accountNumber": "12345678",
        "reference": "TF230204212323", "transactionDateTime": "2023-02-04 18:25:00", "currency": "VND",
        "paymentLinkId": "124c33293c43417ab7879e14c8d9eb18", "code": "00", "desc": "Thành công",
        **dict.fromkeys(
            ("counterAccountBankId", "counterAccountBankName", "counterAccountName", "counterAccountNumber",
             "virtualAccountName", "virtualAccountNumber"), ""),
    }  # fmt: skip
    signature = "412e915d2871504ed31be63c8f62a149a4410d34c4c42affc9006ef9917eaa03"
    assert payos.signature(key, data) == signature
    assert payos.signature(key, {**data, "counterAccountName": None}) == signature
    body = json.dumps(
        {"code": "00", "desc": "success", "success": True, "data": data, "signature": signature}
    ).encode()
    [credit] = payos.read(Secret(key), {}, body, NOW)
    assert (credit.id, credit.amount, credit.content) == ("TF230204212323", 3000, "VQRIO123")
    assert credit.credited_at == datetime(2023, 2, 4, 11, 25, tzinfo=UTC)


CASSO_KEY = "mgExMrjj4i7a1p8Cs6LmFbpCd8lbw4sSX4LZXPag7TKazeIogtR90tvWYTkwQbvs"
CASSO_BODY = {
    "error": 0,
    "data": {
        "id": 0, "reference": "MA_GIAO_DICH_THU_NGHIEM", "description": "giao dich thu nghiem", "amount": 599000,
        "runningBalance": 25000000, "transactionDateTime": "2024-10-03 15:06:37", "accountNumber": "88888888",
        "bankName": "VPBank", "bankAbbreviation": "VPB", "virtualAccountNumber": "", "virtualAccountName": "",
        "counterAccountName": "NGUYEN VAN A", "counterAccountNumber": "8888888888", "counterAccountBankId": "970415",
        "counterAccountBankName": "VietinBank",
    },
}  # fmt: skip


def test_casso_published_vector() -> None:
    signature = (
        "ed0a4bd2e826d5cb69988cdb141e6c1a080e21f3b57eb72cd78192220042b9e7dde0868fc667faea8e224900fa7904e7c88dfa098032fb2d6b"
        "6996856e8b7ff3"
    )
    headers = {"x-casso-signature": f"t=1727948258788,v1={signature}"}
    [credit] = casso.read(Secret(CASSO_KEY), headers, json.dumps(CASSO_BODY, indent=2).encode(), NOW)
    assert (credit.id, credit.amount, credit.account) == ("0", 599_000, "88888888")
    assert credit.credited_at == datetime(2024, 10, 3, 8, 6, 37, tzinfo=UTC)
    for wrong in (
        {"x-casso-signature": f"t=1727948258789,v1={signature}"},
        {"x-casso-signature": "t=,v1="},
        {},
    ):
        with pytest.raises(NotGenuine):
            casso.read(Secret(CASSO_KEY), wrong, json.dumps(CASSO_BODY).encode(), NOW)


@pytest.mark.parametrize("written", ["plain", "escaped", "slashes"])
def test_casso_is_read_however_it_writes_letters_and_slashes(written: str) -> None:
    body = {"error": 0, "data": {**CASSO_BODY["data"], "description": "Đỗ xe / CH0123456789A"}}  # type: ignore[dict-item]
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=written == "escaped")
    if written == "slashes":
        text = text.replace("/", "\\/")
    signature = hexadecimal(CASSO_KEY, f"1.{text}".encode(), "sha512")
    [credit] = casso.read(
        Secret(CASSO_KEY), {"x-casso-signature": f"t=1,v1={signature}"}, json.dumps(body).encode(), NOW
    )
    assert credit.content == "Đỗ xe / CH0123456789A"


def ours(**changes: Any) -> bytes:
    return json.dumps(
        {
            "transaction_id": "T1",
            "amount": 50_000,
            "content": "CH0123456789A",
            "credited_at": "2026-11-22T10:00:00+07:00",
            "account": "1",
            **changes,
        }
    ).encode()


def sepay(**changes: Any) -> bytes:
    found = {
        "id": 92704, "gateway": "VCB", "transactionDate": "2026-11-22 10:00:00", "accountNumber": "1", "code": None,
        "content": "CH0123456789A", "transferType": "in", "transferAmount": 50_000, "accumulated": 1,
        "subAccount": None, "referenceCode": "MBVCB.1", **changes,
    }  # fmt: skip
    return json.dumps(found).encode()


def vietqr_body(**changes: Any) -> bytes:
    found = {
        "bankaccount": "1", "amount": 50_000, "transType": "C", "content": "CH0123456789A", "transactionid": "V1",
        "transactiontime": 1_795_316_400_000, "referencenumber": "FT1", "orderId": "", **changes,
    }  # fmt: skip
    return json.dumps(found).encode()


def token() -> str:
    secret = Secret("user:password")
    basic = "Basic " + base64.b64encode(b"user:password").decode()
    return vietqr_vn.token(secret, {"authorization": basic}, NOW)


def told(body: bytes) -> Any:
    return TELLERS["ours"].read(SECRET, {"x-signature": hexadecimal(SECRET.key, body)}, body, NOW)


def test_credits_without_a_number_are_not_taken_for_one_another() -> None:
    for number in ("", "  ", "\0"):
        with pytest.raises(NotUnderstood, match="transaction_id"):
            told(ours(transaction_id=number))


def test_signs_that_no_database_holds_keep_no_money_from_its_payment() -> None:
    [credit] = told(ours(content="CH\0 \ud800 x"))
    assert credit.content == "CH  x"


def test_times_are_read_as_numbers_in_quotes_too_and_sums_beyond_all_money_are_refused() -> None:
    [credit] = told(ours(credited_at="1795316400000"))
    assert credit.credited_at == datetime.fromtimestamp(1_795_316_400, UTC)
    for amount in (10**16, 1e30, "9" * 30):
        with pytest.raises(NotUnderstood, match="amount"):
            told(ours(amount=amount))


def test_every_teller_reports_the_same_credit() -> None:
    seconds = int(NOW.timestamp())
    reports = [
        ("ours", SECRET, {"x-signature": hexadecimal(SECRET.key, ours())}, ours()),
        ("sepay", SECRET, {"authorization": f"Apikey {SECRET.key}"}, sepay()),
        (
            "sepay",
            SECRET,
            {
                "x-sepay-timestamp": str(seconds - 299),
                "x-sepay-signature": "sha256="
                + hexadecimal(SECRET.key, f"{seconds - 299}.".encode() + sepay()),
            },
            sepay(),
        ),
        ("vietqr_vn", Secret("user:password"), {"authorization": f"Bearer {token()}"}, vietqr_body()),
    ]
    for name, secret, headers, body in reports:
        [credit] = TELLERS[name].read(secret, headers, body, NOW)
        assert (credit.amount, credit.content, credit.account, credit.credited_at) == (
            50_000,
            "CH0123456789A",
            "1",
            NOW,
        ), name


def test_a_signed_report_of_sepay_is_taken_for_five_minutes() -> None:
    old = int((NOW - timedelta(seconds=301)).timestamp())
    headers = {
        "x-sepay-timestamp": str(old),
        "x-sepay-signature": "sha256=" + hexadecimal(SECRET.key, f"{old}.".encode() + sepay()),
    }
    with pytest.raises(NotGenuine):
        TELLERS["sepay"].read(SECRET, headers, sepay(), NOW)


def test_a_token_ends_and_cannot_be_made_by_others() -> None:
    secret, good = Secret("user:password"), token()
    late = NOW + vietqr_vn.TOKEN_LIFE + timedelta(seconds=1)
    until, _, signature = good.partition(".")
    forged = f"{int(until) + 1000}.{signature}"
    for sent, now in ((good, late), (forged, NOW), ("", NOW), (good[:-1], NOW)):
        with pytest.raises(NotGenuine):
            vietqr_vn.read(secret, {"authorization": f"Bearer {sent}"}, vietqr_body(), now)
    for wrong in ("Basic eA==", "Basic ?", "Bearer x", ""):
        with pytest.raises(NotGenuine):
            vietqr_vn.token(secret, {"authorization": wrong}, NOW)


def test_what_leaves_the_account_is_no_credit() -> None:
    def read(name: str, body: bytes, headers: dict[str, str], secret: Secret = SECRET) -> Any:
        return TELLERS[name].read(secret, headers, body, NOW)

    key = {"authorization": f"Apikey {SECRET.key}"}
    assert read("sepay", sepay(transferType="out"), key) == []
    bearer = {"authorization": f"Bearer {token()}"}
    assert read("vietqr_vn", vietqr_body(transType="D"), bearer, Secret("user:password")) == []
    body = ours(amount=-50_000)
    assert read("ours", body, {"x-signature": hexadecimal(SECRET.key, body)}) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": None},
        {"amount": 0.5},
        {"amount": "x"},
        {"amount": True},
        {"amount": 1e400},
        {"credited_at": "yesterday"},
        {"transaction_id": None},
    ],
)
def test_a_genuine_report_of_another_form_is_told_without_quoting_it(changes: dict[str, Any]) -> None:
    body = ours(**changes)
    with pytest.raises(NotUnderstood) as told:
        TELLERS["ours"].read(SECRET, {"x-signature": hexadecimal(SECRET.key, body)}, body, NOW)
    assert "CH0123456789A" not in str(told.value)


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff", b"[" * 100_000])
def test_rubbish_is_refused_by_every_teller(body: bytes) -> None:
    for name, teller in TELLERS.items():
        headers = {
            "x-signature": hexadecimal(SECRET.key, body),
            "authorization": f"Apikey {SECRET.key}",
            "x-casso-signature": "t=1,v1=" + "0" * 128,
        }
        with pytest.raises((NotGenuine, NotUnderstood)):
            teller.read(SECRET, headers, body, NOW)
        assert name


@given(st.integers(0, len(ours()) - 1), st.integers(0, 255))
def test_whatever_byte_is_changed_is_not_genuine(place: int, byte: int) -> None:
    body = ours()
    changed = body[:place] + bytes([byte]) + body[place + 1 :]
    headers = {
        "x-signature": hashlib.sha256(b"").hexdigest() if changed == b"" else hexadecimal(SECRET.key, body)
    }
    if changed == body:
        assert TELLERS["ours"].read(SECRET, headers, changed, NOW)
    else:
        with pytest.raises(NotGenuine):
            TELLERS["ours"].read(SECRET, headers, changed, NOW)
