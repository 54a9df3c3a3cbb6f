"""Numbered SQL files, applied in order under an advisory lock, each in its own transaction.

A file that was applied is never edited: its digest is kept and compared, so that two databases of one version
have one schema.
"""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import LiteralString

import psycopg

from cityhub.errors import MigrationError
from cityhub.store import connect, privileges, session
from cityhub.store.edition import Edition, prepare
from cityhub.store.migrations import job_queue
from cityhub.store.queries import load

_SQL = load(__file__)
_FILE = re.compile(r"(\d{4})_(\w+)\.sql")
# Any number will do; it must only be the same in every process of the hub.
_LOCK = 4_711_001


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered file."""

    number: int
    name: str
    text: LiteralString
    digest: str


@dataclass(frozen=True, slots=True)
class Schema:
    """What a database holds after migrating."""

    version: int
    applied: int
    edition: Edition


def migrations() -> list[Migration]:
    """The files of this version in order; raises MigrationError when a number is missing or doubled."""
    found = []
    for file in sorted(Path(__file__).parent.glob("[0-9]*.sql")):
        match = _FILE.fullmatch(file.name)
        if match is None:
            raise MigrationError(f"{file.name}: a migration is named 0001_what_it_brings.sql")
        text = file.read_text(encoding="utf-8")
        digest = hashlib.sha256(text.encode()).hexdigest()
        found.append(Migration(int(match[1]), match[2], text, digest))
    if [m.number for m in found] != list(range(1, len(found) + 1)):
        raise MigrationError(f"migrations are not numbered 1, 2, 3...: {[m.number for m in found]}")
    return found


def current(conn: psycopg.Connection) -> int:
    """The number of the newest migration in the database; 0 for an empty one."""
    known = conn.execute(_SQL["table_exists"]).fetchone()
    if known is None or not known[0]:
        return 0
    row = conn.execute(_SQL["version"]).fetchone()
    return int(row[0]) if row else 0


def newest() -> int:
    """The number of the newest migration of this version."""
    return len(migrations())


def migrate(url: str) -> Schema:
    """Bring the database to this version; safe to run again and from several processes at once.

    At the end the roles of the programs, where there are any, have what they may do (store/privileges.py).
    """
    files = migrations()
    with connect(url, "cityhub-migrate", session.MIGRATION, autocommit=True) as conn:
        conn.execute(_SQL["lock"], {"lock": _LOCK})
        edition = prepare(conn)
        conn.execute(_SQL["create_table"])
        done = dict(conn.execute(_SQL["applied"]).fetchall())
        if len(done) > len(files):
            raise MigrationError(
                f"the database is at version {len(done)}, this program knows {len(files)}: use a newer program"
            )
        # First: a database at our newest version has the job queue too.
        applied = job_queue.migrate(conn)
        for migration in files:
            if migration.number in done:
                if done[migration.number] != migration.digest:
                    raise MigrationError(
                        f"migration {migration.number} ({migration.name}) was changed after it was applied"
                    )
                continue
            with conn.transaction():
                conn.execute(migration.text)
                conn.execute(
                    _SQL["record"],
                    {"number": migration.number, "name": migration.name, "digest": migration.digest},
                )
            applied += 1
        edition.shape(conn)
        privileges.grant(conn)
        conn.execute(_SQL["unlock"], {"lock": _LOCK})
    return Schema(len(files), applied, edition)
