"""Messages, or parts of them, that could not be used, with the reason. The same one again counts up."""

import builtins
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter

import psycopg
from psycopg.rows import class_row

from cityhub.errors import NotFound
from cityhub.observations import Rejected
from cityhub.store.queries import load

_SQL = load(__file__)


@dataclass(frozen=True, slots=True)
class Entry:
    """One rejected part of a message on its way in. `payload` may be cut; `payload_bytes` is its full size."""

    topic: str
    payload: bytes
    payload_bytes: int
    rejected: Rejected
    received_at: datetime


@dataclass(frozen=True, slots=True)
class QuarantineRow:
    """One row: received `n` times between the two times."""

    id: int
    topic: str
    payload: bytes
    payload_bytes: int
    reason: str
    detail: str
    sensor_id: str | None
    first_received_at: datetime
    last_received_at: datetime
    n: int


def add(conn: psycopg.Connection, entries: Iterable[Entry]) -> None:
    """Keep the entries within the caller's transaction. Sorted, so that several ingestors lock in one order."""
    rows = [
        {
            "digest": digest,
            "topic": entry.topic,
            "payload": entry.payload,
            "payload_bytes": entry.payload_bytes,
            "reason": entry.rejected.reason,
            "detail": entry.rejected.detail,
            "sensor_id": entry.rejected.sensor_id,
            "received_at": entry.received_at,
        }
        for digest, entry in sorted(((_digest(entry), entry) for entry in entries), key=itemgetter(0))
    ]
    if rows:
        with conn.cursor() as cursor:
            cursor.executemany(_SQL["add"], rows)


def _digest(entry: Entry) -> bytes:
    digest = hashlib.sha256()
    # A topic cannot hold NUL, and reason and detail hold no control characters: the parts cannot run together.
    digest.update(f"{entry.topic}\0{entry.rejected.reason}\0{entry.rejected.detail}\0".encode())
    digest.update(f"{entry.payload_bytes}\0".encode())
    digest.update(entry.payload)
    return digest.digest()


def list(
    conn: psycopg.Connection,
    *,
    reason: str | None = None,
    sensor_id: str | None = None,
    before_id: int | None = None,
    limit: int = 50,
) -> builtins.list[QuarantineRow]:
    """Newest first; `before_id` is the id of the last row already given."""
    parameters = {"reason": reason, "sensor_id": sensor_id, "before_id": before_id, "limit": limit}
    with conn.cursor(row_factory=class_row(QuarantineRow)) as cursor:
        return cursor.execute(_SQL["list"], parameters).fetchall()


def get(conn: psycopg.Connection, id: int) -> QuarantineRow:
    """One row; raises NotFound."""
    with conn.cursor(row_factory=class_row(QuarantineRow)) as cursor:
        row = cursor.execute(_SQL["get"], {"id": id}).fetchone()
    if row is None:
        raise NotFound("quarantined message", str(id))
    return row
