"""The servers that the other integration tests stand on."""

from typing import Any

import psycopg


def test_a_migrated_database_is_of_the_edition_the_services_promise(services: Any, database_url: str) -> None:
    from cityhub.store.edition import edition_of

    with psycopg.connect(database_url) as conn:
        assert edition_of(conn).name == services.edition


def test_an_empty_database_has_no_tables(empty_database_url: str) -> None:
    with psycopg.connect(empty_database_url) as conn:
        row = conn.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
    assert row == (0,)
