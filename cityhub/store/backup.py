"""What a backup says of its database, whether a server can take it, and the new database in the old one's place.

The copying is done by pg_dump and pg_restore (tools/cli/backup.py).
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass

import psycopg
from psycopg import sql

from cityhub.errors import MigrationError, ServiceError
from cityhub.store import migrations, privileges
from cityhub.store.edition import EditionName, edition_of
from cityhub.store.queries import load

_SQL = load(__file__)
_RENAME_S = 15


@dataclass(frozen=True, slots=True)
class Origin:
    """The database that a backup was made from. `rows`: of each table, in the backup's own snapshot."""

    schema: int
    edition: EditionName
    postgresql_major: int
    postgresql: str
    timescaledb: str | None
    roles: tuple[str, ...]
    rows: Mapping[str, int]

    def words(self) -> str:
        """The versions in one line."""
        extension = f", TimescaleDB {self.timescaledb}" if self.timescaledb else ""
        return (
            f"schema version {self.schema}, {self.edition} edition, PostgreSQL {self.postgresql}{extension}"
        )


@dataclass(frozen=True, slots=True)
class Taker:
    """A server that is to take a backup. `timescaledb`: the version of the backup is offered; `newest`: what is."""

    postgresql_major: int
    postgresql: str
    timescaledb: bool
    newest: str | None
    licence: str | None


def freeze(conn: psycopg.Connection) -> str:
    """The name of a snapshot that others can read from as well, for as long as this transaction lives."""
    conn.execute(_SQL["frozen"])
    [(name,)] = conn.execute(_SQL["export_snapshot"]).fetchall()
    return str(name)


def origin(conn: psycopg.Connection) -> Origin:
    """What a database is; raises MigrationError for one that is not the hub's."""
    version = migrations.current(conn)
    if version == 0:
        raise MigrationError("the database holds no schema of the hub: there is nothing to back up")
    [(major, exact, timescaledb)] = conn.execute(_SQL["server"]).fetchall()
    roles = tuple(name for (name,) in conn.execute(_SQL["roles"]))
    return Origin(version, edition_of(conn).name, major, exact, timescaledb, roles, rows(conn))


def rows(conn: psycopg.Connection) -> dict[str, int]:
    """How many rows each table holds; reads all of them."""
    found = {}
    for (table,) in conn.execute(_SQL["tables"]).fetchall():
        query = sql.SQL(_SQL["count"]).format(table=sql.Identifier("public", table))
        [(found[table],)] = conn.execute(query).fetchall()
    return found


def taker(conn: psycopg.Connection, timescaledb: str | None) -> Taker:
    """The server behind a connection, which may be to any of its databases."""
    [(major, exact, _)] = conn.execute(_SQL["server"]).fetchall()
    [offer] = conn.execute(_SQL["timescaledb_offered"], {"version": timescaledb}).fetchall()
    return Taker(major, exact, *offer)


def refusal(made: Origin, here: Taker, newest_schema: int) -> str | None:
    """Why a server, or this program, cannot take a backup, in words; None when they can."""
    if made.schema > newest_schema:
        return f"the backup has schema version {made.schema}, this program knows {newest_schema}: use a newer program"
    if made.postgresql_major != here.postgresql_major:
        return (
            f"the backup is of PostgreSQL {made.postgresql_major}, this server is {here.postgresql}:"
            f" restore it on {made.postgresql_major}, then upgrade the server"
        )
    if made.timescaledb is not None and not here.timescaledb:
        other = f"this server has {here.newest}" if here.newest else "this server has none"
        return f"the backup is of TimescaleDB {made.timescaledb}, {other}: restore it where that version is"
    if made.edition == "timescale" and here.licence != "timescale":
        return "the backup may hold columns of TimescaleDB's own licence, which this server has not"
    return None


def missing_roles(conn: psycopg.Connection, names: tuple[str, ...]) -> list[str]:
    """Those of the roles that the server does not have."""
    return [name for (name,) in conn.execute(_SQL["missing_roles"], {"names": list(names)})]


def holds_tables(conn: psycopg.Connection) -> bool:
    """Is anything of anybody in the connection's database?"""
    return bool(conn.execute(_SQL["tables"]).fetchall())


