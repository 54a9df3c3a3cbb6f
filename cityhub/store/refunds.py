"""Money given back: to a wallet at once, to a provider as a demand that `./hub jobs` sends, to a bank account by hand.

A demand has a reference of its own from the beginning, so that it is never sent as two.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

import psycopg

from cityhub.errors import NotFound
from cityhub.payments import ledger as books
from cityhub.payments import references
from cityhub.payments.model import Provider
from cityhub.store import ledger, payments, sessions
from cityhub.store.queries import load

_SQL = load(__file__)


@dataclass(frozen=True, slots=True)
class Demand:
    """A refund that its provider is to be told of. `reference`: of the demand; `amount`, `paid`: VND."""

    id: str
    reference: str
    amount: int
    payment_id: str
    payment_reference: str
    provider: Provider
    transaction: str
    paid: int
    client_address: str
    created_at: datetime
    expires_at: datetime
    place_id: str


@dataclass(frozen=True, slots=True)
class ByHand:
    """A refund that somebody has to send (`by_hand`) or to ask its provider about (`sent`). `amount`: VND."""

    id: str
    amount: int
    state: str
    provider: Provider
    reference: str
    created_at: datetime


def by_hand(conn: psycopg.Connection, limit: int) -> list[ByHand]:
    """What a person has to do, the oldest first."""
    return [ByHand(*row) for row in conn.execute(_SQL["by_hand"], {"limit": limit})]


def done_by_hand(conn: psycopg.Connection, id: str, by: str, note: str, now: datetime) -> int:
    """A person sent it, or knows that its provider did; how much (VND). Raises NotFound for one that is not open."""
    row = conn.execute(_SQL["open"], {"id": id}).fetchone()
    if row is None:
        raise NotFound("open refund", id)
    demand = Demand(*row)
    done(conn, demand, now)
    payments.note(conn, demand.payment_id, "person", "refunded", f"{by}: {note}")
    return demand.amount


def to_send(conn: psycopg.Connection, providers: Sequence[Provider]) -> list[Demand]:
    """Demands that were not sent yet, the oldest first."""
    return [Demand(*row) for row in conn.execute(_SQL["to_send"], {"providers": list(providers)})]


def sent(conn: psycopg.Connection, demand: Demand) -> bool:
    """It is being sent: commit before that, so that it is never sent twice. False when it was sent meanwhile."""
    return conn.execute(_SQL["sent"], {"id": demand.id}).rowcount > 0


def done(conn: psycopg.Connection, demand: Demand, now: datetime) -> None:
    """The provider gave it back."""
    conn.execute(_SQL["ended"], {"id": demand.id, "state": "done", "code": "", "now": now})
    entries = books.given_back(demand.amount, demand.place_id, books.clearing(demand.provider))
    ledger.book(conn, f"refund:{demand.id}", "refund", now, entries)
    conn.execute(_SQL["given_back"], {"payment_id": demand.payment_id, "amount": demand.amount})


def refused(conn: psycopg.Connection, demand: Demand, code: str, now: datetime) -> None:
    """The provider does not give it back: somebody has to send the money."""
    conn.execute(_SQL["ended"], {"id": demand.id, "state": "by_hand", "code": code[:40], "now": now})


def request_for(
    conn: psycopg.Connection, session_id: str, amount: int, now: datetime, *, to_wallet: str | None = None
) -> int:
    """Give `amount` VND of a session back, from its newest payment on, within the caller's transaction; how much it is.

    Never more than was paid and not given back, to where it came from, or `to_wallet` of this id. `now` is aware.
    """
    left = amount
    if left <= 0:
        return 0
    rows = conn.execute(_SQL["refundable"], {"session_id": session_id}).fetchall()
    for payment_id, provider, wallet_id, remaining in rows:
        part = min(left, remaining)
        if part > 0:
            way = "wallet" if to_wallet is not None else provider
            _request(conn, session_id, payment_id, way, to_wallet or wallet_id, part, now)
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
    else:
        conn.execute(_SQL["being_given_back"], {"payment_id": payment_id})
