"""Keys by which the hub knows again what it signed itself. Within the caller's transaction."""

import psycopg

from cityhub.store.queries import load

_SQL = load(__file__)


def attempt(conn: psycopg.Connection) -> bytes:
    """For attempts to sign in by the city's provider."""
    [(key,)] = conn.execute(_SQL["get"], {"purpose": "attempt"}).fetchall()
    return bytes(key)
