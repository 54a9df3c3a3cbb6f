"""Payments of what waits in a session, and wallets."""

import secrets
from datetime import UTC, datetime
from typing import Annotated
from uuid import uuid4

import msgspec
import psycopg
from fastapi import APIRouter, Depends, Request, Response
from msgspec.structs import replace

from api.access import public
from api.answers.payments import PaymentAnswer, PaymentRequest, TopUpRequest, WalletAnswer
from api.documentation import asked_responses, request_body
from api.documents import document
from api.hub import hub_of
from api.idempotency import IdempotencyKey, answer_once
from api.pools import Writes
from api.provider_calls import momo_pay_url
from api.qr_codes import qr_svg, qr_text
from api.routes.parking_sessions import new_token
from cityhub.errors import InvalidInput, RuleBroken
from cityhub.payments import references, vnpay
from cityhub.payments.model import TIME_TO_PAY, Payment, Provider
from cityhub.payments.order import Order
from cityhub.payments.ways import Ways
from cityhub.rfc3339 import at_local_time
from cityhub.store import payments, receipts, sessions, settlement

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
def pay(
    request: Request,
    asked: Annotated[PaymentRequest, Depends(document(PaymentRequest))],
    pool: Writes,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Begin to pay what waits in a session. Asked again while it is under way, the same payment goes on."""
    ways = hub_of(request).ways
    _check_offered(ways, asked.provider)
    now = datetime.now(UTC)
    with pool.connection() as conn:
        kept = answer_once(
            conn, PATH, idempotency_key, asked, lambda: (201, _begin(conn, request, asked, now))
        )
        begun = msgspec.json.decode(kept.body, type=_Begun)
        payment, number = _found(conn, begun.payment_id)
    return _answer(_shown(ways, payment, number, asked.language), 201)


@router.get(
    PATH + "/{payment_id}", response_class=Response, responses=asked_responses(PaymentAnswer, not_found=True)
)
@public
def get(request: Request, payment_id: str, pool: Writes) -> Response:
    """How a payment is. Its id is known to its payer alone."""
    with pool.connection() as conn:
        payment, number = _found(conn, payment_id)
    return _answer(_plain(payment, number, hub_of(request).ways), 200)


@router.post(
    WALLETS,
    response_class=Response,
    status_code=201,
    responses=asked_responses(WalletAnswer, 201, not_found=True),
    openapi_extra=request_body(TopUpRequest),
)
@public
def top_up(
    request: Request,
    asked: Annotated[TopUpRequest, Depends(document(TopUpRequest))],
    pool: Writes,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Money for a wallet, which then pays without a provider. A wallet needs no account: its token is its key."""
    ways = hub_of(request).ways
    _check_offered(ways, asked.provider)
    now = datetime.now(UTC)

    with pool.connection() as conn:

        def act() -> tuple[int, _Begun]:
            wallet = (
                payments.add_wallet(conn, str(uuid4()), new_token())
                if asked.wallet_token is None
                else payments.wallet(conn, asked.wallet_token)
            )
            payment = _add(conn, request, asked.provider, asked.amount, now, wallet_id=wallet.id)
            return 201, _Begun(payment.id, wallet.token)

        kept = answer_once(conn, WALLETS, idempotency_key, asked, act)
        begun = msgspec.json.decode(kept.body, type=_Begun)
        payment, number = _found(conn, begun.payment_id)
        wallet = payments.wallet(conn, begun.wallet_token or "")
    shown = _shown(ways, payment, number, asked.language)
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


def _begin(conn: psycopg.Connection, request: Request, asked: PaymentRequest, now: datetime) -> _Begun:
    session = sessions.by_token(conn, asked.session_token, lock=True)
    waiting = session.waiting
    if waiting is None or session.status(now) == "lapsed":
        raise RuleBroken("nothing_due", "nothing waits to be paid in this session")
    under_way = payments.pending(conn, session.id, waiting.n, asked.provider, now)
    if under_way is not None:
        return _Begun(under_way.id)
    wallet = None
    if asked.provider == "wallet":
        if asked.wallet_token is None:
            raise InvalidInput("wallet_token", "is needed to pay from a wallet")
        wallet = payments.wallet(conn, asked.wallet_token)
        if wallet.balance < waiting.due:
            raise RuleBroken("wallet_has_enough", "there is not enough money in the wallet; top it up first")
    payment = _add(
        conn,
        request,
        asked.provider,
        waiting.due,
        now,
        session=(session.id, waiting.n),
        wallet_id=None if wallet is None else wallet.id,
    )
    sessions.wait_until(conn, session.id, payment.expires_at)
    if wallet is not None:
        held = payments.by_reference(conn, payment.reference)
        assert held is not None  # noqa: S101 - it was added just now
        settlement.settle(
            conn, held, amount=payment.amount, transaction=payment.reference, at=now, source="callback"
        )
    return _Begun(payment.id)


def _add(
    conn: psycopg.Connection,
    request: Request,
    provider: Provider,
    amount: int,
    now: datetime,
    *,
    session: tuple[str, int] | None = None,
    wallet_id: str | None = None,
) -> Payment:
    if provider == "vnpay" and not vnpay.LEAST <= amount < vnpay.BELOW:
        raise RuleBroken(
            "provider_minimum", f"VNPAY takes from {vnpay.LEAST:,} VND on; choose another way to pay"
        )
    return payments.add(
        conn,
        id=str(uuid4()),
        reference=references.new(secrets.randbelow),
        provider=provider,
        amount=amount,
        now=now,
        expires_at=now + TIME_TO_PAY,
        client_address=request.client.host if request.client is not None else "127.0.0.1",
        session=session,
        wallet_id=wallet_id,
    )


def _check_offered(ways: Ways, provider: Provider) -> None:
    if provider not in ways.offered:
        raise RuleBroken(
            "not_offered", f"{provider} is not offered here; offered are {', '.join(ways.offered)}"
        )


def _found(conn: psycopg.Connection, payment_id: str) -> tuple[Payment, str | None]:
    """A payment, and the number of its receipt where it has one."""
    payment = payments.by_id(conn, payment_id)
    # Before it is paid there is none to look for.
    return payment, None if payment.state == "pending" else receipts.of_payment(conn, payment.id)


def _shown(ways: Ways, payment: Payment, number: str | None, language: str) -> PaymentAnswer:
    """The payment with what the payer needs. Providers are asked while no transaction is open: call it outside."""
    shown = _plain(payment, number, ways)
    if payment.state != "pending":
        return shown
    order = Order(
        payment.reference,
        payment.amount,
        f"Do xe {payment.reference}",
        payment.created_at,
        payment.expires_at,
        payment.client_address,
        "en" if language == "en" else "vi",
    )
    if payment.provider == "vnpay" and ways.vnpay is not None:
        url = vnpay.pay_url(ways.vnpay, order, f"{ways.public_url}/payments/vnpay/return")
        return replace(shown, redirect_url=url)
    if payment.provider == "momo" and ways.momo is not None:
        url = momo_pay_url(
            ways.momo,
            order,
            f"{ways.public_url}/payments/momo/return",
            f"{ways.public_url}/payments/momo/ipn",
        )
        return replace(shown, redirect_url=url)
    return shown


def _plain(payment: Payment, number: str | None, ways: Ways) -> PaymentAnswer:
    shown = PaymentAnswer(
        payment.id,
        payment.state,
        payment.provider,
        payment.amount,
        at_local_time(payment.expires_at),
        receipt=number,
    )
    if payment.provider == "vietqr" and payment.state == "pending" and ways.account is not None:
        text = qr_text(ways.account, payment.amount, payment.reference)
        return replace(shown, qr_payload=text, qr_svg=qr_svg(text), transfer_code=payment.reference)
    return shown


def _answer(body: msgspec.Struct, status: int) -> Response:
    return Response(msgspec.json.encode(body), status, {"Cache-Control": "no-store"}, "application/json")
