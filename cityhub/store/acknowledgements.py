"""What somebody has taken note of. Within the caller's transaction; times are aware."""

from datetime import datetime

import psycopg

from cityhub.errors import InvalidInput, NotFound
from cityhub.ops.console import Note
from cityhub.store import audit
from cityhub.store.queries import load

_SQL = load(__file__)
LONGEST_NOTE = 500


def standing(
    conn: psycopg.Connection, now: datetime, subject: str | None = None
) -> dict[tuple[str, str], Note]:
    """The notes that are not due yet, by subject and code; of one subject or all."""
    found = conn.execute(_SQL["standing"], {"now": now, "subject": subject}, binary=True)
    return {(subject, code): Note(*note) for subject, code, *note in found}


def hold(conn: psycopg.Connection) -> None:
    """Nobody else says what they know of a trouble until the transaction ends: what is judged free stays free."""
    conn.execute(_SQL["hold"])


def acknowledge(
    conn: psycopg.Connection, subject: str, code: str, by: str, note: str, now: datetime, due_at: datetime
) -> int:
    """Somebody knows until `due_at`; the number by which that is undone. Raises InvalidInput."""
    if not note.strip():
        raise InvalidInput("note", "must say what is being done")
    if due_at <= now:
        raise InvalidInput("due_at", "must be ahead")
    hold(conn)
    row = {"subject": subject, "code": code, "by": by, "note": note.strip()[:LONGEST_NOTE], "now": now}
    [(id,)] = conn.execute(_SQL["acknowledge"], row | {"due_at": due_at}).fetchall()
    after = {"code": code, "due_at": due_at.isoformat()}
    audit.add(conn, by, "trouble acknowledged", subject, after=after, why=note)
    return int(id)


def undo(conn: psycopg.Connection, id: int, by: str, now: datetime) -> None:
    """It is unacknowledged again. Raises NotFound."""
    row = conn.execute(_SQL["undo"], {"id": id, "by": by, "now": now}).fetchone()
    if row is None:
        raise NotFound("acknowledgement", str(id))
    subject, code, made_by, note, due_at = row
    before = {"code": code, "by": made_by, "note": note, "due_at": due_at.isoformat()}
    audit.add(conn, by, "acknowledgement undone", subject, before=before)
