"""Invoices: queued with their payment or refund, sent one at a time. All within the caller's transaction."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import psycopg

from cityhub.errors import Conflict, NotFound
from cityhub.payments import invoices as rules
from cityhub.payments.invoices import KNOWN, Answer, Invoice, State
from cityhub.payments.model import Payment
from cityhub.store.queries import load

_SQL = load(__file__)

# A place in the queue: when it was queued, and its id.
Place = tuple[datetime, str]
START: Place = (datetime(1, 1, 2, tzinfo=UTC), str(UUID(int=0)))


def queue(conn: psycopg.Connection, payment: Payment) -> None:
    """The provider is to be asked for an invoice of this payment."""
    conn.execute(_SQL["queue"], {"id": str(uuid4()), "payment_id": payment.id, "amount": payment.amount})


def next_queued(conn: psycopg.Connection, after: Place = START) -> Invoice | None:
    """The next one to be sent, held until the transaction ends; None when none waits that nobody else holds."""
    created_at, id = after
    row = {"created_at": created_at, "id": id, "known": list(KNOWN)}
    found = conn.execute(_SQL["next"], row).fetchone()
    return None if found is None else Invoice(*found)


def answered(conn: psycopg.Connection, invoice: Invoice, answer: Answer, now: datetime) -> State:
    """What the provider made of an invoice that was queued: its state after that. `now` is aware.

    The original of an adjustment that has its code is adjusted. Raises RuleBroken, Conflict.
    """
    after = rules.answered("queued", answer)
    _change(conn, invoice.id, "queued", after, answer, now)
    if after == "coded":
        _adjust(conn, invoice.id, now)
    return after


def told_later(
    conn: psycopg.Connection, id: str, after: State, now: datetime, answer: Answer | None = None
) -> None:
    """What a provider, or a person, says of an invoice later: it has its code, was rejected, is to be sent again.

    Raises NotFound, RuleBroken where that cannot follow.
    """
    found = conn.execute(_SQL["state"], {"id": id}).fetchone()
    if found is None:
        raise NotFound("invoice", id)
    rules.step(found[0], after)
    _change(conn, id, found[0], after, answer or Answer("sent"), now)
    if after == "coded":
        _adjust(conn, id, now)


def counts(conn: psycopg.Connection) -> dict[State, int]:
    """How many there are in each state that any is in."""
    return dict(conn.execute(_SQL["counts"]).fetchall())


def rejected(conn: psycopg.Connection, limit: int) -> list[tuple[str, int, datetime, str]]:
    """Those that need a person, the newest first: id, amount in VND, since when (aware), why."""
    return conn.execute(_SQL["rejected"], {"limit": limit}).fetchall()


def _adjust(conn: psycopg.Connection, id: str, now: datetime) -> None:
    """An original that has its code is adjusted once an adjustment of it has one, whichever came first."""
    before = [state for state, following in rules.FOLLOWING.items() if "adjusted" in following]
    conn.execute(_SQL["adjust"], {"id": id, "before": before, "now": now})


def _change(
    conn: psycopg.Connection, id: str, before: State, after: State, answer: Answer, now: datetime
) -> None:
    row = {
        "id": id,
        "before": before,
        "after": after,
        "symbol": answer.symbol,
        "number": answer.number,
        "tax_code": answer.tax_code,
        "detail": answer.detail[:500],
        "now": now,
    }
    if conn.execute(_SQL["change"], row).rowcount == 0:
        raise Conflict("this invoice was changed by somebody else meanwhile", "invoice_state")
