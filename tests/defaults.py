"""A database whose defaults are others than the hub thinks, as somebody may have set them for other programs."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import psycopg
from psycopg.conninfo import make_conninfo

_DEFAULTS = {
    "datestyle": "SQL, DMY",
    "intervalstyle": "sql_standard",
    "timezone": "America/St_Johns",
    "bytea_output": "escape",
    "extra_float_digits": "-15",
    "standard_conforming_strings": "off",
    "array_nulls": "off",
    "search_path": "pg_catalog",
    "client_encoding": "LATIN1",
    "default_transaction_isolation": "serializable",
    "statement_timeout": "1ms",
    "lock_timeout": "1ms",
    "idle_session_timeout": "1ms",
    "idle_in_transaction_session_timeout": "1ms",
}


@contextmanager
def other_defaults(services: Any, whose: Literal["database", "role"]) -> Iterator[str]:
    """The URL of an empty database with other defaults, set for it or for the role that owns it."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(services.admin_url, autocommit=True) as conn:
        conn.execute(f"CREATE ROLE {name} SUPERUSER LOGIN PASSWORD 'dreadful'")
        conn.execute(f"CREATE DATABASE {name} OWNER {name}")
        for setting, value in _DEFAULTS.items():
            words = value if setting in ("datestyle", "search_path") else f"'{value}'"
            conn.execute(f"ALTER {whose} {name} SET {setting} = {words}")
    try:
        yield make_conninfo(services.database(name), user=name, password="dreadful")
    finally:
        with psycopg.connect(services.admin_url, autocommit=True) as conn:
            conn.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            conn.execute(f"DROP ROLE {name}")
