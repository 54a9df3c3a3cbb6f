"""Start-stop sessions whose car has left, by the word of the bay's sensor; and those that it ended too early."""

from datetime import datetime, timedelta

import psycopg

from cityhub.errors import RuleBroken
from cityhub.observing.quality import REJECTED
from cityhub.parking.departures import Seen, left_at
from cityhub.parking.sessions import REOPENED_FOR
from cityhub.store import sessions
from cityhub.store.queries import load

_SQL = load(__file__)
# Of a longer stay the beginning tells nothing more.
_LOOKED_BACK = timedelta(hours=24)


def end_left(conn: psycopg.Connection, now: datetime) -> int:
    """End the billing of sessions whose car has left, from when it was gone; how many. `conn` in autocommit.

    What is paid for is never touched: only sessions that are paid for at their end are looked at.
    """
    count = 0
    for token, bay_id, since in conn.execute(_SQL["running"]).fetchall():
        gone = left_at(_reports(conn, bay_id, max(since, now - _LOOKED_BACK), now), since)
        if gone is None:
            continue
        try:
            with conn.transaction():
                sessions.stop(conn, token, gone, made_by="sensor", noted_at=now)
        except RuleBroken:
            # Its driver was faster.
            continue
        count += 1
    return count


def put_back(conn: psycopg.Connection, now: datetime) -> int:
    """Take back endings that late reports deny; how many. `conn` in autocommit."""
    count = 0
    for token, bay_id, since, gone, noted in conn.execute(
        _SQL["ended"], {"after": now - REOPENED_FOR}
    ).fetchall():
        # As it was seen then, with what came late.
        if left_at(_reports(conn, bay_id, max(since, now - _LOOKED_BACK), noted), since) is not None:
            continue
        if not any(report.is_occupied for report in _reports(conn, bay_id, gone, noted)):
            continue
        try:
            with conn.transaction():
                sessions.reopen(conn, token, now, made_by="sensor")
        except RuleBroken:
            continue
        count += 1
    return count


def _reports(conn: psycopg.Connection, bay_id: str, since: datetime, until: datetime) -> list[Seen]:
    row = {"bay_id": bay_id, "since": since, "until": until, "rejected": int(REJECTED)}
    return [Seen(time, value != 0) for time, value in conn.execute(_SQL["reports"], row)]
