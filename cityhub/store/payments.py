"""Payments: begun, found, ended. What settles them is cityhub.store.settlement. All within the caller's transaction."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import psycopg
from psycopg.rows import class_row

from cityhub.errors import NotFound
from cityhub.payments.model import Parked, Payment, Provider, Purpose
from cityhub.store.queries import load

_SQL = load(__file__)
# What a reference can be at all; providers repeat whatever they were sent.
_REFERENCE = re.compile(r"[A-Z0-9]{8,20}")


@dataclass(frozen=True, slots=True)
class Wallet:
    """A driver's money with the hub, VND; who has the token has the money."""

    id: str
    token: str
    balance: int


def add(
    conn: psycopg.Connection,
    *,
    id: str,
    reference: str,
    provider: Provider,
    amount: int,
    now: datetime,
    expires_at: datetime,
    client_address: str,
    session: tuple[str, int] | None = None,
    right_id: str | None = None,
    wallet_id: str | None = None,
) -> Payment:
    """A payment that waits for its provider: for a session's segment, for a permit, else a top-up of the wallet."""
    session_id, segment_n = session or (None, None)
    purpose: Purpose = "session" if session is not None else "permit" if right_id is not None else "top_up"
    row = {
        "id": id,
        "reference": reference,
        "provider": provider,
        "purpose": purpose,
        "session_id": session_id,
        "segment_n": segment_n,
        "right_id": right_id,
        "wallet_id": wallet_id,
        "amount": amount,
        "client_address": client_address,
        "now": now,
        "expires_at": expires_at,
    }
    conn.execute(_SQL["add"], row)
    return Payment(
        id=id,
        reference=reference,
        provider=provider,
        purpose=purpose,
        session_id=session_id,
        segment_n=segment_n,
        right_id=right_id,
        wallet_id=wallet_id,
        amount=amount,
        refunded=0,
        state="pending",
        provider_reference=None,
        provider_code=None,
        client_address=client_address,
        pay_url=None,
        created_at=now,
        expires_at=expires_at,
        settled_at=None,
    )


def by_id(conn: psycopg.Connection, id: str) -> Payment:
    """Raises NotFound, also for what is no id of a payment."""
    try:
        UUID(id)
    except ValueError:
        raise NotFound("payment", "of this form") from None
    found = _all(conn, _SQL["by_id"], {"id": id})
    if not found:
        raise NotFound("payment", id)
    return found[0]


def by_reference(conn: psycopg.Connection, reference: str) -> Payment | None:
    """The payment that a provider speaks of, held with its session or permit until the transaction ends, or None."""
    if not _REFERENCE.fullmatch(reference):
        return None
    found = _all(conn, _SQL["by_reference"], {"reference": reference})
    return found[0] if found else None


def pending(
    conn: psycopg.Connection,
    provider: Provider,
    now: datetime,
    *,
    session: tuple[str, int] | None = None,
    right_id: str | None = None,
) -> Payment | None:
    """The payment of this segment, or of this permit, by this provider that is under way."""
    session_id, segment_n = session or (None, None)
    row = {
        "session_id": session_id,
        "segment_n": segment_n,
        "right_id": right_id,
        "provider": provider,
        "now": now,
    }
    found = _all(conn, _SQL["under_way"], row)
    return found[0] if found else None


def of_session(conn: psycopg.Connection, session_id: str) -> list[Payment]:
    """All payments of a session, the oldest first."""
    return _all(conn, _SQL["of_session"], {"session_id": session_id})


def of_right(conn: psycopg.Connection, right_id: str) -> list[Payment]:
    """All payments of a permit, the oldest first."""
    return _all(conn, _SQL["of_right"], {"right_id": right_id})


def return_to(conn: psycopg.Connection, payment_id: str, url: str) -> None:
    """Its payer is to be sent on to `url` when the provider sends them back."""
    conn.execute(_SQL["return_to"], {"id": payment_id, "url": url})


def return_url(conn: psycopg.Connection, payment_id: str) -> str | None:
    """Where its payer is to be sent on to; None: to the hub's own page."""
    row = conn.execute(_SQL["return_url"], {"id": payment_id}).fetchone()
    return None if row is None else row[0]


def lead_to(conn: psycopg.Connection, payment_id: str, pay_url: str) -> None:
    """Its provider said where its payer is to be sent."""
    conn.execute(_SQL["lead_to"], {"id": payment_id, "pay_url": pay_url})


