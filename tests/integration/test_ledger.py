"""The books on a real database: only added to, always in balance, wallets never below nothing."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from cityhub.errors import StoreRefused
from cityhub.payments import ledger
from cityhub.payments.ledger import Entry
from cityhub.store import connect
from cityhub.store import ledger as store
from cityhub.store.migrations import migrations

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)


@pytest.fixture
def conn(database_url: str) -> Iterator[psycopg.Connection]:
    with connect(database_url, "tests", autocommit=True) as conn:
        yield conn


def test_what_is_booked_again_is_booked_once(conn: psycopg.Connection) -> None:
    before = store.balances(conn).get("revenue:ltk-01", 0)
    for _ in range(3):
        with conn.transaction():
            store.book(conn, "test:once", "x", NOW, ledger.earned(50_000, ledger.clearing("vnpay"), "ltk-01"))
    assert store.balances(conn)["revenue:ltk-01"] == before - 50_000
    assert store.faults(conn) == []


def test_entries_that_do_not_sum_to_zero_cannot_be_committed(database_url: str) -> None:
    with pytest.raises(StoreRefused) as told, connect(database_url, "tests") as conn:
        store.book(conn, "test:askew", "x", NOW, (Entry("clearing:momo", 5), Entry("unmatched", -4)))
    assert told.value.constraint == "ledger_balanced"


def test_no_entry_comes_after_its_transaction(database_url: str, conn: psycopg.Connection) -> None:
    with conn.transaction():
        store.book(conn, "test:closed", "x", NOW, ledger.earned(7_000, ledger.clearing("vietqr"), "ltk-01"))
    with pytest.raises(StoreRefused) as told, connect(database_url, "tests") as late:
        late.execute(
            "INSERT INTO ledger_entry SELECT id, n, 'clearing:vietqr', a FROM ledger_transaction,"
            " (VALUES (3, 5), (4, -5)) v (n, a) WHERE key = 'test:closed'"
        )
    assert told.value.constraint == "ledger_balanced"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_entry SET amount = amount * 2",
        "DELETE FROM ledger_entry",
        "TRUNCATE ledger_transaction CASCADE",
    ],
)
def test_nothing_in_the_books_is_changed_or_removed(database_url: str, statement: str) -> None:
    with pytest.raises(StoreRefused) as told, connect(database_url, "tests") as conn:
        conn.execute(statement)  # type: ignore[call-overload]
    assert told.value.constraint == "ledger_append_only"


def new_wallet(conn: psycopg.Connection) -> str:
    id = str(uuid4())
    conn.execute("INSERT INTO wallet (id, token) VALUES (%s, %s)", (id, id))
    return id


def balance(conn: psycopg.Connection, id: str) -> int:
    [(found,)] = conn.execute("SELECT balance FROM wallet WHERE id = %s", (id,)).fetchall()
    return int(found)


@hypothesis_settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.booleans(), st.integers(1, 300_000)), max_size=12))
def test_a_wallet_holds_what_came_less_what_went_and_never_less_than_nothing(
    conn: psycopg.Connection, moves: list[tuple[bool, int]]
) -> None:
    id = new_wallet(conn)
    held = 0
    for comes, amount in moves:
        entries = (
            ledger.topped_up(amount, "momo", id)
            if comes
            else ledger.earned(amount, ledger.wallet(id), "ltk-01")
        )
        if comes or amount <= held:
            with conn.transaction():
                store.book(conn, f"test:{uuid4()}", "x", NOW, entries)
            held += amount if comes else -amount
        else:
            with pytest.raises(psycopg.errors.CheckViolation) as told, conn.transaction():
                store.book(conn, f"test:{uuid4()}", "x", NOW, entries)
            assert told.value.diag.constraint_name == "wallet_has_enough"
        assert balance(conn, id) == held
    assert store.faults(conn) == []


def test_books_that_are_wrong_are_told(conn: psycopg.Connection) -> None:
    id = new_wallet(conn)
    with conn.transaction(force_rollback=True):
        conn.execute("UPDATE wallet SET balance = 5 WHERE id = %s", (id,))
        assert store.faults(conn) == [f"the balance of wallet {id} is not that of its entries"]
    with conn.transaction(force_rollback=True):
        conn.execute("INSERT INTO receipt_series VALUES ('hanoi', 2026, 3)")
        assert store.faults(conn) == ["the receipts hanoi-2026 have a gap"]
    with conn.transaction(force_rollback=True):
        store.book(
            conn, "payment:of-nobody", "x", NOW, ledger.earned(5_000, ledger.clearing("momo"), "ltk-01")
        )
        [fault] = store.faults(conn)
        assert fault.startswith("payment:of-nobody is paid and not in the books")


def test_what_was_booked_while_the_sums_came_into_being_is_in_them_again(conn: psycopg.Connection) -> None:
    [again] = [one for one in migrations() if one.name == "ledger_sums"]
    with conn.transaction(force_rollback=True):
        for key in ("test:counted", "test:lost", "test:listed"):
            store.book(conn, key, "x", NOW, ledger.earned(3_000, ledger.clearing("momo"), "ltk-01"))
            if key == "test:lost":
                conn.execute("DELETE FROM ledger_uncounted")
                assert store.faults(conn)
            elif key == "test:counted":
                store.count(conn)
        conn.execute(again.text)
        assert store.faults(conn) == []
        store.count(conn)
        assert store.faults(conn) == []


def test_the_command_says_whether_the_books_are_right(hub: Any, conn: psycopg.Connection) -> None:
    code, out, _ = hub("ledger", "check")
    assert (code, out.splitlines()[-1].startswith("the books are right")) == (0, True)
    conn.execute("INSERT INTO receipt_series VALUES ('hanoi', 2026, 3)")
    code, out, _ = hub("ledger", "check")
    conn.execute("DELETE FROM receipt_series")
    assert code == 1
    assert out.splitlines()[-2:] == ["the receipts hanoi-2026 have a gap", "the books are wrong"]
