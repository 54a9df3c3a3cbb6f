"""How backups to the second stand: what the server says of its archive, and pgBackRest of its repository."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import psycopg

from cityhub.store.queries import load

_SQL = load(__file__)


@dataclass(frozen=True, slots=True)
class Standing:
    """`archived`: until when the write-ahead log is archived, which is now where no segment waits; `failed`: when one
    last was not. `newest`: when the newest backup of each type ended. Times are aware.
    """

    archived: datetime
    failed: datetime | None
    newest: Mapping[str, datetime]


def standing(conn: psycopg.Connection) -> Standing | None:
    """How it stands now; None where the server archives nothing."""
    found = conn.execute(_SQL["archive"]).fetchone()
    if found is None:
        return None
    archived, failed = found
    newest: dict[str, datetime] = dict(conn.execute(_SQL["newest"]).fetchall())
    return Standing(archived, failed, newest)
