"""Messages, or parts of them, that could not be used, with the reason. The same one again counts up."""

import builtins
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from operator import itemgetter

import psycopg
from psycopg.rows import class_row

from cityhub.errors import NotFound
from cityhub.observing.decoded import Rejected
from cityhub.store.queries import load

_SQL = load(__file__)


@dataclass(frozen=True, slots=True)
class Entry:
    """One rejected part of a message on its way in. `payload` may be cut; `payload_bytes` is its full size.

    `retained`: the broker had kept it, so that its receive time says nothing of when it was measured.
    """

    topic: str
    payload: bytes
    payload_bytes: int
    rejected: Rejected
    received_at: datetime
    retained: bool = False


@dataclass(frozen=True, slots=True)
class ListedRow:
    """One row of a list, without its payload: received `n` times between the two times."""

    id: int
    topic: str
    payload_bytes: int
    reason: str
    detail: str
    sensor_id: str | None
    first_received_at: datetime
    last_received_at: datetime
    n: int
    retained: bool


@dataclass(frozen=True, slots=True)
class QuarantineRow(ListedRow):
    """One row with what was sent, as far as it was kept."""

    payload: bytes


@dataclass(frozen=True, slots=True)
class Size:
    """How much is in quarantine; `bytes` counts every text of a row: payload, topic and detail."""

    rows: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of entries: what they added, and those that had no room."""

    added: Size
    dropped: Sequence[Entry]


def add(conn: psycopg.Connection, entries: Iterable[Entry], room: Size | None = None) -> Kept:
    """Keep the entries within the caller's transaction; those that are there already count up.

    Of new ones only as many as there is `room` for (None: all of them). Sorted, so that several ingestors lock in
    one order.
    """
    groups: dict[bytes, builtins.list[Entry]] = {}
    for entry in entries:
        groups.setdefault(_entry_digest(entry), []).append(entry)
    if not groups:
        return Kept(Size(0, 0), ())
    known = {digest for (digest,) in conn.execute(_SQL["known"], {"digests": builtins.list(groups)})}
    rows, dropped, n_new, bytes_new = [], [], 0, 0
    for digest, group in groups.items():
        first = group[0]
        if digest not in known:
            held = _text_bytes(first)
            if room is not None and (n_new >= room.rows or bytes_new + held > room.bytes):
                dropped += group
                continue
            n_new += 1
            bytes_new += held
        rows.append(
            {
                "digest": digest,
                "topic": first.topic,
                "payload": first.payload,
                "payload_bytes": first.payload_bytes,
                "reason": first.rejected.reason,
                "detail": first.rejected.detail,
                "sensor_id": first.rejected.sensor_id,
                "first_received_at": min(entry.received_at for entry in group),
                "last_received_at": max(entry.received_at for entry in group),
                "n": len(group),
                "retained": first.retained,
            }
        )
    if rows:
        with conn.cursor() as cursor:
            cursor.executemany(_SQL["add"], sorted(rows, key=itemgetter("digest")))
    return Kept(Size(n_new, bytes_new), dropped)


def _text_bytes(entry: Entry) -> int:
    """As the query `size` counts them."""
    return len(entry.payload) + len(entry.topic.encode()) + len(entry.rejected.detail.encode())


def _entry_digest(entry: Entry) -> bytes:
    return _digest(entry, entry.rejected)


def _digest(message: Entry | QuarantineRow, rejected: Rejected) -> bytes:
    digest = hashlib.sha256()
    # A topic cannot hold NUL, and reason and detail hold no control characters: the parts cannot run together.
    digest.update(f"{message.topic}\0{rejected.reason}\0{rejected.detail}\0".encode())
    digest.update(f"{message.payload_bytes}\0".encode())
    digest.update(message.payload)
    if message.retained:
        # What was sent to the hub itself has a receive time that counts, so the two are not one.
        digest.update(b"\0retained")
    return digest.digest()


def size(conn: psycopg.Connection) -> Size:
    """How much there is now; reads every row, so not for every batch."""
    [(rows, text_bytes)] = conn.execute(_SQL["size"]).fetchall()
    return Size(rows, int(text_bytes))


def list(
    conn: psycopg.Connection,
    *,
    reason: str | None = None,
    sensor_id: str | None = None,
    before_id: int | None = None,
    limit: int = 50,
) -> builtins.list[ListedRow]:
    """Newest first; `before_id` is the id of the last row already given."""
    parameters = {"reason": reason, "sensor_id": sensor_id, "before_id": before_id, "limit": limit}
    with conn.cursor(row_factory=class_row(ListedRow)) as cursor:
        return cursor.execute(_SQL["list"], parameters).fetchall()


def get(conn: psycopg.Connection, id: int) -> QuarantineRow:
    """One row; raises NotFound."""
    with conn.cursor(row_factory=class_row(QuarantineRow)) as cursor:
        row = cursor.execute(_SQL["get"], {"id": id}).fetchone()
    if row is None:
        raise NotFound("quarantined message", str(id))
    return row


def newest_id(conn: psycopg.Connection) -> int:
    """The highest id there is, 0 when there is none."""
    [(id,)] = conn.execute(_SQL["newest_id"]).fetchall()
    return int(id)


def portion(
    conn: psycopg.Connection,
    *,
    after_id: int,
    last_id: int,
    reason: str | None = None,
    sensor_id: str | None = None,
    limit: int = 1000,
    max_bytes: int = 4 * 1024 * 1024,
) -> builtins.list[QuarantineRow]:
    """Oldest first, ids above `after_id` up to `last_id`: at most `limit` rows and about `max_bytes`
    of payloads, topics and details."""
    parameters = {
        "after_id": after_id,
        "last_id": last_id,
        "reason": reason,
        "sensor_id": sensor_id,
        "limit": limit,
        "max_bytes": max_bytes,
    }
    with conn.cursor(row_factory=class_row(QuarantineRow)) as cursor:
        return cursor.execute(_SQL["portion"], parameters).fetchall()


def lock(conn: psycopg.Connection, ids: Iterable[int]) -> None:
    """Lock the rows for the caller's transaction, in the order in which `add` does."""
    conn.execute(_SQL["lock"], {"ids": builtins.list(ids)})


