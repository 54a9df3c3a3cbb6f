"""What operations do to many troubles at once, each on record, and undo at once. Within the caller's transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import psycopg
from psycopg.rows import class_row

from cityhub.errors import InvalidInput, NotFound
from cityhub.ops.console import Wrong
from cityhub.store import acknowledgements
from cityhub.store.queries import load

_SQL = load(__file__)

Action = Literal["acknowledge", "maintenance"]
ACTIONS: tuple[Action, ...] = ("acknowledge", "maintenance")
# After that, each is undone by itself.
UNDO_WITHIN = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Batch:
    """Who did what to so many; `skipped`: chosen, and taken by others meanwhile."""

    id: str
    action: Action
    by: str
    note: str
    made_at: datetime
    n: int
    skipped: int
    undone_at: datetime | None


def act(
    conn: psycopg.Connection,
    id: UUID,
    action: Action,
    chosen: Sequence[Wrong],
    by: str,
    note: str,
    now: datetime,
    until: datetime,
    *,
    skipped: int = 0,
) -> Batch | None:
    """Somebody knows of them all, or works on their sensors, until then; None by an id that was used: nothing is done.

    The caller holds what people know (acknowledgements.hold). Raises InvalidInput.
    """
    if not note.strip():
        raise InvalidInput("note", "must say what is being done")
    ids = [one.sensor_id for one in chosen]
    if action == "maintenance":
        ids = list(dict.fromkeys(ids))
    row = {
        "id": id,
        "action": action,
        "by": by,
        "note": note.strip()[: acknowledgements.LONGEST_NOTE],
        "now": now,
        "n": len(ids),
        "skipped": skipped,
        "ids": ids,
        "codes": [one.code for one in chosen],
        "until": until,
        "until_text": until.isoformat(),
    }
    if conn.execute(_SQL["begin"], row).fetchone() is None:
        return None
    if ids:
        conn.execute(_SQL["acknowledge"] if action == "acknowledge" else _SQL["maintain"], row)
    return get(conn, id)


def undo(conn: psycopg.Connection, id: UUID, by: str, now: datetime) -> None:
    """As if it had not been done; once, however often it is asked for. Raises NotFound where it is too late."""
    row = {"id": id, "by": by, "now": now, "since": now - UNDO_WITHIN}
    if conn.execute(_SQL["undo"], row).fetchone() is not None:
        conn.execute(_SQL["undo_acknowledgements"], row)
        conn.execute(_SQL["undo_maintenance"], row)
    elif get(conn, id).undone_at is None:
        raise NotFound("batch that can be undone", str(id))


def get(conn: psycopg.Connection, id: UUID) -> Batch:
    """Raises NotFound."""
    with conn.cursor(row_factory=class_row(Batch)) as cursor:
        found = cursor.execute(_SQL["get"], {"id": id}).fetchone()
    if found is None:
        raise NotFound("batch", str(id))
    return found


def recent(conn: psycopg.Connection, now: datetime) -> list[Batch]:
    """Those that can be undone, the newest first."""
    with conn.cursor(row_factory=class_row(Batch)) as cursor:
        return cursor.execute(_SQL["recent"], {"since": now - UNDO_WITHIN}).fetchall()
