"""What the benches ask the database: a table of their own as the limit, and how much the hub has stored."""

from datetime import datetime

import psycopg

from cityhub.store.edition import edition_of
from cityhub.store.queries import load

_SQL = load(__file__)


def create_bare(conn: psycopg.Connection) -> None:
    """A hypertable (plain edition: a table) without any index, to COPY into."""
    conn.execute(_SQL["create_bare"])
    if edition_of(conn).hypertables:
        conn.execute(_SQL["make_hypertable"])


def copy_bare(conn: psycopg.Connection, block: bytes) -> None:
    """COPY rows in PostgreSQL's binary format."""
    with conn.cursor().copy(_SQL["copy_bare"]) as copy:
        copy.write(block)


def summed_up(conn: psycopg.Connection) -> int:
    """Observations in the hourly sums, which grow in the same transaction as the raw rows."""
    [(n,)] = conn.execute(_SQL["summed_up"]).fetchall()
    return int(n)


def only_by_key(conn: psycopg.Connection) -> None:
    """From now on `summed_up_between` on this connection takes as long whatever else is stored."""
    conn.execute(_SQL["only_by_key"])


def summed_up_between(conn: psycopg.Connection, ids: list[int], start: datetime, end: datetime) -> int:
    """The same, only of the datastreams and of the hours that start <= time < end touches."""
    parameters = {"ids": ids, "start": start, "end": end}
    [(n,)] = conn.execute(_SQL["summed_up_between"], parameters).fetchall()
    return int(n)


def stored_bytes(conn: psycopg.Connection) -> int:
    """Bytes on disk of observations, hourly sums and latest with their indexes."""
    query = _SQL["hypertable_bytes"] if edition_of(conn).hypertables else _SQL["table_bytes"]
    [(size,)] = conn.execute(query).fetchall()
    return int(size)
