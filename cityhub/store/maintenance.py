"""Sensors that are being worked on, and so no trouble. All within the caller's transaction; times are aware."""

from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg.rows import class_row

from cityhub.errors import InvalidInput, NotFound
from cityhub.store import acknowledgements, audit
from cityhub.store.queries import load

_SQL = load(__file__)
LONGEST_NOTE = 500


@dataclass(frozen=True, slots=True)
class Maintenance:
    """Who works on a sensor, why, and until when that silences it."""

    id: int
    by: str
    note: str
    begins_at: datetime
    ends_at: datetime


def standing(conn: psycopg.Connection, sensor_id: str, now: datetime) -> Maintenance | None:
    """The one that a sensor is in."""
    with conn.cursor(row_factory=class_row(Maintenance)) as cursor:
        return cursor.execute(_SQL["standing"], {"sensor_id": sensor_id, "now": now}).fetchone()


def of_all(conn: psycopg.Connection, now: datetime) -> dict[str, datetime]:
    """Until when which sensors are being worked on."""
    return dict(conn.execute(_SQL["of_all"], {"now": now}).fetchall())


def begin(
    conn: psycopg.Connection, sensor_id: str, by: str, note: str, now: datetime, ends_at: datetime
) -> None:
    """It is silenced until `ends_at`, in place of what was said before. Raises InvalidInput."""
    if not note.strip():
        raise InvalidInput("note", "must say what is being done")
    acknowledgements.hold(conn)
    before = standing(conn, sensor_id, now)
    conn.execute(_SQL["end"], {"sensor_id": sensor_id, "by": by, "now": now})
    row = {"sensor_id": sensor_id, "by": by, "note": note.strip()[:LONGEST_NOTE], "now": now}
    conn.execute(_SQL["begin"], row | {"ends_at": ends_at})
    audit.add(
        conn,
        by,
        "maintenance begun",
        f"sensor:{sensor_id}",
        before=_told(before),
        after={"ends_at": ends_at.isoformat()},
        why=note,
    )


def end(conn: psycopg.Connection, sensor_id: str, by: str, now: datetime) -> None:
    """It is over before its time. Raises NotFound."""
    before = standing(conn, sensor_id, now)
    if before is None:
        raise NotFound("maintenance", sensor_id)
    conn.execute(_SQL["end"], {"sensor_id": sensor_id, "by": by, "now": now})
    audit.add(conn, by, "maintenance ended", f"sensor:{sensor_id}", before=_told(before))


def _told(found: Maintenance | None) -> dict[str, str] | None:
    return None if found is None else {"ends_at": found.ends_at.isoformat(), "note": found.note}
