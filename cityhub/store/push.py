"""Browsers that are told before the end of a stay. All within the caller's transaction."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import psycopg

from cityhub.errors import RuleBroken
from cityhub.parking.messages import REMIND_BEFORE_MINUTES, SHORTEST_REMINDED_MINUTES
from cityhub.parking.sessions import GRACE
from cityhub.parking.web_push import Subscription
from cityhub.store import sessions
from cityhub.store.queries import load

_SQL = load(__file__)
# A family's phones; more are nobody's.
_MOST = 5


@dataclass(frozen=True, slots=True)
class Due:
    """A browser that is to be told now: the link of its session is `token`, whose paid time ends at `paid_until`."""

    id: int
    subscription: Subscription
    language: Literal["vi", "en"]
    token: str
    paid_until: datetime

    def __repr__(self) -> str:
        return f"Due({self.id})"


def add(
    conn: psycopg.Connection,
    token: str,
    subscription: Subscription,
    language: Literal["vi", "en"],
    wording: str,
    now: datetime,
) -> None:
    """The browser is told before the session's end; its driver agreed at `now` (aware), having read `wording`.

    Raises NotFound, RuleBroken for a session that does not run, or that has too many.
    """
    session = sessions.by_token(conn, token, lock=True)
    if session.status(now) != "active":
        raise RuleBroken("not_active", "only a session that runs has an end to be told of")
    row = {
        "session_id": session.id,
        "endpoint": subscription.endpoint,
        "p256dh": subscription.p256dh,
        "auth": subscription.auth,
        "language": language,
        "wording": wording,
        "now": now,
    }
    if conn.execute(_SQL["renew"], row).rowcount:
        return
    [(count,)] = conn.execute(_SQL["count"], row).fetchall()
    if count >= _MOST:
        raise RuleBroken("too_many_browsers", f"{_MOST} browsers are told already")
    conn.execute(_SQL["add"], row)


def next_due(conn: psycopg.Connection, now: datetime, after: int = 0) -> Due | None:
    """The next one to be told at `now` (aware), held until the transaction ends; None when there is none."""
    row = {
        "now": now,
        "until": now + timedelta(minutes=REMIND_BEFORE_MINUTES),
        "shortest": timedelta(minutes=SHORTEST_REMINDED_MINUTES),
        "after": after,
    }
    found = conn.execute(_SQL["next"], row).fetchone()
    if found is None:
        return None
    id, endpoint, p256dh, auth, language, token, until = found
    return Due(id, Subscription(endpoint, bytes(p256dh), bytes(auth)), language, token, until)


def told(conn: psycopg.Connection, due: Due) -> None:
    """It was told of this end."""
    conn.execute(_SQL["told"], {"id": due.id, "until": due.paid_until})


def gone(conn: psycopg.Connection, due: Due) -> None:
    """Its browser does not want to be told any more."""
    conn.execute(_SQL["gone"], {"id": due.id})


def forget(conn: psycopg.Connection, now: datetime) -> int:
    """Remove those of sessions that are over at `now` (aware); how many."""
    return conn.execute(_SQL["forget"], {"over": now - GRACE}).rowcount
