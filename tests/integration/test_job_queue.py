"""The job queue's tables: made and renewed by migrating, filled in the caller's transaction, looked after, purged."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from procrastinate.schema import SchemaManager

from cityhub.errors import MigrationError
from cityhub.store import connect, jobs
from cityhub.store.migrations import job_queue, migrate

FILES = sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))
NOW = datetime.now(UTC)


@pytest.fixture
def conn(database_url: str) -> Iterator[psycopg.Connection]:
    """The module's database in autocommit, with no job in it."""
    with connect(database_url, "tests", autocommit=True) as conn:
        conn.execute(
            "TRUNCATE procrastinate_jobs, procrastinate_workers, procrastinate_periodic_defers CASCADE"
        )
        yield conn


def _described(url: str) -> set[tuple[str, ...]]:
    """Columns, constraints, indexes, functions, triggers and labels of procrastinate's objects."""
    with connect(url, "tests") as conn:
        return {
            tuple(map(str, row))
            for query in (
                "SELECT table_name, column_name, data_type, is_nullable, column_default"
                " FROM information_schema.columns WHERE table_name LIKE 'procrastinate%'",
                "SELECT conrelid::regclass, pg_get_constraintdef(oid) FROM pg_constraint"
                " WHERE conrelid::regclass::text LIKE 'procrastinate%'",
                "SELECT tablename, indexdef FROM pg_indexes WHERE tablename LIKE 'procrastinate%'",
                "SELECT proname, pg_get_functiondef(oid) FROM pg_proc WHERE proname LIKE 'procrastinate%'",
                "SELECT tgrelid::regclass, pg_get_triggerdef(oid) FROM pg_trigger"
                " WHERE NOT tgisinternal AND tgrelid::regclass::text LIKE 'procrastinate%'",
                "SELECT enumtypid::regtype, enumlabel FROM pg_enum"
                " WHERE enumtypid::regtype::text LIKE 'procrastinate%'",
            )
            for row in conn.execute(query)
        }


def test_an_old_job_queue_becomes_what_a_new_one_is(empty_database_url: str, database_url: str) -> None:
    url = empty_database_url
    with connect(url, "tests") as conn:
        conn.execute(FILES[0].read_text())
        conn.execute("CREATE TABLE job_queue_migration (name text PRIMARY KEY)")
        conn.execute("INSERT INTO job_queue_migration VALUES (%s)", (FILES[0].name,))
        assert not job_queue.is_current(conn)
    migrate(url)
    with connect(url, "tests") as conn:
        assert job_queue.is_current(conn)
    assert _described(url) == _described(database_url)
    assert migrate(url).applied == 0


def test_a_job_queue_of_a_newer_program_is_left_alone(conn: psycopg.Connection, database_url: str) -> None:
    conn.execute("INSERT INTO job_queue_migration VALUES ('99.00.00_01_pre_later.sql')")
    try:
        assert job_queue.is_current(conn), "what is needed is there"
        with pytest.raises(MigrationError, match=r"newer than this program \(99\.00\.00_01_pre_later\.sql\)"):
            migrate(database_url)
    finally:
        conn.execute("DELETE FROM job_queue_migration WHERE name LIKE '99%'")


def _status(conn: psycopg.Connection, id: int | None) -> str:
    [(status,)] = conn.execute("SELECT status FROM procrastinate_jobs WHERE id = %s", (id,)).fetchall()
    return str(status)


def test_a_job_is_there_when_the_transaction_that_adds_it_commits(
    conn: psycopg.Connection, database_url: str
) -> None:
    with connect(database_url, "tests") as other:
        jobs.add(other, "review", {})
        other.rollback()
    assert conn.execute("SELECT FROM procrastinate_jobs").rowcount == 0
    with connect(database_url, "tests") as other:
        id = jobs.add(other, "review", {"reason": "an 'odd' one", "number": 0, "none": None})
        assert conn.execute("SELECT FROM procrastinate_jobs").rowcount == 0
    found = conn.execute("SELECT id, queue_name, task_name, args FROM procrastinate_jobs").fetchall()
    assert found == [(id, "review", "review", {"reason": "an 'odd' one", "number": 0, "none": None})]


def test_of_jobs_with_one_queueing_lock_a_single_one_waits(
    conn: psycopg.Connection, database_url: str
) -> None:
    with connect(database_url, "tests") as other:
        first = jobs.add(other, "review", {}, queueing_lock="one")
        assert jobs.add(other, "review", {}, queueing_lock="one") is None
        assert jobs.add(other, "review", {}, queueing_lock="two") is not None
    assert _status(conn, first) == "todo", "a refusal does not break the caller's transaction"


