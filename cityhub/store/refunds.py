"""Money given back: to a wallet at once, to a provider as a demand that `./hub jobs` sends, to a bank account by hand.

A demand has a reference of its own from the beginning, so that it is never sent as two.
"""

import secrets
from datetime import datetime
from uuid import uuid4

import psycopg

from cityhub.payments import ledger as books
from cityhub.payments import references
from cityhub.store import ledger, sessions
from cityhub.store.queries import load

_SQL = load(__file__)


def request_for(conn: psycopg.Connection, session_id: str, amount: int, now: datetime) -> int:
    """Give `amount` VND of a session back, from its newest payment on, within the caller's transaction; how much it is.

    Never more than was paid and not given back. `now` is aware.
    """
    left = amount
    if left <= 0:
        return 0
    rows = conn.execute(_SQL["refundable"], {"session_id": session_id}).fetchall()
    for payment_id, provider, wallet_id, remaining in rows:
        part = min(left, remaining)
        if part > 0:
            _request(conn, session_id, payment_id, provider, wallet_id, part, now)
            left -= part
    return amount - left


def _request(
    conn: psycopg.Connection,
    session_id: str,
    payment_id: str,
    provider: str,
    wallet_id: str | None,
    amount: int,
    now: datetime,
) -> None:
    id = str(uuid4())
    # A bank transfer cannot be called back: somebody has to send one.
    destination, state = {"wallet": ("wallet", "done"), "vietqr": ("bank", "by_hand")}.get(
        provider, ("provider", "requested")
    )
    row = {
        "id": id,
        "payment_id": payment_id,
        "request_reference": references.new(secrets.randbelow),
        "destination": destination,
        "amount": amount,
        "reason": "stopped early",
        "state": state,
        "settled_at": now if state == "done" else None,
    }
    conn.execute(_SQL["add"], row)
    if state == "done":
        place_id = sessions.by_id(conn, session_id).place_id
        ledger.book(
            conn,
            f"refund:{id}",
            "refund",
            now,
            books.given_back(amount, place_id, books.wallet(str(wallet_id))),
        )
        conn.execute(_SQL["given_back"], {"payment_id": payment_id, "amount": amount})