def exists(conn: psycopg.Connection, database: str) -> bool:
    """Is there such a database?"""
    [(found,)] = conn.execute(_SQL["database_exists"], {"name": database}).fetchall()
    return bool(found)


def create(conn: psycopg.Connection, fresh: str, like: str) -> None:
    """An empty database, of the owner and with the rights that `like` has, where that exists. Needs autocommit."""
    drop(conn, fresh)
    name = sql.Identifier(fresh)
    conn.execute(sql.SQL(_SQL["create_database"]).format(name=name))
    for (owner,) in conn.execute(_SQL["owner_of_database"], {"name": like}).fetchall():
        conn.execute(sql.SQL(_SQL["set_owner"]).format(name=name, owner=sql.Identifier(owner)))
    if conn.execute(_SQL["has_own_rights"], {"name": like}).fetchone() == (True,):
        conn.execute(sql.SQL(_SQL["revoke_everything"]).format(name=name))
        for role, right in conn.execute(_SQL["rights_on_database"], {"name": like}).fetchall():
            whose = sql.SQL("PUBLIC") if role is None else sql.Identifier(role)
            conn.execute(sql.SQL(_SQL["grant_right"]).format(right=sql.SQL(right), name=name, role=whose))


def drop(conn: psycopg.Connection, database: str) -> None:
    """Remove a database with its sessions; a missing one is fine. Needs autocommit."""
    conn.execute(sql.SQL(_SQL["drop_database"]).format(name=sql.Identifier(database)))


def begin_restoring(conn: psycopg.Connection, timescaledb: str | None) -> None:
    """Ready an empty database for pg_restore. Needs autocommit."""
    if timescaledb is not None:
        conn.execute(sql.SQL(_SQL["create_timescaledb"]).format(version=sql.Literal(timescaledb)))
        conn.execute(_SQL["before_restoring"])


def end_restoring(conn: psycopg.Connection, timescaledb: str | None) -> None:
    """Make a restored database one to work with: the programs' roles get what they may do. Needs autocommit."""
    if timescaledb is not None:
        conn.execute(_SQL["after_restoring"])
        # Its workers would keep the database from getting its name.
        conn.execute(_SQL["stop_workers"])


def grant(conn: psycopg.Connection) -> list[str]:
    """What the programs' roles may do, again, in a database of this program's own version; their names."""
    return privileges.grant(conn) if migrations.current(conn) == migrations.newest() else []


def put_in_place(conn: psycopg.Connection, fresh: str, name: str) -> None:
    """`fresh` becomes `name`; what was there before, and whoever uses it, goes. Needs autocommit.

    Raises ServiceError when somebody does not let go of it. What was there is opened again when it cannot be removed.
    """
    if exists(conn, name):
        # Nobody comes back between the two.
        conn.execute(sql.SQL(_SQL["close_database"]).format(name=sql.Identifier(name)))
        try:
            drop(conn, name)
        except BaseException:
            if not conn.closed:
                conn.execute(sql.SQL(_SQL["open_database"]).format(name=sql.Identifier(name)))
            raise
    conn.execute(sql.SQL(_SQL["close_database"]).format(name=sql.Identifier(fresh)))
    _rename(conn, fresh, name)
    conn.execute(sql.SQL(_SQL["open_database"]).format(name=sql.Identifier(name)))


def start_workers(conn: psycopg.Connection) -> None:
    """TimescaleDB's own, in the connection's database. Needs autocommit."""
    conn.execute(_SQL["start_workers"])


def _rename(conn: psycopg.Connection, fresh: str, name: str) -> None:
    query = sql.SQL(_SQL["rename_database"]).format(name=sql.Identifier(fresh), new=sql.Identifier(name))
    end = time.monotonic() + _RENAME_S
    while True:
        conn.execute(_SQL["end_sessions"], {"name": fresh})
        try:
            conn.execute(query)
        except psycopg.errors.ObjectInUse:
            if time.monotonic() > end:
                raise ServiceError(
                    f"somebody uses {fresh}, which holds what was restored: ALTER DATABASE {fresh} RENAME TO {name};"
                    f" ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true"
                ) from None
            time.sleep(0.2)
        else:
            return
