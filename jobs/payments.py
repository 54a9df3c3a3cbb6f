"""Stays and payments that nobody calls about: ended, asked about, given up, given back.

Every minute, and each step safe to do again.
"""

import secrets
from datetime import UTC, datetime, timedelta

import psycopg

from cityhub.config import Settings
from cityhub.errors import CityHubError
from cityhub.logs import get_logger
from cityhub.payments import references
from cityhub.payments.model import MARGIN, Payment, Provider
from cityhub.payments.order import Word
from cityhub.payments.ways import Ways
from cityhub.store import (
    connect,
    departures,
    idempotency,
    payments,
    refunds,
    rights,
    session,
    sessions,
    settlement,
)
from jobs.providers import NoAnswer, NotReached, Providers

_KEYS_KEPT = timedelta(hours=48)
# No stay that can be bought is longer.
_PHONES_KEPT = timedelta(days=8)

_log = get_logger()


def run(settings: Settings) -> None:
    """The task."""
    ways = Ways.of(settings)
    providers = Providers(ways)
    now = datetime.now(UTC)
    with connect(settings.require("database_url"), "cityhub-payments", session.JOBS, autocommit=True) as conn:
        # First what needs nobody else: a provider that hangs must not keep a phone or a bay.
        tidy(conn, now)
        ask(conn, providers, now)
        give_back(conn, providers, now)


def ask(conn: psycopg.Connection, providers: Providers, now: datetime) -> int:
    """Ask providers about what is under way; how many payments were settled or failed. `conn` in autocommit."""
    ended = 0
    silent: set[Provider] = set()
    for payment in payments.to_ask(conn, _askable(providers.ways), now):
        if payment.provider in silent:
            # It would be waited for once more; in a minute is the next round.
            continue
        payments.asked(conn, payment, now)
        try:
            word = providers.ask(payment, references.new(secrets.randbelow), now)
        except NoAnswer as exc:
            _log.warning("a provider was asked in vain", provider=payment.provider, why=str(exc))
            if isinstance(exc, NotReached):
                silent.add(payment.provider)
            continue
        if word is not None and word.outcome != "pending":
            ended += _end(conn, payment, word, now)
    return ended


def give_back(conn: psycopg.Connection, providers: Providers, now: datetime) -> int:
    """Send demands for refunds, each once; how many were done. `conn` in autocommit."""
    count = 0
    silent: set[Provider] = set()
    for demand in refunds.to_send(conn, _askable(providers.ways)):
        if demand.provider in silent:
            continue
        # Committed before it is sent: one that may have been done is never demanded again.
        if not refunds.sent(conn, demand):
            continue
        try:
            outcome, code = providers.give_back(demand, now)
        except NotReached as exc:
            outcome, code = "unknown", str(exc)
            silent.add(demand.provider)
        with conn.transaction():
            if outcome == "done":
                refunds.done(conn, demand, now)
                count += 1
            elif outcome == "refused":
                refunds.refused(conn, demand, code, now)
        if outcome != "done":
            _log.warning("a refund needs a person", refund=demand.id, outcome=outcome, code=code)
    return count


def tidy(conn: psycopg.Connection, now: datetime) -> None:
    """Give up what nobody paid, end what a car has left, forget phones and old keys. `conn` in autocommit."""
    with conn.transaction():
        payments.expire(conn, now, MARGIN)
    with conn.transaction():
        sessions.lapse(conn, now)
        rights.lapse(conn, now)
    departures.put_back(conn, now)
    departures.end_left(conn, now)
    sessions.forget_phones(conn, now, now - _PHONES_KEPT)
    idempotency.forget(conn, now - _KEYS_KEPT)


def _askable(ways: Ways) -> list[Provider]:
    found: list[Provider] = []
    if ways.vnpay is not None and ways.vnpay_api_url:
        found.append("vnpay")
    if ways.momo is not None:
        found.append("momo")
    return found


def _end(conn: psycopg.Connection, payment: Payment, word: Word, now: datetime) -> bool:
    try:
        with conn.transaction():
            held = payments.by_reference(conn, payment.reference)
            if held is None or held.is_settled:
                return False
            if word.outcome == "paid":
                settled = settlement.settle(
                    conn, held, amount=word.amount, transaction=word.transaction, at=now, source="query"
                )
                return settled == "booked"
            if held.state == "pending" and now >= held.expires_at:
                # Before that the payer may try once more with the same order.
                payments.ended(conn, held, "failed", word.code)
                payments.note(conn, held.id, "query", "failed", word.code)
                return True
    except CityHubError as exc:
        _log.error("what a provider said could not be taken", payment=payment.id, error=str(exc))
    return False
