"""Money that came: booked once, or parked for a person.

One transaction holds the payment, the books, what was paid for, the receipt and the invoice's row, or none of them.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import psycopg

from cityhub.parking.rights import Right
from cityhub.parking.sessions import Session
from cityhub.payments import check_codes
from cityhub.payments import ledger as books
from cityhub.payments.model import Parked, Payment, Provider
from cityhub.rfc3339 import local_time
from cityhub.store import invoices, ledger, payments, places, receipts, rights, sessions

Settled = Literal["booked", "already", "parked"]
Source = Literal["callback", "query", "person"]


@dataclass(frozen=True, slots=True)
class _Sold:
    """What a payment was for. `of`: whose revenue it is; `issuer`: of the receipt, which is `document`."""

    what: Literal["parking", "permit"]
    of: str
    issuer: str
    document: Mapping[str, Any]


def settle(
    conn: psycopg.Connection,
    payment: Payment,
    *,
    amount: int,
    transaction: str,
    at: datetime,
    source: Source,
    credit_id: int | None = None,
) -> Settled:
    """What a provider took for `payment`, whose row the caller holds (`payments.by_reference`), is booked or parked.

    `amount`: VND as the provider says; `transaction`: its number; `at`: aware. The same again changes nothing. Money
    for what is not waited for any more, of another amount, or paid a second time is parked.

    What was parked since its provider told another amount or order at first, and waits still, is booked when it is told
    rightly: a transaction is one sum, and its payer is not to be fined for the provider's slip.
    """
    if payment.is_settled and transaction == payment.provider_reference:
        return "already"
    parked = payments.is_parked(conn, payment.provider, transaction)
    if parked == "resolved":
        return "already"
    sold = _sold(conn, payment, amount, at)
    if isinstance(sold, str):
        if parked is not None:
            return "already"
        reason = sold
        park(conn, payment.provider, transaction, amount, reason, at, payment=payment, credit_id=credit_id)
        payments.note(conn, payment.id, source, "parked", reason)
        if not payment.is_settled and reason == "late":
            payments.ended(conn, payment, "expired", "late")
        return "parked"
    if parked is not None:
        _take_back(conn, payment, transaction, at)
        payments.note(conn, payment.id, source, "corrected", "was parked")
    payments.settled(conn, payment, transaction, at, source)
    if payment.purpose == "top_up":
        assert payment.wallet_id is not None  # noqa: S101 - held by the schema
        entries = books.topped_up(amount, payment.provider, payment.wallet_id)
        ledger.book(conn, f"payment:{payment.id}", "top-up", at, entries)
        return "booked"
    assert sold is not None  # noqa: S101 - held by the schema
    source_account = (
        books.wallet(str(payment.wallet_id))
        if payment.provider == "wallet"
        else books.clearing(payment.provider)
    )
    entries = books.earned(amount, source_account, sold.of)
    ledger.book(conn, f"payment:{payment.id}", sold.what, at, entries)
    invoices.queue(conn, payment)
    receipts.issue(conn, payment, sold.issuer, sold.document, check_codes.new(secrets.randbelow), at)
    return "booked"


def park(
    conn: psycopg.Connection,
    provider: Provider,
    transaction: str,
    amount: int,
    reason: Parked,
    at: datetime,
    *,
    payment: Payment | None = None,
    credit_id: int | None = None,
) -> bool:
    """Money waits for a person, in the books under `unmatched`; False when this transaction's waits already."""
    payment_id = None if payment is None else payment.id
    if not payments.park(
        conn, provider, transaction, amount, reason, payment_id=payment_id, credit_id=credit_id
    ):
        return False
    ledger.book(conn, f"parked:{provider}:{transaction}", reason, at, books.parked(amount, provider))
    return True


def _take_back(conn: psycopg.Connection, payment: Payment, transaction: str, at: datetime) -> None:
    parked = payments.take_back(conn, payment.provider, transaction, payment.reference, at)
    entries = books.moved(parked, books.clearing(payment.provider), books.UNMATCHED)
    ledger.book(conn, f"corrected:{payment.provider}:{transaction}", "corrected", at, entries)


def _sold(conn: psycopg.Connection, payment: Payment, amount: int, at: datetime) -> _Sold | Parked | None:
    """What is the driver's from now on, None for a top-up; or why the money cannot be booked."""
    if payment.state == "refunded":
        return "after_refund"
    if payment.is_settled:
        return "doubled"
    if amount != payment.amount:
        if payment.provider != "vietqr":
            return "wrong_amount"
        return "partial" if amount < payment.amount else "too_much"
    try:
        if payment.session_id is not None and payment.segment_n is not None:
            return _time(conn, sessions.paid(conn, payment.session_id, payment.segment_n, at), payment)
        if payment.right_id is not None:
            return _permit(conn, rights.paid(conn, payment.right_id), payment)
    except (sessions.SessionLapsed, rights.RightLapsed):
        return "late"
    return None


def _time(conn: psycopg.Connection, session: Session, payment: Payment) -> _Sold:
    place = places.get(conn, session.place_id)
    segment = next(one for one in session.segments if one.n == payment.segment_n)
    document = {
        "place_id": session.place_id,
        "place": place.name_vi,
        "place_en": place.name_en,
        "vehicle": session.vehicle,
        "from": local_time(segment.from_time),
        "to": None if segment.to_time is None else local_time(segment.to_time),
        "lines": list(segment.quote),
        "total": segment.amount,
        "paid": payment.amount,
        "tariff_version": segment.tariff_version,
    }
    return _Sold("parking", place.id, place.issuer or place.id, document)


def _permit(conn: psycopg.Connection, right: Right, payment: Payment) -> _Sold:
    (place_vi, place_en), (rule_vi, rule_en) = rights.where(conn, right), rights.names(conn, right)
    span = {"from": local_time(right.valid_from), "to": local_time(right.valid_to)}
    document = {
        "place_id": right.place_id,
        "place": place_vi,
        "place_en": place_en,
        "zone": right.zone,
        "vehicle": right.vehicle,
        **span,
        "lines": [{**span, "amount": right.amount, "rule": rule_vi, "rule_en": rule_en}],
        "total": right.amount,
        "paid": payment.amount,
        "permit": right.specification_id,
        "tariff_version": None,
    }
    return _Sold("permit", books.permits(right.zone), rights.issuer(conn, right), document)
