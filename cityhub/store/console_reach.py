"""What a person who works with the hub wants to be told of. Within the caller's transaction."""

from datetime import datetime

import psycopg

from cityhub.ops.console import Reach
from cityhub.store.queries import load

_SQL = load(__file__)


def get(conn: psycopg.Connection, person_id: int) -> Reach:
    """What they chose: everything, where they chose nothing."""
    row = conn.execute(_SQL["get"], {"person_id": person_id}).fetchone()
    return Reach() if row is None else Reach(*map(frozenset, row))


def save(conn: psycopg.Connection, person_id: int, reach: Reach, now: datetime) -> None:
    """From now on it is this; of everything nothing is kept."""
    row = {
        "person_id": person_id,
        "kinds": sorted(reach.kinds),
        "codes": sorted(reach.codes),
        "areas": sorted(reach.areas),
        "now": now,
    }
    conn.execute(_SQL["save"] if reach.is_narrow else _SQL["forget"], row)
