"""Connections: what the server refuses has a name, every wait an end, and no default of a role changes anything."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from cityhub.catalogue import read
from cityhub.errors import Conflict, SettingsError, StoreRefused, StoreUnavailable
from cityhub.store import (
    batches,
    catalogue,
    connect,
    dial,
    domain_errors,
    latest,
    migrations,
    observations,
    open_pool,
    sensors,
    session,
)
from cityhub.store.bounds import bounded
from cityhub.store.session import Use
from tests.defaults import other_defaults

NOON = datetime(2026, 11, 22, 5, tzinfo=UTC)

SCHEMA = """
CREATE SCHEMA trial;
CREATE TABLE trial.payment (
    id int PRIMARY KEY,
    amount int NOT NULL CONSTRAINT payment_positive CHECK (amount > 0)
);
CREATE TABLE trial.confirmation (
    payment_id int NOT NULL CONSTRAINT confirmation_of_a_payment REFERENCES trial.payment,
    CONSTRAINT payment_confirmed_once UNIQUE (payment_id)
);
CREATE TABLE trial.entry (
    transaction_id int,
    amount int,
    CONSTRAINT entry_once UNIQUE (transaction_id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT entry_no_overlap EXCLUDE (amount WITH =)
);
CREATE FUNCTION trial.balance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the books do not balance' USING CONSTRAINT = 'ledger_balances';
END $$;
CREATE TRIGGER balance AFTER UPDATE ON trial.payment FOR EACH ROW EXECUTE FUNCTION trial.balance();
INSERT INTO trial.payment VALUES (1, 50000);
INSERT INTO trial.confirmation VALUES (1);
INSERT INTO trial.entry VALUES (1, 1);
"""


@pytest.fixture(scope="module")
def payments(database_url: str) -> str:
    """The module's database with tables that are not the hub's, in a schema of their own."""
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute(SCHEMA)
    return database_url


@pytest.mark.parametrize(
    ("statement", "error", "constraint"),
    [
        ("INSERT INTO trial.confirmation VALUES (1)", Conflict, "payment_confirmed_once"),
        ("INSERT INTO trial.confirmation VALUES (2)", Conflict, "confirmation_of_a_payment"),
        ("DELETE FROM trial.payment", Conflict, "confirmation_of_a_payment"),
        ("INSERT INTO trial.entry VALUES (1, 2)", Conflict, "entry_once"),
        ("INSERT INTO trial.entry VALUES (2, 1)", Conflict, "entry_no_overlap"),
        ("UPDATE trial.payment SET amount = 2", Conflict, "ledger_balances"),
        ("INSERT INTO trial.payment VALUES (2, -1)", StoreRefused, "payment_positive"),
        ("INSERT INTO trial.payment VALUES (2, NULL)", StoreRefused, None),
        ("INSERT INTO trial.payment VALUES (2, 3000000000)", StoreRefused, None),
        ("SELECT 1 / 0", StoreRefused, None),
        ("SELECT * FROM trial.nothing", StoreUnavailable, None),
        ("SET TRANSACTION READ ONLY; DELETE FROM trial.entry", StoreUnavailable, None),
    ],
)
def test_what_the_database_refuses_has_a_name(
    payments: str, statement: str, error: type[Exception], constraint: str | None
) -> None:
    with pytest.raises(error) as caught, connect(payments, "tests") as conn:
        conn.execute(statement)
    assert type(caught.value) is error
    assert getattr(caught.value, "constraint", None) == constraint
    assert isinstance(caught.value.__cause__, psycopg.Error)


def test_a_pool_tells_the_same_and_goes_on(payments: str) -> None:
    pool = open_pool(payments, "tests", max_size=1)
    try:
        for _ in range(3):
            with pytest.raises(Conflict), pool.connection() as conn:
                conn.execute("INSERT INTO trial.confirmation VALUES (1)")
        with pool.connection() as conn:
            assert conn.execute("SELECT count(*) FROM trial.confirmation").fetchone() == (1,)
    finally:
        pool.close()


def test_values_of_a_refused_row_are_not_in_the_text(payments: str) -> None:
    with psycopg.connect(payments) as conn:
        conn.execute("CREATE TEMP TABLE plates (plate text CONSTRAINT plate_once UNIQUE)")
        with pytest.raises(Conflict) as caught, domain_errors():
            conn.execute("INSERT INTO plates VALUES ('30A12345'), ('30A12345')")
    assert "30A12345" in str(caught.value.__cause__)
    assert "30A12345" not in str(caught.value)


@pytest.fixture(params=["database", "role"])
def dreadful_url(request: Any, services: Any) -> Iterator[str]:
    """A database in which every default is another, set for the database or for the role."""
    with other_defaults(services, request.param) as url:
        yield url


def test_defaults_of_a_role_or_database_change_nothing(dreadful_url: str) -> None:
    migrations.migrate(dreadful_url)
    with connect(dreadful_url, "tests") as conn:
        catalogue.save(conn, read())
    with connect(dreadful_url, "tests", session.INGEST, autocommit=True) as conn:
        observations.prepare(conn)
        [stream, *_] = sensors.datastreams(conn, ["air-trung-yen-3"])
        value = 35.21234567890124
        assert batches.add(conn, [(stream.id, NOON, value, 0)]).stored == 1
    with connect(dreadful_url, "tests", session.READS) as conn:
        [row] = [row for row in latest.of_kind(conn, "air") if row.sensor.id == "air-trung-yen-3"]
        assert row.sensor.name_vi.startswith("Trung Yên 3")
        [reading] = row.readings
        assert (reading.time, reading.value) == (NOON, value)
        [told] = conn.execute("SELECT INTERVAL '1 day 2 hours', '\\x00ff'::bytea, ARRAY[NULL]::text[]")
        assert told[0].total_seconds() == 26 * 3600
        assert told[1:] == (b"\x00\xff", [None])


def test_the_urls_own_options_may_set_limits(database_url: str) -> None:
    url = make_conninfo(database_url, options="-c statement_timeout=1234 -c datestyle=SQL")
    with connect(url, "tests", session.READS) as conn:
        assert conn.execute("SHOW statement_timeout").fetchone() == ("1234ms",)
        assert conn.execute("SHOW datestyle").fetchone() == ("ISO, MDY",)


def test_a_url_that_cannot_be_read_is_not_repeated() -> None:
    for call in (dial, open_pool):
        with pytest.raises(SettingsError, match="cannot be read") as caught:
            call("postgresql://hub:hush@[db/hub", "tests")  # type: ignore[operator]
        assert "hush" not in str(caught.value)


def test_who_reads_cannot_write(database_url: str) -> None:
    pool = open_pool(database_url, "tests", session.READS)
    try:
        with pytest.raises(StoreUnavailable, match="read-only"), pool.connection() as conn:
            conn.execute("DELETE FROM latest")
    finally:
        pool.close()


def test_every_use_but_migrations_has_an_end_to_every_wait(database_url: str) -> None:
    uses = {name: use for name, use in vars(session).items() if isinstance(use, Use)}
    assert {"HOT", "READS", "HISTORY", "READINESS", "WRITES", "INGEST", "JOBS", "MIGRATION"} <= uses.keys()
    for name, use in uses.items():
        with connect(database_url, "tests", use) as conn:
            ends = [
                conn.execute("SELECT setting::int FROM pg_settings WHERE name = %s", [limit]).fetchone()
                for limit in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
            ]
        assert (ends == [(0,)] * 3) == (name == "MIGRATION"), name
        assert name == "MIGRATION" or all(end and end[0] > 0 for end in ends), name


QUICK = Use(statement_s=0.3, lock_s=0.2, idle_s=0.3, hold_s=0.6)


def test_a_statement_and_a_lock_have_an_end(database_url: str) -> None:
    with connect(database_url, "tests") as blocker:
        blocker.execute("LOCK TABLE latest")
        for statement in ("SELECT pg_sleep(20)", "SELECT * FROM latest"):
            began = time.monotonic()
            with pytest.raises(StoreUnavailable, match="timeout"), connect(database_url, "t", QUICK) as conn:
                conn.execute(statement)
            assert time.monotonic() - began < 15


def test_a_transaction_in_which_nothing_happens_has_an_end(database_url: str) -> None:
    with dial(database_url, "t", QUICK) as conn, connect(database_url, "tests") as other:
        conn.execute("LOCK TABLE latest")
        # Waits until the server has ended the other's transaction.
        other.execute("SELECT count(*) FROM latest")
        with pytest.raises(StoreUnavailable), domain_errors():
            conn.execute("SELECT 1")


def test_a_connection_that_is_held_too_long_is_cut_and_the_pool_goes_on(database_url: str) -> None:
    endless = Use(statement_s=0, lock_s=0, idle_s=0, hold_s=0.5)
    pool = open_pool(database_url, "tests", endless, max_size=1)
    try:
        began = time.monotonic()
        with pytest.raises(StoreUnavailable), pool.connection() as conn:
            conn.execute("SELECT pg_sleep(20)")
        assert time.monotonic() - began < 15
        with pool.connection() as conn:
            assert conn.execute("SELECT 1").fetchone() == (1,)
    finally:
        pool.close()


def test_a_connection_that_was_given_back_in_time_is_left_alone(database_url: str) -> None:
    with connect(database_url, "tests") as conn:
        for _ in range(3):
            with bounded(conn, 0.2):
                conn.execute("SELECT 1")
            conn.execute("SELECT pg_sleep(0.5)")