def settled(conn: psycopg.Connection, payment: Payment, transaction: str, at: datetime, source: str) -> None:
    """It is paid, by this transaction of its provider, as `source` says."""
    row = {"id": payment.id, "transaction": transaction, "at": at, "source": source}
    conn.execute(_SQL["settle"], row)


def ended(conn: psycopg.Connection, payment: Payment, state: str, code: str) -> None:
    """It failed or expired, and why in its provider's words."""
    conn.execute(_SQL["end"], {"id": payment.id, "state": state, "code": code})


def expire(conn: psycopg.Connection, now: datetime, margin: timedelta) -> int:
    """Payments that nobody heard of until `margin` after their time expire; how many."""
    found = conn.execute(_SQL["expire"], {"now": now, "margin": margin}).fetchall()
    for (id,) in found:
        note(conn, id, "expiry", "expired")
    return len(found)


def to_ask(conn: psycopg.Connection, providers: Sequence[Provider], now: datetime) -> list[Payment]:
    """Payments that their provider is to be asked about at `now` (aware), the oldest first."""
    return _all(conn, _SQL["to_ask"], {"providers": list(providers), "now": now})


def asked(conn: psycopg.Connection, payment: Payment, now: datetime) -> None:
    """Its provider was asked at `now`."""
    conn.execute(_SQL["asked"], {"id": payment.id, "now": now})


def note(conn: psycopg.Connection, payment_id: str, kind: str, outcome: str, detail: str = "") -> None:
    """What was said of a payment; never card or account data, plates or phones."""
    conn.execute(
        _SQL["event"], {"payment_id": payment_id, "kind": kind, "outcome": outcome, "detail": detail[:200]}
    )


def park(
    conn: psycopg.Connection,
    provider: Provider,
    transaction: str,
    amount: int,
    reason: Parked,
    *,
    payment_id: str | None = None,
    credit_id: int | None = None,
) -> bool:
    """Money that came and that no rule can place waits for a person; False when it waits already."""
    row = {
        "provider": provider,
        "transaction": transaction,
        "amount": amount,
        "reason": reason,
        "payment_id": payment_id,
        "credit_id": credit_id,
    }
    return conn.execute(_SQL["park"], row).rowcount > 0


def is_parked(
    conn: psycopg.Connection, provider: Provider, transaction: str
) -> Literal["waits", "resolved"] | None:
    """Does this transaction's money wait for a person (then it is held), or did it? None: neither."""
    row = {"provider": provider, "transaction": transaction}
    found = conn.execute(_SQL["is_parked"], row).fetchone()
    if found is None:
        return None
    return "waits" if found[0] else "resolved"


def take_back(
    conn: psycopg.Connection, provider: Provider, transaction: str, reference: str, now: datetime
) -> int:
    """Nobody has to place this transaction's money any more: it is that of `reference`. Returns VND as parked."""
    row = {
        "provider": provider,
        "transaction": transaction,
        "resolution": f"corrected: its provider told it anew, for {reference}",
        "now": now,
    }
    [(amount,)] = conn.execute(_SQL["take_back"], row).fetchall()
    return int(amount)


def why_parked(conn: psycopg.Connection, provider: Provider, transaction: str) -> Parked:
    """Why this transaction's money waits for a person."""
    row = {"provider": provider, "transaction": transaction}
    reason: Parked
    [(reason,)] = conn.execute(_SQL["why_parked"], row).fetchall()
    return reason


def add_wallet(conn: psycopg.Connection, id: str, token: str) -> Wallet:
    """An empty wallet."""
    conn.execute(_SQL["add_wallet"], {"id": id, "token": token})
    return wallet(conn, token)


def wallet(conn: psycopg.Connection, token: str) -> Wallet:
    """The wallet of a token; raises NotFound, which does not repeat it."""
    with conn.cursor(row_factory=class_row(Wallet)) as cursor:
        found = cursor.execute(_SQL["wallet"], {"token": token}).fetchone()
    if found is None:
        raise NotFound("wallet", "of this token")
    return found


def _all(conn: psycopg.Connection, query: Any, parameters: dict[str, Any]) -> list[Payment]:
    with conn.cursor(row_factory=class_row(Payment)) as cursor:
        return cursor.execute(query, parameters).fetchall()
