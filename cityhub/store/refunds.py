"""Money given back: to a wallet at once, to a provider as a demand that `./hub jobs` sends, to a bank account by hand.

A demand has a reference of its own from the beginning, so that it is never sent as two.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import uuid4

import psycopg
from psycopg.rows import class_row

from cityhub.errors import NotFound
from cityhub.payments import ledger as books
from cityhub.payments import references
from cityhub.payments.model import Provider
from cityhub.store import ledger, payments
from cityhub.store.queries import load

_SQL = load(__file__)


@dataclass(frozen=True, slots=True)
class Demand:
    """A refund that its provider is to be told of. `reference`: of the demand; `amount`, `paid`: VND.

    Of a session at a place, or of a permit in a zone.
    """

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
    place_id: str | None
    zone: str | None


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
    """The provider gave it back. What was done before, as a person may have said meanwhile, stays as it is."""
    row = {"id": demand.id, "state": "done", "code": "", "now": now}
    if not conn.execute(_SQL["ended"], row).rowcount:
        return
    entries = books.given_back(
        demand.amount, _earned_by(demand.place_id, demand.zone), books.clearing(demand.provider)
    )
    ledger.book(conn, f"refund:{demand.id}", "refund", now, entries)
    conn.execute(_SQL["given_back"], {"payment_id": demand.payment_id, "amount": demand.amount})


def refused(conn: psycopg.Connection, demand: Demand, code: str, now: datetime) -> None:
    """The provider does not give it back: somebody has to send the money."""
    conn.execute(_SQL["ended"], {"id": demand.id, "state": "by_hand", "code": code[:40], "now": now})


def wallet_of(conn: psycopg.Connection, session_id: str) -> payments.Wallet | None:
    """The wallet into which a session's unused part went, though it was paid otherwise."""
    found = conn.execute(_SQL["wallet_of"], {"session_id": session_id}).fetchone()
    return None if found is None else payments.Wallet(*found)


def request_for(
    conn: psycopg.Connection, session_id: str, amount: int, now: datetime, *, to_wallet: str | None = None
) -> int:
    """Give `amount` VND of a session back, from its newest payment on, within the caller's transaction; how much it is.

    Never more than was paid and not given back, to where it came from, or `to_wallet` of this id. `now` is aware.
    """
    of = {"session_id": session_id, "right_id": None}
    return _request_all(conn, of, amount, "stopped early", now, to_wallet)


def request_for_permit(conn: psycopg.Connection, right_id: str, amount: int, now: datetime) -> int:
    """As `request_for`, of a permit that was withdrawn."""
    return _request_all(conn, {"session_id": None, "right_id": right_id}, amount, "permit withdrawn", now)


def _request_all(
    conn: psycopg.Connection,
    of: Mapping[str, str | None],
    amount: int,
    reason: str,
    now: datetime,
    to_wallet: str | None = None,
) -> int:
    left = amount
    if left <= 0:
        return 0
    with conn.cursor(row_factory=class_row(_Refundable)) as cursor:
        found = cursor.execute(_SQL["refundable"], of).fetchall()
    for payment in found:
        part = min(left, payment.remaining)
        if part > 0:
            into_wallet = replace(payment, provider="wallet", wallet_id=to_wallet)
            _request(conn, payment if to_wallet is None else into_wallet, part, reason, now)
            left -= part
    return amount - left


@dataclass(frozen=True, slots=True)
class _Refundable:
    """A payment of which `remaining` VND can be given back."""

    id: str
    provider: str
    wallet_id: str | None
    remaining: int
    place_id: str | None
    zone: str | None


def _earned_by(place_id: str | None, zone: str | None) -> str:
    return place_id if place_id is not None else books.permits(str(zone))


def _request(conn: psycopg.Connection, payment: _Refundable, amount: int, reason: str, now: datetime) -> None:
    id = str(uuid4())
    # A bank transfer cannot be called back: somebody has to send one.
    destination, state = {"wallet": ("wallet", "done"), "vietqr": ("bank", "by_hand")}.get(
        payment.provider, ("provider", "requested")
    )
    row = {
        "id": id,
        "payment_id": payment.id,
        "request_reference": references.new(secrets.randbelow),
        "destination": destination,
        "amount": amount,
        "reason": reason,
        "state": state,
        "settled_at": now if state == "done" else None,
    }
    conn.execute(_SQL["add"], row)
    if state == "done":
        earned_by = _earned_by(payment.place_id, payment.zone)
        entries = books.given_back(amount, earned_by, books.wallet(str(payment.wallet_id)))
        ledger.book(conn, f"refund:{id}", "refund", now, entries)
        conn.execute(_SQL["given_back"], {"payment_id": payment.id, "amount": amount})
    else:
        conn.execute(_SQL["being_given_back"], {"payment_id": payment.id})
