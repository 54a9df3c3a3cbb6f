"""Browsers that somebody signed in with. All within the caller's transaction; times are aware."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID, uuid4

import psycopg
from psycopg.rows import class_row

from cityhub.accounts.roles import RoleName
from cityhub.store.queries import load

_SQL = load(__file__)

# A browser that is left alone, and the longest that one sign-in lasts.
IDLE, LONGEST = timedelta(hours=2), timedelta(hours=24)
# Who is there is noted so often.
_NOTED_AGAIN = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Whose browser it is.

    `has_second_factor`: ours, or one that the provider proved; `is_whole`: it was given, or there is none.
    """

    id: int
    name: str
    role: RoleName
    must_change: bool
    has_second_factor: bool
    is_whole: bool
    last_seen_at: datetime


@dataclass(frozen=True, slots=True)
class Browser:
    """A browser as its person sees it; `is_this`: the one that asks."""

    id: str
    browser: str
    address: str
    began_at: datetime
    last_seen_at: datetime
    is_this: bool


def new_cookie() -> str:
    """By which a browser is known: 256 bits."""
    return secrets.token_urlsafe(32)


def digest_of(cookie: str) -> bytes:
    """What is kept of a cookie."""
    return sha256(cookie.encode("utf-8", "replace")).digest()


def add(
    conn: psycopg.Connection,
    person_id: int,
    cookie: str,
    now: datetime,
    *,
    is_whole: bool,
    browser: str,
    address: str,
    factor_by_provider: bool = False,
) -> None:
    """A browser of a person who gave the right password, or whom their provider knows."""
    row = {
        "digest": digest_of(cookie),
        "id": str(uuid4()),
        "person_id": person_id,
        "is_whole": is_whole,
        "factor_by_provider": factor_by_provider,
        "browser": browser[:200],
        "address": address[:60],
        "now": now,
    }
    conn.execute(_SQL["add"], row)


def who(conn: psycopg.Connection, cookie: str, now: datetime, *, in_use: bool = True) -> SignedIn | None:
    """Whose cookie it is; None for one that is nobody's, too old, ended, or of somebody who is shut out.

    Not `in_use`, as when a page renews itself: it is not noted as seen.
    """
    digest = digest_of(cookie)
    row = {"digest": digest, "idle_since": now - IDLE, "began_since": now - LONGEST}
    with conn.cursor(row_factory=class_row(SignedIn)) as cursor:
        found = cursor.execute(_SQL["who"], row).fetchone()
    if in_use and found is not None and found.is_whole and now - found.last_seen_at >= _NOTED_AGAIN:
        conn.execute(_SQL["seen"], {"digest": digest, "person_id": found.id, "now": now})
    return found


def of_person(conn: psycopg.Connection, person_id: int, cookie: str, now: datetime) -> list[Browser]:
    """Where somebody is signed in, the one that was used last first."""
    row = {
        "digest": digest_of(cookie),
        "person_id": person_id,
        "idle_since": now - IDLE,
        "began_since": now - LONGEST,
    }
    with conn.cursor(row_factory=class_row(Browser)) as cursor:
        return cursor.execute(_SQL["of_person"], row).fetchall()


def renew(conn: psycopg.Connection, before: str, cookie: str) -> None:
    """This browser is known by another cookie from now on: who got hold of the one of `before` has nothing of it."""
    conn.execute(_SQL["renew"], {"digest": digest_of(cookie), "before": digest_of(before)})


def end(conn: psycopg.Connection, cookie: str, now: datetime) -> None:
    """This browser is signed out."""
    conn.execute(_SQL["end"], {"digest": digest_of(cookie), "now": now})


def end_one(conn: psycopg.Connection, person_id: int, id: str, now: datetime) -> bool:
    """Another browser of theirs is signed out; False when it is none."""
    try:
        UUID(id)
    except ValueError:
        return False
    return conn.execute(_SQL["end_one"], {"id": id, "person_id": person_id, "now": now}).rowcount > 0


def end_others(conn: psycopg.Connection, person_id: int, cookie: str | None, now: datetime) -> int:
    """Every browser of theirs but this one is signed out; how many. None: every one."""
    row = {
        "digest": None if cookie is None else digest_of(cookie),
        "person_id": person_id,
        "now": now,
    }
    return conn.execute(_SQL["end_others"], row).rowcount


def forget(conn: psycopg.Connection, before: datetime) -> int:
    """Remove what began before `before`; how many."""
    return conn.execute(_SQL["forget"], {"before": before}).rowcount
