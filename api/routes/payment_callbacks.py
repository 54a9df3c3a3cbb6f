"""What providers and tellers of bank credits call. Replies are those of their protocols, to the letter.

What is not genuine changes nothing and leaves nothing. What a bank took is booked or parked, whatever is replied.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import quote

import msgspec
import psycopg
from fastapi import APIRouter, Depends, Request, Response

from api.access import public, signed_by_sender
from api.bodies import receive
from api.hub import hub_of
from api.pools import Writes
from cityhub.errors import CityHubError, InvalidInput, NotFound, Unauthenticated
from cityhub.logs import get_logger
from cityhub.payments import momo, vnpay
from cityhub.payments.credits import TELLERS, NotGenuine, NotUnderstood, Secret, vietqr_vn
from cityhub.payments.model import Payment, Provider
from cityhub.payments.order import Word
from cityhub.payments.ways import Ways
from cityhub.store import credits, payments, rights, sessions, settlement

MAX_BYTES = 65_536

router = APIRouter(include_in_schema=False)
_log = get_logger()


async def _body(request: Request) -> bytes:
    return await receive(request, MAX_BYTES)


Body = Annotated[bytes, Depends(_body)]


@router.get("/payments/vnpay/ipn")
@signed_by_sender
@public
def vnpay_ipn(request: Request, pool: Writes) -> Response:
    """VNPAY's word on an order."""
    merchant = hub_of(request).ways.vnpay
    if merchant is None:
        raise NotFound("provider", "vnpay")
    parameters = dict(request.query_params)
    if not vnpay.is_genuine(merchant, parameters):
        return _json(vnpay.answer("97"))
    try:
        with pool.connection() as conn:
            code = _vnpay(conn, parameters)
    except CityHubError as error:
        _log.error("a callback of VNPAY could not be taken", error=str(error))
        code = "99"
    return _json(vnpay.answer(code))


def _vnpay(conn: psycopg.Connection, parameters: Mapping[str, str]) -> vnpay.Answer:
    now = datetime.now(UTC)
    reference = parameters.get("vnp_TxnRef", "")
    payment = _of_provider(conn, "vnpay", reference)
    try:
        word = vnpay.word(parameters)
    except ValueError:
        return "01" if payment is None else "04"
    if payment is None:
        _park_unknown(conn, "vnpay", word, now)
        return "01"
    if word.amount != payment.amount:
        if word.outcome == "paid" and word.amount > 0:
            _settle(conn, payment, word, now)
        return "04"
    if word.outcome == "paid":
        return {"booked": "00", "parked": "00", "already": "02"}[_settle(conn, payment, word, now)]  # type: ignore[return-value]
    if payment.state != "pending":
        return "02"
    if word.outcome == "pending":
        # VNPAY calls again, and the query asks.
        return "99"
    _fail(conn, payment, word)
    return "00"


@router.get("/payments/vnpay/return")
@public
def vnpay_return(request: Request, pool: Writes) -> Response:
    """The payer comes back: to the page of the session, which asks how the payment is. Nothing is booked here.

    The page's address is the session's key, and an order's reference stands in bank statements: only to whom the
    provider sent, which it signs, is the one told for the other.
    """
    merchant, told = hub_of(request).ways.vnpay, dict(request.query_params)
    is_sent = merchant is not None and vnpay.is_genuine(merchant, told)
    return _back(pool, "vnpay", told.get("vnp_TxnRef", "") if is_sent else "")


@router.get("/payments/momo/return")
@public
def momo_return(request: Request, pool: Writes) -> Response:
    """As `vnpay_return`."""
    merchant, told = hub_of(request).ways.momo, dict(request.query_params)
    is_sent = merchant is not None and momo.is_genuine(merchant, told)
    return _back(pool, "momo", told.get("orderId", "") if is_sent else "")


@router.post("/payments/momo/ipn")
@signed_by_sender
@public
def momo_ipn(request: Request, body: Body, pool: Writes) -> Response:
    """MoMo's word on an order: 204 for whatever is genuine."""
    merchant = hub_of(request).ways.momo
    if merchant is None:
        raise NotFound("provider", "momo")
    try:
        found: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise InvalidInput("body", "is no JSON") from None
    if not isinstance(found, dict) or not momo.is_genuine(merchant, found):
        raise Unauthenticated("The signature is wrong")
    now = datetime.now(UTC)
    try:
        word = momo.word(found)
    except ValueError as exc:
        raise InvalidInput("body", str(exc)) from None
    with pool.connection() as conn:
        payment = _of_provider(conn, "momo", word.reference)
        if payment is None:
            _park_unknown(conn, "momo", word, now)
        elif word.outcome == "paid":
            _settle(conn, payment, word, now)
        elif word.outcome == "failed" and payment.state == "pending":
            _fail(conn, payment, word)
    return Response(status_code=204)


