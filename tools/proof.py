"""What a proof of delivery reads: every row, and whether what is derived from the rows agrees with them."""

from datetime import datetime

import psycopg

from cityhub.store.queries import load

_SQL = load(__file__)

# (sensor id, phenomenon time, value); the id is empty for a row of no known datastream
Row = tuple[str, datetime, float]


def count(conn: psycopg.Connection) -> int:
    """Observations stored so far, as the hourly sums count them."""
    return _number(conn.execute(_SQL["count"]))


def rows(conn: psycopg.Connection) -> list[Row]:
    """Every observation of the database, in no order."""
    return [(sensor_id, time, value) for sensor_id, time, value in conn.execute(_SQL["rows"])]


def hours_apart(conn: psycopg.Connection) -> int:
    """Hours whose count, sum, least or greatest value is not that of their raw rows.

    Compared exactly, which is right only for values whose sums are exact, such as whole numbers.
    """
    return _number(conn.execute(_SQL["hours_apart"]))


def latest_apart(conn: psycopg.Connection) -> int:
    """Datastreams whose `latest` is not their row of the newest phenomenon time."""
    return _number(conn.execute(_SQL["latest_apart"]))


def _number(cursor: psycopg.Cursor[tuple[int, ...]]) -> int:
    row = cursor.fetchone()
    return int(row[0]) if row else 0
