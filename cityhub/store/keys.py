"""Keys of programs, made and revoked while the hub runs. All within the caller's transaction; times are aware."""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

import psycopg
from psycopg.rows import class_row

from cityhub.api_keys import RESERVED, SCOPES
from cityhub.errors import Conflict, InvalidInput, NotFound
from cityhub.store.queries import load

_SQL = load(__file__)

_NOTED_AGAIN = timedelta(minutes=1)


class KeyNameTaken(Conflict):
    """There is a key of this name that is good."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key without itself: only its digest is kept."""

    name: str
    scopes: Sequence[str]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


def digest_of(key: str) -> bytes:
    """What is kept of a key: it is random, so that it needs no salt."""
    return sha256(key.encode("latin-1", "replace")).digest()


def create(
    conn: psycopg.Connection, name: str, scopes: Collection[str], now: datetime, expires_at: datetime | None
) -> str:
    """A new key, told this once. Raises InvalidInput, KeyNameTaken."""
    wrong = sorted(set(scopes) - set(SCOPES))
    if wrong or not scopes:
        raise InvalidInput("scope", f"must be of {', '.join(SCOPES)}")
    if name == RESERVED:
        raise InvalidInput("name", f"{RESERVED} is the hub's own")
    key = secrets.token_urlsafe(32)
    row = {
        "digest": digest_of(key),
        "name": name,
        "scopes": sorted(scopes),
        "now": now,
        "expires_at": expires_at,
    }
    try:
        with conn.transaction():
            conn.execute(_SQL["add"], row)
    except psycopg.errors.UniqueViolation as exc:
        raise KeyNameTaken(
            f"there is a key {name} that is good; revoke it first", "api_key_name_once"
        ) from exc
    except psycopg.errors.CheckViolation as exc:
        raise InvalidInput("name", "must have 1 to 40 letters, digits, '.', '_', '-'") from exc
    return key


def find(conn: psycopg.Connection, key: str, now: datetime) -> Key | None:
    """What a key is good for; None for one that is unknown, revoked or over. That it was used is noted."""
    digest = digest_of(key)
    with conn.cursor(row_factory=class_row(Key)) as cursor:
        found = cursor.execute(_SQL["find"], {"digest": digest, "now": now}).fetchone()
    if found is not None and (found.last_used_at is None or now - found.last_used_at >= _NOTED_AGAIN):
        conn.execute(_SQL["used"], {"digest": digest, "now": now})
    return found


def all(conn: psycopg.Connection) -> list[Key]:
    """Every key, those that are good first."""
    with conn.cursor(row_factory=class_row(Key)) as cursor:
        return cursor.execute(_SQL["all"]).fetchall()


def revoke(conn: psycopg.Connection, name: str, now: datetime) -> None:
    """It is good for nothing from now on. Raises NotFound."""
    if not conn.execute(_SQL["revoke"], {"name": name, "now": now}).rowcount:
        raise NotFound("key", name)