def remove(conn: psycopg.Connection, row: QuarantineRow) -> None:
    """Remove the row, unless it counted up since it was read: what came then was not judged yet."""
    conn.execute(_SQL["remove"], {"id": row.id, "n": row.n})


def rejudge(conn: psycopg.Connection, row: QuarantineRow, rejected: Sequence[Rejected]) -> None:
    """Give the row what is wrong with its message now: its own reason where that still holds, else the first.

    Every other reason has a row of its own, as when it was received. Writes nothing when nothing changed.
    """
    own = next((one for one in rejected if one.reason == row.reason), rejected[0])
    if (own.reason, own.detail, own.sensor_id) != (row.reason, row.detail, row.sensor_id):
        parameters = _parameters(row, own)
        if conn.execute(_SQL["merge"], parameters).rowcount:
            remove(conn, row)
        else:
            conn.execute(_SQL["change"], parameters)
    for other in rejected:
        if other is not own:
            conn.execute(_SQL["add_reason"], _parameters(row, other))


def _parameters(row: QuarantineRow, rejected: Rejected) -> dict[str, object]:
    return {
        **asdict(row),
        "digest": _digest(row, rejected),
        "reason": rejected.reason,
        "detail": rejected.detail,
        "sensor_id": rejected.sensor_id,
    }


def purge(conn: psycopg.Connection, before: datetime, reason: str | None = None) -> int:
    """Remove what was last received before `before` (aware), of one reason or of all; how many rows that were."""
    return conn.execute(_SQL["purge"], {"before": before, "reason": reason}).rowcount


def replay(conn: psycopg.Connection, reason: str | None, sensor_id: str | None) -> int | None:
    """Have background work read them again; the job's id, None where the same waits already."""
    [(id,)] = conn.execute(_SQL["replay"], {"reason": reason, "sensor_id": sensor_id}).fetchall()
    return None if id is None else int(id)
