"""A database of each earlier schema, with rows in all of its tables, becomes one of today's and loses nothing.

One database climbs from version to version and gets the rows that each makes possible; at each it is copied.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import LiteralString

import psycopg
import pytest
from psycopg import sql

from cityhub.store import backup, connect, ledger, migrations
from cityhub.store.queries import Queries
from tests.conftest import Services
from tools import proof

ROWS = Queries(Path(__file__).resolve().parents[1] / "data/earlier_rows.sql")
EARLIER = range(1, migrations.newest())
# Tables whose rows a migration moves elsewhere or makes anew, by its number.
MOVED = {"district": 5, "continuity": 6, "air_day": 26, "ledger_day": 48}
# A refund that was done before invoices knew of it brings its adjustment.
MORE = {"invoice": 15}
OBSERVATIONS: LiteralString = (
    "SELECT md5(string_agg(o::text, ';' ORDER BY datastream_id, time)) FROM observation AS o"
)


@dataclass(frozen=True)
class Climbed:
    """Where the copies are, by version, and what each held: rows by table."""

    urls: dict[int, str]
    rows: dict[int, dict[str, int]]
    observations: dict[int, object]


@pytest.fixture(scope="module")
def climbed(services: Services, empty_database_url: str) -> Iterator[Climbed]:
    known, name = migrations.migrations(), empty_database_url.rpartition("/")[2]
    found = Climbed({}, {}, {})
    try:
        for version in EARLIER:
            with pytest.MonkeyPatch.context() as earlier:
                earlier.setattr(migrations, "migrations", lambda version=version: known[:version])
                migrations.migrate(empty_database_url)
            with connect(empty_database_url, "tests") as conn:
                conn.execute(ROWS.get(f"version_{version}", "SELECT"))
                found.rows[version] = backup.rows(conn)
                found.observations[version] = conn.execute(OBSERVATIONS).fetchone()
            copy = f"{name}_{version}"
            with psycopg.connect(services.admin_url, autocommit=True) as conn:
                names = sql.Identifier(copy), sql.Identifier(name)
                conn.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy").format(*names))
            found.urls[version] = services.database(copy)
        yield found
    finally:
        with psycopg.connect(services.admin_url, autocommit=True) as conn:
            for version in EARLIER:
                backup.drop(conn, f"{name}_{version}")


@pytest.mark.parametrize("version", EARLIER)
def test_a_database_of_an_earlier_version_loses_nothing(climbed: Climbed, version: int) -> None:
    url, before = climbed.urls[version], climbed.rows[version]
    schema = migrations.migrate(url)
    assert (schema.version, schema.applied) == (migrations.newest(), migrations.newest() - version)
    with connect(url, "tests") as conn:
        after = backup.rows(conn)
        for table, rows in before.items():
            if table in ("schema_migration", "job_queue_migration"):
                continue
            if version < MOVED.get(table, 0):
                assert after.get(table, 0) == 0, table
            else:
                more = 1 if rows and version < MORE.get(table, 0) else 0
                assert after[table] == rows + more, table
        assert conn.execute(OBSERVATIONS).fetchone() == climbed.observations[version]
        assert (proof.hours_apart(conn), proof.latest_apart(conn)) == (0, 0)
        assert ledger.faults(conn) == []
        # What a migration moved is where it belongs.
        [(areas, judged)] = conn.execute(
            "SELECT (SELECT count(*) FROM area), (SELECT count(*) FROM latest WHERE since IS NOT NULL)"
        ).fetchall()
        assert areas == 1
        assert judged == (3 if version >= 3 else 0)


def test_every_table_of_earlier_versions_has_a_row_in_this_test(climbed: Climbed) -> None:
    empty = {table for table, rows in climbed.rows[max(EARLIER)].items() if rows == 0}
    assert {table for table in empty if not table.startswith("procrastinate_")} == set(), (
        "tests/data/earlier_rows.sql"
    )
