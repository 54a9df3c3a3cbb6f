"""The tables of background jobs: procrastinate's own SQL files, each applied once and recorded.

They lie beside ours under names of their own (procrastinate_*), so that a job can be added in the transaction that asks
for it. A new database gets the whole schema of the installed version; an older one gets the files that it lacks.
"""

from pathlib import Path

import psycopg

from cityhub.errors import MigrationError
from cityhub.store.queries import load

_SQL = load(__file__)


def migrate(conn: psycopg.Connection) -> int:
    """Apply what is missing, each file in its own transaction; how many files. The connection in autocommit.

    Raises MigrationError when the database is newer than the installed procrastinate.
    """
    from procrastinate.schema import SchemaManager  # noqa: PLC0415 - only migrating needs it

    conn.execute(_SQL["create_table"])
    done = _applied(conn)
    files = _files()
    if unknown := done - files.keys():
        raise MigrationError(
            f"the job queue in the database is newer than this program ({max(unknown)}): use a newer program"
        )
    if not done:
        # Its last version holds what all files up to now bring.
        with conn.transaction():
            conn.execute(SchemaManager.get_schema())
            conn.execute(_SQL["record"], {"names": list(files)})
        return 1
    missing = sorted(files.keys() - done)
    for name in missing:
        with conn.transaction():
            conn.execute(files[name].read_text(encoding="utf-8"))
            conn.execute(_SQL["record"], {"names": [name]})
    return len(missing)


def is_current(conn: psycopg.Connection) -> bool:
    """Does the database have everything that the installed procrastinate needs?"""
    [(exists,)] = conn.execute(_SQL["table_exists"]).fetchall()
    return bool(exists) and _files().keys() <= _applied(conn)


def _applied(conn: psycopg.Connection) -> set[str]:
    return {name for (name,) in conn.execute(_SQL["applied"])}


def _files() -> dict[str, Path]:
    from procrastinate.schema import SchemaManager  # noqa: PLC0415 - see above

    return {file.name: file for file in Path(SchemaManager.get_migrations_path()).glob("*.sql")}
