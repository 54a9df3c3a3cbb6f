"""Can the hub work with the database as it stands? Asked often, so it costs nothing but a few locks."""

import psycopg

from cityhub.store import migrations
from cityhub.store.queries import load

_SQL = load(__file__)


def fault(conn: psycopg.Connection) -> str | None:
    """What is wrong with the schema, in words for operators; None when nothing is.

    Raises StoreUnavailable, within the connection's time limits, when a table that answers come from cannot be read.
    """
    found, needed = migrations.current(conn), migrations.newest()
    if found < needed:
        return f"the database is at {found}, this version needs {needed}"
    conn.execute(_SQL["touch"])
    return None
