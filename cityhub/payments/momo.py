"""MoMo v2: creating a payment, the callback (IPN), queries and refunds. Pure.

Everything is signed by HMAC-SHA256 over `name=value` in a fixed order, not encoded.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cityhub.payments.model import LIMITS
from cityhub.payments.order import MOST_TOLD, Given, Order, Outcome, Word

_CREATE = (
    *("accessKey", "amount", "extraData", "ipnUrl", "orderId", "orderInfo", "partnerCode", "redirectUrl"),
    *("requestId", "requestType"),
)
_CALLBACK = (
    *(
        "accessKey",
        "amount",
        "extraData",
        "message",
        "orderId",
        "orderInfo",
        "orderType",
        "partnerCode",
        "payType",
    ),
    *("requestId", "responseTime", "resultCode", "transId"),
)
_QUERY = ("accessKey", "orderId", "partnerCode", "requestId")
_REFUND = ("accessKey", "amount", "description", "orderId", "partnerCode", "requestId", "transId")
_UNDER_WAY = frozenset({1000, 7000, 7002, 9000})


@dataclass(frozen=True, slots=True)
class Merchant:
    """Who is paid. `secret` signs; `access_key` is part of what is signed; `url` is where MoMo listens."""

    partner_code: str
    access_key: str = field(repr=False)
    secret: str = field(repr=False)
    url: str


def create(
    merchant: Merchant, order: Order, request_id: str, return_url: str, callback_url: str
) -> dict[str, Any]:
    """The body that creates a payment. ValueError when MoMo does not take the amount, or the callback has a query."""
    least, most = LIMITS["momo"]
    if not least <= order.amount <= most:
        raise ValueError(f"MoMo takes {least:,} to {most:,} VND")
    if "?" in callback_url:
        raise ValueError("MoMo calls back at an address without a query")
    body = {
        "partnerCode": merchant.partner_code,
        "requestId": request_id,
        "amount": order.amount,
        "orderId": order.reference,
        "orderInfo": order.description,
        "redirectUrl": return_url,
        "ipnUrl": callback_url,
        "requestType": "captureWallet",
        "extraData": "",
        "lang": order.language,
    }
    return body | {"signature": signature(merchant, body, _CREATE)}


def is_genuine(merchant: Merchant, body: Mapping[str, Any]) -> bool:
    """Did MoMo sign this callback, or what a payer comes back with, for this merchant?"""
    if body.get("partnerCode") != merchant.partner_code:
        return False
    return hmac.compare_digest(
        signature(merchant, body, _CALLBACK).encode(), str(body.get("signature", "")).lower().encode()
    )


def word(body: Mapping[str, Any]) -> Word:
    """What a genuine callback, or an answer to a question, says. ValueError when it says no amount or result."""
    amount, result = _whole(body, "amount"), _whole(body, "resultCode")
    reference = str(body.get("orderId", ""))
    return Word(reference, amount, outcome(result), str(body.get("transId") or reference), str(result))


def query(merchant: Merchant, reference: str, request_id: str) -> dict[str, Any]:
    """The body of a question about an order."""
    body = {
        "partnerCode": merchant.partner_code,
        "requestId": request_id,
        "orderId": reference,
        "lang": "vi",
    }
    return body | {"signature": signature(merchant, body, _QUERY)}


def refund(
    merchant: Merchant, order_id: str, request_id: str, amount: int, transaction: int, description: str
) -> dict[str, Any]:
    """The body of a demand to give `amount` (VND) of a transaction back. `order_id` is a new one, of the refund."""
    body = {
        "partnerCode": merchant.partner_code,
        "orderId": order_id,
        "requestId": request_id,
        "amount": amount,
        "transId": transaction,
        "lang": "vi",
        "description": description,
    }
    return body | {"signature": signature(merchant, body, _REFUND)}


def given_back(body: Mapping[str, Any]) -> tuple[Given, str]:
    """What an answer to a refund says, and MoMo's code."""
    result = body.get("resultCode")
    if isinstance(result, bool) or not isinstance(result, int):
        return "unknown", ""
    given: dict[Outcome, Given] = {"paid": "done", "failed": "refused", "pending": "unknown"}
    return given[outcome(result)], str(result)


def outcome(result: int) -> Outcome:
    """What a result code means. Authorised (9000) is not yet paid."""
    if result == 0:
        return "paid"
    return "pending" if result in _UNDER_WAY else "failed"


def signature(merchant: Merchant, body: Mapping[str, Any], names: tuple[str, ...]) -> str:
    """HMAC-SHA256 over the named values in this order, as hex; the access key is in it, though not in callbacks."""
    values = {**body, "accessKey": merchant.access_key}
    text = "&".join(f"{name}={values.get(name, '')}" for name in names)
    return hmac.new(merchant.secret.encode(), text.encode(), "sha256").hexdigest()


def _whole(body: Mapping[str, Any], name: str) -> int:
    value = body.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > MOST_TOLD:
        raise ValueError(f"no whole number {name}")
    return value
