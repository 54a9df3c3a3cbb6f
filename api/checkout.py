"""Paying, step by step, for the API and for the pages: begun in a transaction, then what the payer needs next."""

import dataclasses
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import uuid4

import psycopg
from msgspec.structs import replace

from api.answers.payments import AccountAnswer, PaymentAnswer, PaymentRequest
from api.hub import Hub
from api.qr_codes import qr_svg, qr_text
from cityhub.addresses import origin_of
from cityhub.errors import InvalidInput, RuleBroken
from cityhub.payments import references, vnpay
from cityhub.payments.model import LIMITS, TIME_TO_PAY, Payment, Provider
from cityhub.payments.order import Order
from cityhub.payments.ways import Ways
from cityhub.rfc3339 import at_local_time
from cityhub.store import payments, receipts, rights, sessions, settlement


def begin(conn: psycopg.Connection, asked: PaymentRequest, client_address: str, now: datetime) -> str:
    """The id of the payment of what waits in a session or for a permit; one that is under way goes on.

    A wallet pays at once. Within the caller's transaction. Raises NotFound, InvalidInput, RuleBroken.
    """
    due = _due(conn, asked, now)
    under_way = payments.pending(conn, asked.provider, now, session=due.session, right_id=due.right_id)
    if under_way is not None:
        if asked.return_url is not None:
            payments.return_to(conn, under_way.id, asked.return_url)
        return under_way.id
    wallet = None
    if asked.provider == "wallet":
        if asked.wallet_token is None:
            raise InvalidInput("wallet_token", "is needed to pay from a wallet")
        wallet = payments.wallet(conn, asked.wallet_token)
        if wallet.balance < due.amount:
            raise RuleBroken("wallet_has_enough", "there is not enough money in the wallet; top it up first")
    payment = add(
        conn,
        client_address,
        asked.provider,
        due.amount,
        now,
        session=due.session,
        right_id=due.right_id,
        wallet_id=None if wallet is None else wallet.id,
    )
    if asked.return_url is not None:
        payments.return_to(conn, payment.id, asked.return_url)
    if due.session is not None:
        sessions.wait_until(conn, due.session[0], payment.expires_at)
    elif due.right_id is not None:
        rights.wait_until(conn, due.right_id, payment.expires_at)
    if wallet is not None:
        held = payments.by_reference(conn, payment.reference)
        assert held is not None  # noqa: S101 - it was added just now
        settlement.settle(
            conn, held, amount=payment.amount, transaction=payment.reference, at=now, source="callback"
        )
    return payment.id


class _Due(NamedTuple):
    """What is to be paid for, VND: a session's segment, or a permit."""

    amount: int
    session: tuple[str, int] | None = None
    right_id: str | None = None


def _due(conn: psycopg.Connection, asked: PaymentRequest, now: datetime) -> _Due:
    if (asked.session_token is None) == (asked.permit_token is None):
        raise InvalidInput("session_token", "give either a session_token or a permit_token")
    if asked.session_token is not None:
        session = sessions.by_token(conn, asked.session_token, lock=True)
        waiting = session.due(now)
        if waiting is None:
            raise RuleBroken("nothing_due", "nothing waits to be paid in this session")
        return _Due(waiting.due, session=(session.id, waiting.n))
    right = rights.by_token(conn, str(asked.permit_token), lock=True)
    if not right.due(now):
        raise RuleBroken("nothing_due", "this permit does not wait to be paid")
    return _Due(right.amount, right_id=right.id)


def add(
    conn: psycopg.Connection,
    client_address: str,
    provider: Provider,
    amount: int,
    now: datetime,
    *,
    session: tuple[str, int] | None = None,
    right_id: str | None = None,
    wallet_id: str | None = None,
) -> Payment:
    """A new payment; raises RuleBroken below or above what its provider takes."""
    least, most = LIMITS[provider]
    if not least <= amount <= most:
        raise RuleBroken(
            "provider_minimum" if amount < least else "provider_maximum",
            f"{provider} takes {least:,} to {most:,} VND; choose another way to pay",
        )
    return payments.add(
        conn,
        id=str(uuid4()),
        reference=references.new(secrets.randbelow),
        provider=provider,
        amount=amount,
        now=now,
        expires_at=now + TIME_TO_PAY,
        client_address=client_address,
        session=session,
        right_id=right_id,
        wallet_id=wallet_id,
    )


