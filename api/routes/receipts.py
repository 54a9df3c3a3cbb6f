"""Receipts, for their payer by the session's token; whether one is genuine, for whoever holds it."""

import hmac
from typing import Annotated

import msgspec
from fastapi import APIRouter, Path, Query, Response

from api.access import public
from api.answers.receipts import ReceiptAnswer, ReceiptCheck
from api.documentation import responses
from api.pools import Reads, Writes
from cityhub.errors import NotFound
from cityhub.rfc3339 import at_local_time
from cityhub.store import receipts

Number = Annotated[str, Path(pattern=r"^[A-Z0-9-]{8,40}$", description="Such as HN-PARKING-2026-000001")]

router = APIRouter(tags=["payments"])


@router.get(
    "/api/v1/receipts/{number}", response_class=Response, responses=responses(ReceiptAnswer, not_found=True)
)
@public
def get(number: Number, pool: Writes, token: Annotated[str, Query(max_length=64)] = "") -> Response:
    """A receipt, for who has the link of its session."""
    with pool.connection() as conn:
        receipt = receipts.by_number(conn, number)
    # The same answer as for one that does not exist: numbers can be guessed.
    if receipt.token is None or not hmac.compare_digest(token.encode(), receipt.token.encode()):
        raise NotFound("receipt", number)
    return _answer(ReceiptAnswer.of(receipt))


@router.get("/api/v1/receipts/{number}/check", response_class=Response, responses=responses(ReceiptCheck))
@public
def check(number: Number, pool: Reads, code: Annotated[str, Query(max_length=40)] = "") -> Response:
    """Is this number with this printed code a receipt of ours?"""
    with pool.connection() as conn:
        try:
            receipt = receipts.by_number(conn, number)
        except NotFound:
            receipt = None
    if receipt is None or not hmac.compare_digest(code.encode(), receipt.check_code.encode()):
        return _answer(ReceiptCheck(number, is_genuine=False))
    return _answer(
        ReceiptCheck(
            number,
            is_genuine=True,
            issued_at=at_local_time(receipt.issued_at),
            amount=receipt.amount,
            refunded=receipt.refunded,
            place=str(receipt.document.get("place", "")),
        )
    )


def _answer(body: msgspec.Struct) -> Response:
    return Response(msgspec.json.encode(body), 200, {"Cache-Control": "no-store"}, "application/json")
