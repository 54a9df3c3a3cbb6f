"""Browsers that somebody came in with before, known by a cookie of their own (OWASP: device cookies).

Guessers lock a name for strangers only: who was there before, in this browser, has tries of their own. The cookie opens
nothing; the password and the code are asked for all the same. All within the caller's transaction; times are aware.
"""

from datetime import datetime, timedelta

import psycopg

from cityhub.accounts import Attempts
from cityhub.store.queries import load
from cityhub.store.sign_ins import digest_of

_SQL = load(__file__)

# A browser that nobody came in with for so long is a stranger again.
KNOWN = timedelta(days=90)


def find(conn: psycopg.Connection, person_id: int, cookie: str, now: datetime) -> Attempts | None:
    """Wrong ones of this browser for this person; None for a browser that is not known to be theirs."""
    row = {"digest": digest_of(cookie), "person_id": person_id, "since": now - KNOWN}
    found = conn.execute(_SQL["find"], row).fetchone()
    return None if found is None else Attempts(*found)


def count_failure(conn: psycopg.Connection, person_id: int, cookie: str, counted: Attempts) -> None:
    """What is counted of this browser from now on."""
    row = {
        "digest": digest_of(cookie),
        "person_id": person_id,
        "failures": counted.failures,
        "locked_until": counted.locked_until,
    }
    conn.execute(_SQL["count_failure"], row)


def came_in(conn: psycopg.Connection, person_id: int, before: str | None, cookie: str, now: datetime) -> None:
    """A person came in; the browser is known by `cookie` from now on, and by the one of `before` no more."""
    digest = digest_of(cookie)
    if before is not None:
        conn.execute(_SQL["rename"], {"digest": digest, "before": digest_of(before)})
    conn.execute(_SQL["add"], {"digest": digest, "person_id": person_id, "now": now})


def forget_others(conn: psycopg.Connection, person_id: int, cookie: str | None) -> None:
    """Every browser of theirs but this one is a stranger again. None: every one."""
    row = {"person_id": person_id, "digest": None if cookie is None else digest_of(cookie)}
    conn.execute(_SQL["forget_others"], row)


def forget(conn: psycopg.Connection, before: datetime) -> int:
    """Remove those that nobody came in with since `before`; how many."""
    return conn.execute(_SQL["forget"], {"before": before}).rowcount
