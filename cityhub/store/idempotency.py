"""The first answer to a request with a key is the answer to every repetition of it."""

from collections.abc import Callable
from datetime import datetime

import psycopg

from cityhub.errors import RuleBroken
from cityhub.store.queries import load

_SQL = load(__file__)


def once(
    conn: psycopg.Connection, scope: str, key: str, digest: bytes, act: Callable[[], tuple[int, bytes]]
) -> tuple[int, bytes]:
    """What `act` answers (status, body), or answered when the key came before; within the caller's transaction.

    What `act` did and its answer are there together, or neither. Raises RuleBroken (`idempotency_key`) when the key
    came with another request; `digest` is made of it.
    """
    claimed = conn.execute(_SQL["claim"], {"scope": scope, "key": key, "digest": digest}).rowcount
    if not claimed:
        [(known, status, body)] = conn.execute(_SQL["found"], {"scope": scope, "key": key}).fetchall()
        if bytes(known) != digest:
            raise RuleBroken("idempotency_key", "this Idempotency-Key came with another request before")
        return status, bytes(body)
    status, body = act()
    conn.execute(_SQL["answered"], {"scope": scope, "key": key, "status": status, "body": body})
    return status, body


def forget(conn: psycopg.Connection, before: datetime) -> int:
    """Remove answers from before `before` (aware); how many."""
    return conn.execute(_SQL["forget"], {"before": before}).rowcount