def _taken(conn: psycopg.Connection, id: int | None, heard: timedelta | None) -> None:
    """The job is under way at a worker that was heard of so long ago; None: at one that is forgotten."""
    worker = None
    if heard is not None:
        [(worker,)] = conn.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - %s) RETURNING id", (heard,)
        ).fetchall()
    conn.execute("UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s WHERE id = %s", (worker, id))


def test_jobs_of_silent_and_of_forgotten_workers_wait_again_and_no_others(conn: psycopg.Connection) -> None:
    silent, forgotten, living, waiting = (jobs.add(conn, "review", {}) for _ in range(4))
    _taken(conn, silent, timedelta(seconds=11))
    _taken(conn, forgotten, None)
    _taken(conn, living, timedelta(seconds=9))
    assert {(one.id, one.outcome) for one in jobs.rescue(conn, 10)} == {
        (silent, "waits again"),
        (forgotten, "waits again"),
    }
    assert [_status(conn, id) for id in (silent, forgotten, living, waiting)] == [
        "todo",
        "todo",
        "doing",
        "todo",
    ]
    assert conn.execute("SELECT FROM procrastinate_workers").rowcount == 1, "the silent one is forgotten"
    assert jobs.rescue(conn, 10) == []


def test_a_stalled_job_whose_like_waits_is_not_done_a_second_time(conn: psycopg.Connection) -> None:
    stalled = jobs.add(conn, "review", {}, queueing_lock="review")
    _taken(conn, stalled, None)
    like = jobs.add(conn, "review", {}, queueing_lock="review")
    other = jobs.add(conn, "review", {})
    _taken(conn, other, None)
    outcomes = {one.id: one.outcome for one in jobs.rescue(conn, 10)}
    assert outcomes == {stalled: "superseded", other: "waits again"}
    assert [_status(conn, id) for id in (stalled, like, other)] == ["failed", "todo", "todo"]


def test_a_job_that_takes_its_workers_along_is_given_up(conn: psycopg.Connection) -> None:
    id = jobs.add(conn, "review", {})
    outcomes = []
    for _ in range(5):
        _taken(conn, id, None)
        outcomes += [one.outcome for one in jobs.rescue(conn, 10)]
    assert outcomes == ["waits again"] * 4 + ["given up"]
    assert _status(conn, id) == "failed"


def test_two_that_look_after_the_stalled_share_them(conn: psycopg.Connection, database_url: str) -> None:
    for _ in range(300):
        _taken(conn, jobs.add(conn, "review", {}), None)

    def rescued() -> list[int]:
        with connect(database_url, "tests", autocommit=True) as other:
            return [one.id for one in jobs.rescue(other, 10)]

    with ThreadPoolExecutor(2) as threads:
        first, second = threads.map(lambda _: rescued(), range(2))
    assert len(first) + len(second) == len({*first, *second}) == 300


def test_a_worker_s_heartbeat_tells_whether_it_is_known(conn: psycopg.Connection) -> None:
    [(worker,)] = conn.execute(
        "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - INTERVAL '1 hour') RETURNING id"
    ).fetchall()
    before = jobs.last_seen(conn)
    assert jobs.beat(conn, {worker, worker + 1000}) == {worker}
    after = jobs.last_seen(conn)
    assert before is not None
    assert after is not None
    assert after - before > timedelta(minutes=59)


def test_nobody_is_seen_where_no_worker_was_or_no_table_is(conn: psycopg.Connection) -> None:
    assert jobs.last_seen(conn) is None
    with conn.transaction(force_rollback=True):
        conn.execute("DROP TABLE procrastinate_workers CASCADE")
        assert jobs.last_seen(conn) is None


def test_jobs_that_ended_long_ago_are_removed_and_no_others(
    conn: psycopg.Connection, database_url: str
) -> None:
    ids = {}
    for age in (6, 8):
        for status in ("todo", "doing", "succeeded", "failed", "cancelled", "aborted"):
            id = ids[age, status] = jobs.add(conn, "review", {})
            conn.execute("UPDATE procrastinate_jobs SET status = %s WHERE id = %s", (status, id))
            conn.execute(
                "UPDATE procrastinate_events SET at = %s WHERE job_id = %s", (NOW - timedelta(days=age), id)
            )
    # What is due by the clock keeps its memory of when it was last added, or it would be added again.
    conn.execute(
        "INSERT INTO procrastinate_periodic_defers (task_name, periodic_id, defer_timestamp, job_id)"
        " VALUES ('review', '', 1, %s)",
        (ids[8, "succeeded"],),
    )
    with connect(database_url, "tests") as other:
        assert jobs.purge(other, NOW - timedelta(days=7)) == 4
    kept = {id for (id,) in conn.execute("SELECT id FROM procrastinate_jobs")}
    assert kept == {id for (age, status), id in ids.items() if age == 6 or status in ("todo", "doing")}
    assert conn.execute("SELECT job_id FROM procrastinate_periodic_defers").fetchall() == [(None,)]
