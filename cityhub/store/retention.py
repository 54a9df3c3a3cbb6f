"""Raw observations are kept for a number of days; hourly sums stay."""

from datetime import datetime, timedelta

import psycopg

from cityhub.store.edition import edition_of
from cityhub.store.queries import load

_SQL = load(__file__)
_PORTION = 50_000


def apply(conn: psycopg.Connection, days: int, now: datetime) -> int:
    """Remove raw observations older than `days` before `now` (aware); commits as it goes.

    Returns chunks dropped (TimescaleDB, which drops a chunk when all of it is old enough) or rows deleted.
    """
    before = now - timedelta(days=days)
    if edition_of(conn).hypertables:
        row = conn.execute(_SQL["drop_chunks"], {"before": before}).fetchone()
        conn.commit()
        return int(row[0]) if row else 0
    removed = 0
    while True:
        deleted = conn.execute(_SQL["delete"], {"before": before, "portion": _PORTION}).rowcount
        conn.commit()
        removed += deleted
        if deleted < _PORTION:
            return removed
