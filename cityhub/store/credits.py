"""Credits of the bank account, as tellers report them: kept as they came, matched on the payment's reference."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Literal

import psycopg

from cityhub.payments import references
from cityhub.payments.credits import Credit
from cityhub.payments.model import Parked, Payment
from cityhub.store import payments, settlement
from cityhub.store.queries import load

_SQL = load(__file__)

Outcome = Literal["matched", "unmatched", "duplicate"]
# How parked money is written down beside its credit.
_STATES: dict[Parked, str] = {
    "partial": "partial",
    "too_much": "too_much",
    "doubled": "doubled",
    "late": "late",
}


def keep(conn: psycopg.Connection, teller: str, body: bytes) -> int:
    """A genuine report as it came; its id. Commit is the caller's, before the report is read."""
    row = {"teller": teller, "digest": sha256(body).digest(), "body": body}
    conn.execute(_SQL["keep"], row)
    [(id,)] = conn.execute(_SQL["kept"], row).fetchall()
    return int(id)


def take(
    conn: psycopg.Connection, teller: str, notice_id: int, credits: Sequence[Credit], now: datetime
) -> list[Outcome]:
    """Match each credit and book or park its money, within the caller's transaction. `now` is aware.

    The same credit again, from this teller or another, is a duplicate and moves nothing.
    """
    return [_take(conn, teller, notice_id, credit, now) for credit in credits]


def resolved(conn: psycopg.Connection, id: int) -> None:
    """A person has placed its money."""
    conn.execute(_SQL["resolved"], {"id": id})


def _take(conn: psycopg.Connection, teller: str, notice_id: int, credit: Credit, now: datetime) -> Outcome:
    row = {
        "teller": teller,
        "id": credit.id,
        "bank_reference": credit.bank_reference,
        "notice_id": notice_id,
        "amount": credit.amount,
        "content": credit.content[:500],
        "account": credit.account[:40],
        "credited_at": credit.credited_at,
    }
    if credit.bank_reference:
        conn.execute(_SQL["one_at_a_time"], row)
    [(told_by_another,)] = conn.execute(_SQL["told_by_another"], row).fetchall()
    added = conn.execute(_SQL["add"], row).fetchone()
    if added is None:
        return "duplicate"
    id = int(added[0])
    if told_by_another:
        conn.execute(_SQL["judge"], {"id": id, "state": "resolved", "payment_id": None})
        return "duplicate"
    # A teller's own number is unique among its own only.
    transaction = f"{teller}:{credit.id}"
    payment = _payment(conn, credit)
    if payment is None:
        settlement.park(conn, "vietqr", transaction, credit.amount, "unmatched", now, credit_id=id)
        return "unmatched"
    settled = settlement.settle(
        conn,
        payment,
        amount=credit.amount,
        transaction=transaction,
        at=now,
        source="callback",
        credit_id=id,
    )
    state = "matched" if settled == "booked" else _STATES.get(_reason(conn, transaction), "unmatched")
    conn.execute(_SQL["judge"], {"id": id, "state": state, "payment_id": payment.id})
    return "matched" if settled == "booked" else "unmatched"


def _payment(conn: psycopg.Connection, credit: Credit) -> Payment | None:
    for reference in references.found_in(credit.content):
        payment = payments.by_reference(conn, reference)
        if payment is not None and payment.provider == "vietqr":
            return payment
    return None


def _reason(conn: psycopg.Connection, transaction: str) -> Parked:
    return payments.why_parked(conn, "vietqr", transaction)
