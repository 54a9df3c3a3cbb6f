"""Payments of what waits in a session, and wallets."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import uuid4

import msgspec
import psycopg
from fastapi import APIRouter, Depends, Request, Response

from api import checkout
from api.access import public
from api.answers.payments import PaymentAnswer, PaymentRequest, TopUpRequest, WalletAnswer
from api.documentation import asked_responses, request_body
from api.documents import document
from api.hub import hub_of
from api.idempotency import IdempotencyKey, answer_once
from api.pools import Writes
from api.qr_codes import qr_png
from api.routes.parking_sessions import new_token
from cityhub.errors import NotFound
from cityhub.payments.model import Payment
from cityhub.store import payments

PATH = "/api/v1/payments"
WALLETS = "/api/v1/wallets"

router = APIRouter(tags=["payments"])


class _Begun(msgspec.Struct, frozen=True):
    """What is kept of the first answer: the rest follows from the payment."""

    payment_id: str
    wallet_token: str | None = None


@router.post(
    PATH,
    response_class=Response,
    status_code=201,
    responses=asked_responses(PaymentAnswer, 201, not_found=True),
    openapi_extra=request_body(PaymentRequest),
)
@public
async def pay(
    request: Request,
    asked: Annotated[PaymentRequest, Depends(document(PaymentRequest))],
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Begin to pay what waits in a session. Asked again while it is under way, the same payment goes on."""
    hub = hub_of(request)
    checkout.check_offered(hub.ways, asked.provider)
    asked = msgspec.structs.replace(asked, return_url=checkout.return_to(hub.ways, asked.return_url))
    now = datetime.now(UTC)

    def begin(conn: psycopg.Connection) -> tuple[Payment, str | None]:
        kept = answer_once(
            conn,
            PATH,
            idempotency_key,
            asked,
            lambda: (201, _Begun(checkout.begin(conn, asked, address_of(request), now))),
        )
        return checkout.found(conn, msgspec.json.decode(kept.body, type=_Begun).payment_id)

    payment, number = await hub.pools.write(begin)
    payment = await checkout.prepared(hub, payment)
    return _answer(checkout.shown(hub.ways, payment, number, asked.language), 201)


@router.get(
    PATH + "/{payment_id}", response_class=Response, responses=asked_responses(PaymentAnswer, not_found=True)
)
@public
def get(request: Request, payment_id: str, pool: Writes) -> Response:
    """How a payment is. Its id is known to its payer alone."""
    with pool.connection() as conn:
        payment, number = checkout.found(conn, payment_id)
    return _answer(checkout.plain(payment, number, hub_of(request).ways), 200)


@router.get(PATH + "/{payment_id}/qr.png", include_in_schema=False)
@public
def qr(request: Request, payment_id: str, pool: Writes) -> Response:
    """The code of a transfer as a picture: a phone cannot scan its own screen."""
    with pool.connection() as conn:
        payment, number = checkout.found(conn, payment_id)
    text = checkout.plain(payment, number, hub_of(request).ways).qr_payload
    if text is None:
        raise NotFound("QR code", "of this payment")
    return Response(qr_png(text), 200, {"Cache-Control": "no-store"}, "image/png")


@router.post(
    WALLETS,
    response_class=Response,
    status_code=201,
    responses=asked_responses(WalletAnswer, 201, not_found=True),
    openapi_extra=request_body(TopUpRequest),
)
@public
async def top_up(
    request: Request,
    asked: Annotated[TopUpRequest, Depends(document(TopUpRequest))],
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Money for a wallet, which then pays without a provider. A wallet needs no account: its token is its key."""
    hub = hub_of(request)
    checkout.check_offered(hub.ways, asked.provider)
    now = datetime.now(UTC)

    def begin(conn: psycopg.Connection) -> tuple[payments.Wallet, Payment, str | None]:
        def act() -> tuple[int, _Begun]:
            wallet = (
                payments.add_wallet(conn, str(uuid4()), new_token())
                if asked.wallet_token is None
                else payments.wallet(conn, asked.wallet_token)
            )
            payment = checkout.add(
                conn, address_of(request), asked.provider, asked.amount, now, wallet_id=wallet.id
            )
            return 201, _Begun(payment.id, wallet.token)

        kept = answer_once(conn, WALLETS, idempotency_key, asked, act)
        begun = msgspec.json.decode(kept.body, type=_Begun)
        return payments.wallet(conn, begun.wallet_token or ""), *checkout.found(conn, begun.payment_id)

    wallet, payment, number = await hub.pools.write(begin)
    payment = await checkout.prepared(hub, payment)
    shown = checkout.shown(hub.ways, payment, number, asked.language)
    return _answer(WalletAnswer(wallet.token, wallet.balance, shown), 201)


@router.get(
    WALLETS + "/{token}", response_class=Response, responses=asked_responses(WalletAnswer, not_found=True)
)
@public
def wallet(token: str, pool: Writes) -> Response:
    """What a wallet holds."""
    with pool.connection() as conn:
        found = payments.wallet(conn, token)
    return _answer(WalletAnswer(found.token, found.balance), 200)


def address_of(request: Request) -> str:
    """Whose request it is, as providers want to know."""
    return request.client.host if request.client is not None else "127.0.0.1"


def _answer(body: msgspec.Struct, status: int) -> Response:
    return Response(msgspec.json.encode(body), status, {"Cache-Control": "no-store"}, "application/json")
