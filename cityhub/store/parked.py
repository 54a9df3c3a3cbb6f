"""Money that no rule could place, as a person places it: to a wallet, or back to whom it came from."""

from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg.rows import class_row

from cityhub.errors import NotFound, RuleBroken
from cityhub.payments import ledger as books
from cityhub.payments.model import Parked, Provider
from cityhub.store import credits, ledger, payments
from cityhub.store.queries import load

_SQL = load(__file__)


@dataclass(frozen=True, slots=True)
class Sum:
    """VND that wait for a person. `reference`: of its payment, where one is known; `received_at` is aware."""

    id: int
    provider: Provider
    provider_reference: str
    amount: int
    reason: Parked
    reference: str | None
    received_at: datetime


def waiting(conn: psycopg.Connection, limit: int) -> list[Sum]:
    """What waits, the oldest first."""
    with conn.cursor(row_factory=class_row(Sum)) as cursor:
        return cursor.execute(_SQL["waiting"], {"limit": limit}).fetchall()


def returned(conn: psycopg.Connection, id: int, by: str, note: str, now: datetime) -> Sum:
    """It was sent back by hand, from the account that its provider pays into. Raises NotFound, RuleBroken."""
    found = _resolve(conn, id, "returned", by, note, now)
    entries = books.moved(found.amount, books.clearing(found.provider), books.UNMATCHED)
    ledger.book(conn, f"resolved:{id}", "returned", now, entries)
    return found


def to_wallet(conn: psycopg.Connection, id: int, by: str, note: str, wallet_id: str, now: datetime) -> Sum:
    """It is its driver's own again, in a wallet. Raises NotFound, RuleBroken."""
    found = _resolve(conn, id, "wallet", by, note, now)
    entries = books.moved(found.amount, books.wallet(wallet_id), books.UNMATCHED)
    ledger.book(conn, f"resolved:{id}", "to a wallet", now, entries)
    return found


def _resolve(conn: psycopg.Connection, id: int, how: str, by: str, note: str, now: datetime) -> Sum:
    with conn.cursor(row_factory=class_row(Sum)) as cursor:
        found = cursor.execute(_SQL["held"], {"id": id}).fetchone()
    if found is None:
        raise NotFound("parked sum", str(id))
    row = {"id": id, "resolution": f"{how}: {note}"[:500], "by": by, "now": now}
    answer = conn.execute(_SQL["resolve"], row).fetchone()
    if answer is None:
        raise RuleBroken("resolved", f"parked sum {id} was placed before")
    payment_id, credit_id = answer
    if payment_id is not None:
        payments.note(conn, str(payment_id), "person", how, f"{by}: {note}")
    if credit_id is not None:
        credits.resolved(conn, credit_id)
    return found
