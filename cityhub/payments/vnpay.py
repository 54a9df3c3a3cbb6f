"""VNPAY 2.1.0: the address that a payer is sent to, the callback (IPN), queries and refunds. Pure.

Addresses are signed over sorted, form-encoded parameters; queries and refunds over raw values in a fixed order.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Literal
from urllib.parse import quote_plus

from cityhub.payments.model import LIMITS
from cityhub.payments.order import MOST_TOLD, Given, Order, Outcome, Word
from cityhub.rfc3339 import HANOI_TIME

VERSION = "2.1.0"
# Amounts travel in hundredths.
_HUNDREDTHS = 100
_UNSIGNED = frozenset({"vnp_SecureHash", "vnp_SecureHashType"})

Answer = Literal["00", "01", "02", "04", "97", "99"]
ANSWERS: Mapping[Answer, str] = MappingProxyType(
    {
        "00": "Confirm Success",
        "01": "Order not found",
        "02": "Order already confirmed",
        "04": "invalid amount",
        "97": "Invalid signature",
        "99": "Unknow error",  # the protocol's own spelling
    }
)
# Not paid and not refused: the bank or VNPAY still works on it. With 04 and 07 the bank took the money, and VNPAY has
# to clear it.
_UNDER_WAY = frozenset({"01", "04", "07"})
_REFUND_REFUSED = "09"

_QUERY = (
    "RequestId",
    "Version",
    "Command",
    "TmnCode",
    "TxnRef",
    "TransactionDate",
    "CreateDate",
    "IpAddr",
    "OrderInfo",
)
_REFUND = (
    *("RequestId", "Version", "Command", "TmnCode", "TransactionType", "TxnRef", "Amount", "TransactionNo"),
    *("TransactionDate", "CreateBy", "CreateDate", "IpAddr", "OrderInfo"),
)
_REFUND_ANSWER = (
    *(
        "ResponseId",
        "Command",
        "ResponseCode",
        "Message",
        "TmnCode",
        "TxnRef",
        "Amount",
        "BankCode",
        "PayDate",
    ),
    *("TransactionNo", "TransactionType", "TransactionStatus", "OrderInfo"),
)
_QUERY_ANSWER = (*_REFUND_ANSWER, "PromotionCode", "PromotionAmount")


@dataclass(frozen=True, slots=True)
class Merchant:
    """Who is paid. `secret` signs; `pay_url` is where payers are sent."""

    code: str
    secret: str = field(repr=False)
    pay_url: str


def pay_url(merchant: Merchant, order: Order, return_url: str) -> str:
    """Where the payer is sent. ValueError when VNPAY does not take the amount."""
    least, most = LIMITS["vnpay"]
    if not least <= order.amount <= most:
        raise ValueError(f"VNPAY takes {least:,} to {most:,} VND")
    parameters = {
        "vnp_Version": VERSION,
        "vnp_Command": "pay",
        "vnp_TmnCode": merchant.code,
        "vnp_Amount": str(order.amount * _HUNDREDTHS),
        "vnp_CurrCode": "VND",
        "vnp_CreateDate": written(order.created_at),
        "vnp_ExpireDate": written(order.expires_at),
        "vnp_IpAddr": order.client_address,
        "vnp_Locale": "en" if order.language == "en" else "vn",
        "vnp_OrderInfo": order.description,
        "vnp_OrderType": "other",
        "vnp_ReturnUrl": return_url,
        "vnp_TxnRef": order.reference,
    }
    text = signed_text(parameters)
    return f"{merchant.pay_url}?{text}&vnp_SecureHash={signature(merchant.secret, text)}"


def signed_text(parameters: Mapping[str, str]) -> str:
    """What is signed: parameters that are not empty, sorted by name, form-encoded."""
    return "&".join(
        f"{quote_plus(name)}={quote_plus(value)}"
        for name, value in sorted(parameters.items())
        if value and name not in _UNSIGNED
    )


def signature(secret: str, text: str) -> str:
    """HMAC-SHA512 of the text as hex."""
    return hmac.new(secret.encode(), text.encode(), "sha512").hexdigest()


def is_genuine(merchant: Merchant, parameters: Mapping[str, str]) -> bool:
    """Did VNPAY sign these parameters of a callback or of a payer who comes back?"""
    own = {name: value for name, value in parameters.items() if name.startswith("vnp_")}
    return _same(signature(merchant.secret, signed_text(own)), parameters.get("vnp_SecureHash", ""))


def word(parameters: Mapping[str, str]) -> Word:
    """What a genuine callback says. ValueError when it says no amount."""
    code, status = parameters.get("vnp_ResponseCode", ""), parameters.get("vnp_TransactionStatus", "")
    reference = parameters.get("vnp_TxnRef", "")
    return Word(
        reference,
        _amount(parameters.get("vnp_Amount", "")),
        _outcome(code, status),
        parameters.get("vnp_TransactionNo") or reference,
        code if code != "00" else status,
    )


def answer(code: Answer) -> dict[str, str]:
    """What the callback is answered with, as JSON."""
    return {"RspCode": code, "Message": ANSWERS[code]}


def query(merchant: Merchant, order: Order, request_id: str, now: datetime) -> dict[str, str]:
    """The body of a question (querydr) about an order."""
    body = {
        "vnp_RequestId": request_id,
        "vnp_Version": VERSION,
        "vnp_Command": "querydr",
        "vnp_TmnCode": merchant.code,
        "vnp_TxnRef": order.reference,
        "vnp_TransactionDate": written(order.created_at),
        "vnp_CreateDate": written(now),
        "vnp_IpAddr": order.client_address,
        "vnp_OrderInfo": order.description,
    }
    return _with_signature(merchant, body, _QUERY)


def refund(
    merchant: Merchant, order: Order, request_id: str, amount: int, transaction: str, now: datetime
) -> dict[str, str]:
    """The body of a demand to give `amount` (VND) of an order back: all of it (02), or a part (03)."""
    body = {
        "vnp_RequestId": request_id,
        "vnp_Version": VERSION,
        "vnp_Command": "refund",
        "vnp_TmnCode": merchant.code,
        "vnp_TransactionType": "02" if amount == order.amount else "03",
        "vnp_TxnRef": order.reference,
        "vnp_Amount": str(amount * _HUNDREDTHS),
        "vnp_TransactionNo": transaction,
        "vnp_TransactionDate": written(order.created_at),
        "vnp_CreateBy": "cityhub",
        "vnp_CreateDate": written(now),
        "vnp_IpAddr": order.client_address,
        "vnp_OrderInfo": order.description,
    }
    return _with_signature(merchant, body, _REFUND)


def is_genuine_answer(
    merchant: Merchant, body: Mapping[str, str], command: Literal["querydr", "refund"]
) -> bool:
    """Did VNPAY sign this answer to a question or to a refund?"""
    names = _QUERY_ANSWER if command == "querydr" else _REFUND_ANSWER
    return _same(_body_signature(merchant, body, names), str(body.get("vnp_SecureHash", "")))


def answered(body: Mapping[str, str]) -> Word | None:
    """What a genuine answer to a question says of the order; None when VNPAY does not know it (91) or cannot tell."""
    if body.get("vnp_ResponseCode") != "00":
        return None
    status = body.get("vnp_TransactionStatus", "")
    reference = body.get("vnp_TxnRef", "")
    return Word(
        reference,
        _amount(body.get("vnp_Amount", "")),
        _outcome("00", status),
        body.get("vnp_TransactionNo") or reference,
        status,
    )


def given_back(body: Mapping[str, str]) -> tuple[Given, str]:
    """What a genuine answer to a refund says, and VNPAY's code.

    94: such a demand came before, which says nothing of what became of it. Under way (05, 06) is as good as done.
    """
    code, status = str(body.get("vnp_ResponseCode", "")), str(body.get("vnp_TransactionStatus", ""))
    if code == "94":
        return "unknown", code
    if code != "00":
        return "refused", code
    return ("refused", status) if status == _REFUND_REFUSED else ("done", status or code)


def written(time: datetime) -> str:
    """An aware time as VNPAY writes it: yyyyMMddHHmmss in Vietnam."""
    return f"{time.astimezone(HANOI_TIME):%Y%m%d%H%M%S}"


def _outcome(code: str, status: str) -> Outcome:
    if code == status == "00":
        return "paid"
    return "pending" if status in _UNDER_WAY and code in {"00", "07"} else "failed"


def _amount(text: str) -> int:
    if (
        not text.isascii()
        or not text.isdecimal()
        or len(text) > len(str(MOST_TOLD)) + 2
        or int(text) % _HUNDREDTHS
    ):
        raise ValueError("no amount in whole VND")
    return int(text) // _HUNDREDTHS


def _with_signature(merchant: Merchant, body: dict[str, str], names: tuple[str, ...]) -> dict[str, str]:
    return {**body, "vnp_SecureHash": _body_signature(merchant, body, names)}


def _body_signature(merchant: Merchant, body: Mapping[str, str], names: tuple[str, ...]) -> str:
    return signature(merchant.secret, "|".join(str(body.get(f"vnp_{name}") or "") for name in names))


def _same(expected: str, sent: str) -> bool:
    return hmac.compare_digest(expected.encode(), sent.lower().encode())
