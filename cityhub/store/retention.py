"""Raw observations are kept for a number of days; hourly sums stay."""

from datetime import datetime, timedelta

import psycopg

from cityhub.store import quarantine
from cityhub.store.edition import edition_of
from cityhub.store.queries import load

_SQL = load(__file__)
_PORTION = 50_000


def apply(conn: psycopg.Connection, days: int, now: datetime) -> int:
    """Remove raw observations and quarantined messages older than `days` before `now` (aware); commits as it goes.

    Hours whose raw rows are gone are closed first: their sums stay as they are, whatever comes again.
    Returns chunks dropped (TimescaleDB, which drops a chunk when all of it is old enough) or rows deleted.
    """
    before = (now - timedelta(days=days)).replace(minute=0, second=0, microsecond=0)
    quarantine.purge(conn, before)
    if edition_of(conn).hypertables:
        return _drop_chunks(conn, before)
    conn.execute(_SQL["close_hours"], {"before": before})
    conn.commit()
    removed = 0
    while True:
        deleted = _remove(conn, before)
        conn.commit()
        removed += deleted
        if deleted < _PORTION:
            return removed


def _drop_chunks(conn: psycopg.Connection, before: datetime) -> int:
    dropped = _remove(conn, before)
    [(oldest,)] = conn.execute(_SQL["oldest_chunk"]).fetchall()
    conn.execute(_SQL["close_hours"], {"before": before if oldest is None else min(before, oldest)})
    conn.commit()
    return dropped


def _remove(conn: psycopg.Connection, before: datetime) -> int:
    [(removed,)] = conn.execute(_SQL["remove"], {"before": before, "portion": _PORTION}).fetchall()
    return int(removed)