def check_offered(ways: Ways, provider: Provider) -> None:
    """Raises RuleBroken for a way of paying that this hub does not offer."""
    if provider not in ways.offered:
        raise RuleBroken(
            "not_offered", f"{provider} is not offered here; offered are {', '.join(ways.offered)}"
        )


def return_to(ways: Ways, url: str | None) -> str | None:
    """Where a payer is sent on to; None: to the hub's own page, as always where its operator has allowed no origin.

    Raises InvalidInput for an address that is none, or of another origin: anybody could lead payers anywhere.
    """
    if url is None:
        return None
    try:
        origin = origin_of(url)
    except ValueError as exc:
        raise InvalidInput("return_url", str(exc)) from None
    if not ways.return_origins:
        return None
    if origin not in ways.return_origins:
        raise InvalidInput("return_url", "is at no origin that the operator of this hub has allowed")
    return url


def found(conn: psycopg.Connection, payment_id: str) -> tuple[Payment, str | None]:
    """A payment, and the number of its receipt where it has one."""
    payment = payments.by_id(conn, payment_id)
    # Before it is paid there is none to look for.
    return payment, None if payment.state == "pending" else receipts.of_payment(conn, payment.id)


def under_way(found: Sequence[Payment], now: datetime) -> Payment | None:
    """Of payments for what waits the one that was begun last and can still be paid, to be shown again."""
    shown = [
        payment
        for payment in found
        if payment.state == "pending"
        and payment.expires_at > now
        # Of one whose provider did not answer there is nothing to show: it is chosen again.
        and (payment.provider != "momo" or payment.pay_url)
    ]
    return shown[-1] if shown else None


async def prepared(hub: Hub, payment: Payment) -> Payment:
    """The payment, its provider asked where its payer is to be sent; raises ProviderFailed. No connection is held."""
    merchant = hub.ways.momo
    if payment.provider != "momo" or payment.state != "pending" or payment.pay_url or merchant is None:
        return payment
    back = f"{hub.ways.public_url}/payments/momo"
    url = await hub.calls.momo_pay_url(merchant, _order(payment), f"{back}/return", f"{back}/ipn")
    await hub.pools.write(lambda conn: payments.lead_to(conn, payment.id, url))
    return dataclasses.replace(payment, pay_url=url)


def shown(ways: Ways, payment: Payment, number: str | None, language: str) -> PaymentAnswer:
    """The payment with what its payer needs; `number`: of its receipt."""
    known = plain(payment, number, ways)
    if payment.state != "pending":
        return known
    if payment.provider == "vnpay" and ways.vnpay is not None:
        order = dataclasses.replace(_order(payment), language="en" if language == "en" else "vi")
        return replace(
            known, redirect_url=vnpay.pay_url(ways.vnpay, order, f"{ways.public_url}/payments/vnpay/return")
        )
    return replace(known, redirect_url=payment.pay_url)


def plain(payment: Payment, number: str | None, ways: Ways) -> PaymentAnswer:
    """A payment as it is; `number`: of its receipt."""
    known = PaymentAnswer(
        payment.id,
        payment.state,
        payment.provider,
        payment.amount,
        at_local_time(payment.expires_at),
        receipt=number,
    )
    if payment.provider == "vietqr" and payment.state == "pending" and ways.account is not None:
        text = qr_text(ways.account, payment.amount, payment.reference)
        account = AccountAnswer(ways.account.bank, ways.account.number, ways.account.name)
        return replace(
            known, qr_payload=text, qr_svg=qr_svg(text), transfer_code=payment.reference, account=account
        )
    return known


def _order(payment: Payment) -> Order:
    return Order(
        payment.reference,
        payment.amount,
        f"Do xe {payment.reference}",
        payment.created_at,
        payment.expires_at,
        payment.client_address,
    )
