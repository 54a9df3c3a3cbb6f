"""A backup becomes a database: restored beside the old one, counted, then put in its place."""

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from cityhub.errors import ServiceError
from cityhub.store import backup as store
from cityhub.store import connect, migrations, session
from tools.cli import postgres_programs
from tools.cli.backup_files import Backup

# From here databases are made, renamed and dropped: nobody can be in what is renamed.
_MAINTENANCE = "postgres"


def restore(url: str, found: Backup, *, replace: bool, without_roles: bool) -> list[str]:
    """Put the backup in the place of the URL's database; the roles that were given their rights again.

    Raises ServiceError, with nothing changed, when the versions differ, roles are missing, or the database holds
    something and `replace` is not said.
    """
    name = conninfo_to_dict(url).get("dbname")
    if not name:
        raise ServiceError("CITYHUB_DATABASE_URL names no database to restore into")
    name, fresh = str(name), f"{name}_restoring"
    with connect(_other(url, _MAINTENANCE), "cityhub-restore", session.MIGRATION, autocommit=True) as server:
        _refuse(server, url, name, found, replace=replace, without_roles=without_roles)
        store.create(server, fresh, like=name)
        try:
            granted = _fill(_other(url, fresh), found, without_roles=without_roles)
            store.put_in_place(server, fresh, name)
        except BaseException:
            # Also when the connection is lost: what is left of this name goes at the next restore.
            if not server.closed and store.exists(server, name):
                store.drop(server, fresh)
            raise
    if found.origin.timescaledb is not None:
        with connect(url, "cityhub-restore", session.MIGRATION, autocommit=True) as conn:
            store.start_workers(conn)
    return granted


def _refuse(
    server: psycopg.Connection, url: str, name: str, found: Backup, *, replace: bool, without_roles: bool
) -> None:
    here = store.taker(server, found.origin.timescaledb)
    if (why := store.refusal(found.origin, here, migrations.newest())) is not None:
        raise ServiceError(why)
    missing = [] if without_roles else store.missing_roles(server, found.origin.roles)
    if missing:
        raise ServiceError(
            f"this server has no role {', '.join(missing)}: make them (deploy/timescaledb/010_role.sql),"
            " or restore --without-roles"
        )
    if store.exists(server, name) and not replace:
        with connect(url, "cityhub-restore") as conn:
            if store.holds_tables(conn):
                raise ServiceError(
                    f"the database {name} holds tables; --replace puts the backup in their place"
                )


def _fill(url: str, found: Backup, *, without_roles: bool) -> list[str]:
    origin = found.origin
    with connect(url, "cityhub-restore", session.MIGRATION, autocommit=True) as conn:
        store.begin_restoring(conn, origin.timescaledb)
    _pg_restore(url, found, without_roles=without_roles)
    with connect(url, "cityhub-restore", session.MIGRATION, autocommit=True) as conn:
        store.end_restoring(conn, origin.timescaledb)
        rows = store.rows(conn)
        apart = [
            table for table in origin.rows.keys() | rows.keys() if origin.rows.get(table) != rows.get(table)
        ]
        if apart:
            raise ServiceError(
                f"restored, but not as many rows as were backed up in {', '.join(sorted(apart))}"
            )
        return store.grant(conn)


def _pg_restore(url: str, found: Backup, *, without_roles: bool) -> None:
    database = postgres_programs.target(url)
    argv = postgres_programs.find("pg_restore", found.origin.postgresql_major)
    argv += ["--format=custom", "--exit-on-error", "--no-password", database.argument]
    argv += ["--no-owner", "--no-privileges"] if without_roles else []
    with postgres_programs.running(argv, database.environment, reads=True) as program:
        found.feed(program)


def _other(url: str, database: str) -> str:
    return make_conninfo(url, dbname=database)
