"""Messages as they came, of sensors to which somebody listens. Within the caller's transaction; times are aware."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import psycopg
from psycopg.rows import class_row

from cityhub.errors import InvalidInput, NotFound, RuleBroken
from cityhub.store import audit
from cityhub.store.queries import load

_SQL = load(__file__)

LASTS = timedelta(minutes=10)
KEPT = timedelta(days=1)
# Of each sensor; and of a message so many bytes.
MOST, MOST_BYTES = 20, 4096
# Sensors at once.
MOST_SENSORS = 20
LONGEST_WHY = 500


@dataclass(frozen=True, slots=True)
class Listening:
    """Who listens to a sensor, why, and until when."""

    by: str
    why: str
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class RawMessage:
    """A message as it came: the beginning of its payload, which is `payload_bytes` long."""

    sensor_id: str
    topic: str
    payload: bytes
    payload_bytes: int
    retained: bool
    received_at: datetime

    @property
    def first_received_at(self) -> datetime:
        """As messages have it that were kept for another reason (cityhub/observing/kept.py)."""
        return self.received_at

    @property
    def is_cut(self) -> bool:
        """Is there more of it than is kept?"""
        return self.payload_bytes > len(self.payload)


def begin(conn: psycopg.Connection, sensor_id: str, by: str, why: str, now: datetime) -> datetime:
    """Somebody listens from now on, until what is returned. Raises InvalidInput, RuleBroken (`listening`)."""
    why = why.strip()[:LONGEST_WHY]
    if not why:
        raise InvalidInput("why", "must say what is looked for")
    conn.execute(_SQL["hold"])
    if sensor_id not in (others := listened(conn, now)) and len(others) >= MOST_SENSORS:
        raise RuleBroken(
            "listening", f"{MOST_SENSORS} sensors are listened to already: end one of those first"
        )
    before = standing(conn, sensor_id, now)
    ends_at = now + LASTS
    conn.execute(_SQL["end"], {"sensor_id": sensor_id, "now": now})
    conn.execute(
        _SQL["begin"], {"sensor_id": sensor_id, "by": by, "why": why, "now": now, "ends_at": ends_at}
    )
    audit.add(
        conn,
        by,
        "listening begun",
        f"sensor:{sensor_id}",
        before=_told(before),
        after={"ends_at": ends_at.isoformat()},
        why=why,
    )
    return ends_at


def end(conn: psycopg.Connection, sensor_id: str, by: str, now: datetime) -> None:
    """Nobody listens any more; what was kept stays for its day. Raises NotFound."""
    before = standing(conn, sensor_id, now)
    if before is None:
        raise NotFound("listening", sensor_id)
    conn.execute(_SQL["end"], {"sensor_id": sensor_id, "now": now})
    audit.add(conn, by, "listening ended", f"sensor:{sensor_id}", before=_told(before))


def _told(found: Listening | None) -> dict[str, str] | None:
    return None if found is None else {"ends_at": found.ends_at.isoformat(), "why": found.why}


def standing(conn: psycopg.Connection, sensor_id: str, now: datetime) -> Listening | None:
    """Who listens to a sensor."""
    with conn.cursor(row_factory=class_row(Listening)) as cursor:
        return cursor.execute(_SQL["standing"], {"sensor_id": sensor_id, "now": now}).fetchone()


def listened(conn: psycopg.Connection, now: datetime) -> frozenset[str]:
    """The sensors whose messages are to be kept."""
    return frozenset(id for (id,) in conn.execute(_SQL["listened"], {"now": now}))


def keep(conn: psycopg.Connection, messages: Sequence[RawMessage]) -> None:
    """Keep these, in the order in which they came, and of each sensor no more than the newest."""
    with conn.cursor() as cursor:
        cursor.executemany(
            _SQL["keep"],
            [
                {
                    "sensor_id": one.sensor_id,
                    "topic": one.topic,
                    "payload": one.payload[:MOST_BYTES],
                    "payload_bytes": one.payload_bytes,
                    "retained": one.retained,
                    "received_at": one.received_at,
                }
                for one in messages
            ],
        )
    _trim(conn, {one.sensor_id for one in messages})


def _trim(conn: psycopg.Connection, sensor_ids: Collection[str]) -> None:
    for sensor_id in sorted(sensor_ids):
        conn.execute(_SQL["trim"], {"sensor_id": sensor_id, "most": MOST})


def newest(conn: psycopg.Connection, sensor_id: str, now: datetime) -> list[RawMessage]:
    """What is kept of a sensor, the newest first; nothing that is over a day old."""
    with conn.cursor(row_factory=class_row(RawMessage)) as cursor:
        row = {"sensor_id": sensor_id, "since": now - KEPT, "most": MOST}
        return cursor.execute(_SQL["newest"], row).fetchall()


def forget(conn: psycopg.Connection, now: datetime) -> int:
    """Remove what is over a day old, or ahead of `now` by one; how many."""
    return conn.execute(_SQL["forget"], {"before": now - KEPT, "after": now + KEPT}).rowcount
