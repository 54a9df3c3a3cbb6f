"""Receipts: issued with the payment that they are for, read by their number."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from cityhub.errors import NotFound
from cityhub.payments.model import Payment
from cityhub.rfc3339 import at_local_time
from cityhub.store.queries import load

_SQL = load(__file__)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was paid for. `amount`, `refunded`: VND; `document`: place, time and lines, without the plate.

    `check_code` is printed on it and tells that it is genuine; `token`: of the session or permit that it is for.
    """

    number: str
    issuer: str
    issued_at: datetime
    amount: int
    document: Mapping[str, Any]
    check_code: str
    provider: str
    refunded: int
    token: str | None


def issue(
    conn: psycopg.Connection,
    payment: Payment,
    issuer: str,
    document: Mapping[str, Any],
    check_code: str,
    at: datetime,
) -> str:
    """The number of a new receipt. Call it last in a transaction: it holds the issuer's series until the end.

    `at` is aware; the year is Vietnam's.
    """
    row = {
        "series": issuer.upper(),
        "issuer": issuer,
        "year": at_local_time(at).year,
        "payment_id": payment.id,
        "issued_at": at,
        "amount": payment.amount,
        "document": Jsonb(dict(document)),
        "check_code": check_code,
    }
    [(number,)] = conn.execute(_SQL["add"], row).fetchall()
    return str(number)


def find(conn: psycopg.Connection, number: str) -> Receipt | None:
    """The receipt of a number, None without one."""
    with conn.cursor(row_factory=class_row(Receipt)) as cursor:
        return cursor.execute(_SQL["by_number"], {"number": number}).fetchone()


def by_number(conn: psycopg.Connection, number: str) -> Receipt:
    """Raises NotFound."""
    found = find(conn, number)
    if found is None:
        raise NotFound("receipt", number)
    return found


def of_session(conn: psycopg.Connection, session_id: str) -> list[Receipt]:
    """The receipts of a session, the oldest first."""
    with conn.cursor(row_factory=class_row(Receipt)) as cursor:
        return cursor.execute(_SQL["of_session"], {"session_id": session_id}).fetchall()


def of_right(conn: psycopg.Connection, right_id: str) -> list[Receipt]:
    """The receipts of a permit, the oldest first."""
    with conn.cursor(row_factory=class_row(Receipt)) as cursor:
        return cursor.execute(_SQL["of_right"], {"right_id": right_id}).fetchall()


def of_payment(conn: psycopg.Connection, payment_id: str) -> str | None:
    """The number of a payment's receipt."""
    row = conn.execute(_SQL["of_payment"], {"payment_id": payment_id}).fetchone()
    return None if row is None else str(row[0])