@router.post("/payments/vietqr/vietqr_vn/api/token_generate")
@signed_by_sender
@public
def vietqr_vn_token(request: Request) -> Response:
    """A short-lived token for vietqr.vn, which shows its password."""
    secret = _secret(hub_of(request).ways, "vietqr_vn")
    try:
        token = vietqr_vn.token(secret, request.headers, datetime.now(UTC))
    except NotGenuine:
        raise Unauthenticated("The password is wrong") from None
    life = int(vietqr_vn.TOKEN_LIFE.total_seconds())
    return _json({"access_token": token, "token_type": "Bearer", "expires_in": life})


@router.post("/payments/vietqr/vietqr_vn/bank/api/transaction-sync")
@signed_by_sender
@public
def vietqr_vn_sync(request: Request, body: Body, pool: Writes) -> Response:
    """A credit as vietqr.vn reports it, at the address that it appends."""
    return _credits(request, "vietqr_vn", body, pool)


@router.post("/payments/vietqr/webhook")
@signed_by_sender
@public
def vietqr_webhook(request: Request, body: Body, pool: Writes) -> Response:
    """A credit in the hub's own form."""
    return _credits(request, "ours", body, pool)


@router.post("/payments/vietqr/{teller}")
@signed_by_sender
@public
def vietqr(request: Request, teller: str, body: Body, pool: Writes) -> Response:
    """A credit as one of the tellers reports it."""
    return _credits(request, teller, body, pool)


def _credits(request: Request, teller: str, body: bytes, pool: Writes) -> Response:
    secret = _secret(hub_of(request).ways, teller)
    now = datetime.now(UTC)
    try:
        found = TELLERS[teller].read(secret, request.headers, body, now)
    except NotGenuine:
        raise Unauthenticated("The signature is wrong") from None
    except NotUnderstood as exc:
        # Genuine, and perhaps money: kept, so that a person can read it.
        with pool.connection() as conn:
            credits.keep(conn, teller, body)
        _log.warning("a report of credits could not be read", teller=teller, error=str(exc))
        raise InvalidInput("body", str(exc)) from None
    with pool.connection() as conn:
        notice = credits.keep(conn, teller, body)
    with pool.connection() as conn:
        outcomes = credits.take(conn, teller, notice, found, now)
    return _json(_reply(teller, found[0].id if found else "", outcomes))


def _reply(teller: str, id: str, outcomes: list[credits.Outcome]) -> dict[str, Any]:
    match teller:
        case "ours":
            return {"status": outcomes[0] if outcomes else "unmatched"}
        case "vietqr_vn":
            reference = {"reftransactionid": id}
            return {"error": False, "errorReason": None, "toastMessage": None, "object": reference}
    return {"success": True}


def _secret(ways: Ways, teller: str) -> Secret:
    secret = ways.tellers.get(teller)
    if secret is None:
        raise NotFound("teller of credits", teller[:40])
    return secret


def _of_provider(conn: psycopg.Connection, provider: Provider, reference: str) -> Payment | None:
    payment = payments.by_reference(conn, reference)
    return payment if payment is not None and payment.provider == provider else None


def _settle(conn: psycopg.Connection, payment: Payment, word: Word, now: datetime) -> settlement.Settled:
    return settlement.settle(
        conn, payment, amount=word.amount, transaction=word.transaction, at=now, source="callback"
    )


def _fail(conn: psycopg.Connection, payment: Payment, word: Word) -> None:
    payments.ended(conn, payment, "failed", word.code)
    payments.note(conn, payment.id, "callback", "failed", word.code)


def _park_unknown(conn: psycopg.Connection, provider: Provider, word: Word, now: datetime) -> None:
    """Genuine money for an order that nobody knows: a person has to find out whose it is."""
    if word.outcome == "paid" and word.amount > 0:
        settlement.park(conn, provider, word.transaction, word.amount, "unknown_order", now)


def _back(pool: Writes, provider: Provider, reference: str) -> Response:
    with pool.connection() as conn:
        payment = _of_provider(conn, provider, reference)
        path = "/parking"
        if payment is not None and payment.session_id is not None:
            path = f"/p/{quote(sessions.by_id(conn, payment.session_id).token)}"
        elif payment is not None and payment.right_id is not None:
            path = f"/r/{quote(rights.by_id(conn, payment.right_id).token)}"
        if payment is not None and (url := payments.return_url(conn, payment.id)) is not None:
            # It was allowed when the payment began. Who is there asks the API how the payment is.
            path = url
    return Response(status_code=303, headers={"Location": path, "Cache-Control": "no-store"})


def _json(body: Mapping[str, Any]) -> Response:
    return Response(msgspec.json.encode(body), 200, {"Cache-Control": "no-store"}, "application/json")
