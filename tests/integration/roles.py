"""A database with an owner and the roles of the programs, as production has."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote, urlencode

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from cityhub.catalogue import read
from cityhub.store import catalogue as store_catalogue
from cityhub.store import connect
from cityhub.store.migrations import migrate
from tests.conftest import Services

PROGRAMS = ("ingest", "api", "jobs")


@contextmanager
def database_with_roles(services: Services) -> Iterator[dict[str, str]]:
    """URLs by program and for the `owner`: migrated, with the Hanoi catalogue; removed at the end."""
    owner = f"hub_{uuid.uuid4().hex[:8]}"
    names = {"owner": owner, **{program: f"{owner}_{program}" for program in PROGRAMS}}
    try:
        with psycopg.connect(services.admin_url, autocommit=True) as conn:
            for name in names.values():
                conn.execute(
                    sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(
                        sql.Identifier(name), sql.Literal(name)
                    )
                )
            conn.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(owner), sql.Identifier(owner))
            )
        if services.edition != "plain":
            with psycopg.connect(services.database(owner), autocommit=True) as conn:
                conn.execute("CREATE EXTENSION IF NOT EXISTS timescaledb")
        urls = {program: url_of(services.database(owner), name, name) for program, name in names.items()}
        migrate(urls["owner"])
        with connect(urls["owner"], "tests") as conn:
            store_catalogue.save(conn, read())
        yield urls
    finally:
        with psycopg.connect(services.admin_url, autocommit=True) as conn:
            conn.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(owner)))
            for name in names.values():
                conn.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(name)))


def url_of(database_url: str, user: str, password: str) -> str:
    """The URL of the same database for another user."""
    parts = {key: str(value) for key, value in conninfo_to_dict(database_url).items() if value is not None}
    name = parts.pop("dbname")
    where = {key: parts[key] for key in ("host", "port") if key in parts}
    return f"postgresql://{quote(user, '')}:{quote(password, '')}@/{quote(name, '')}?{urlencode(where)}"
