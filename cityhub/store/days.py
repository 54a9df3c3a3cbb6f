"""Days summed up once they are over, so that years by the day are read quickly.

Exact at every moment: who changes an hour of a day marks the day's row stale in the same transaction
(observations.sql, corrections.sql), and a day without a good row is read from its hours (history.sql).
"""

from datetime import datetime, timedelta

import psycopg

from cityhub.rfc3339 import at_local_time
from cityhub.store.queries import load

_SQL = load(__file__)
_DAY = timedelta(days=1)
# A transaction that stored readings of a day as those of today ends long before this (session.INGEST).
_OVER_FOR = timedelta(hours=1)
# Days of datastreams in one transaction: so long whoever stores waits at most.
_PORTION = 2000


def refresh(conn: psycopg.Connection, now: datetime) -> int:
    """Make the rows of days that are over at `now` (aware) and those that went stale; how many. `conn` in autocommit.

    May be cut off anywhere and begun again.
    """
    _begin(conn, now)
    made = 0
    while due := conn.execute(_SQL["stale"], {"portion": _PORTION}).fetchall():
        ids, days = (list(column) for column in zip(*due, strict=True))
        with conn.transaction():
            conn.execute(_SQL["hold"], {"ids": sorted(set(ids))})
            conn.execute(_SQL["make"], {"ids": ids, "days": days})
        made += len(due)
    return made


def _begin(conn: psycopg.Connection, now: datetime) -> None:
    known = conn.execute(_SQL["begun_until"]).fetchone()
    if known is None:
        known = conn.execute(_SQL["first_day"]).fetchone()
    day: datetime | None = None if known is None else known[0]
    end = at_local_time(now - _OVER_FOR).replace(hour=0, minute=0, second=0, microsecond=0)
    while day is not None and day < end:
        with conn.transaction():
            conn.execute(_SQL["begin"], {"day": day})
            day += _DAY
            conn.execute(_SQL["begun"], {"until": day})
