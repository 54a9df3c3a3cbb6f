"""`./hub jobs`: each job is done, once, whatever happens to the worker or the database meanwhile."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from procrastinate import PsycopgConnector
from procrastinate.periodic import PeriodicDeferrer
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from cityhub.config import Settings
from cityhub.errors import MigrationError, SettingsError, StoreUnavailable
from cityhub.masking import SecretUrl
from cityhub.store import connect, jobs
from jobs.queue import Queue
from jobs.tasks import Task, tasks
from jobs.worker import create_app, work
from tests.collector import collecting
from tests.conftest import Services
from tests.waiting import eventually

SILENCE_S = 2.0


@pytest.fixture
def conn(database_url: str) -> Iterator[psycopg.Connection]:
    """The module's database in autocommit, with no job in it, and a table where tasks note what they did."""
    with connect(database_url, "tests", autocommit=True) as conn:
        conn.execute(
            "TRUNCATE procrastinate_jobs, procrastinate_workers, procrastinate_periodic_defers CASCADE"
        )
        conn.execute("CREATE TABLE IF NOT EXISTS done (what text NOT NULL, process int NOT NULL)")
        conn.execute("TRUNCATE done")
        yield conn


def note(settings: Settings, what: str) -> None:
    """A task that notes that it was done."""
    with connect(settings.require("database_url"), "task") as conn:
        conn.execute("INSERT INTO done VALUES (%s, %s)", (what, os.getpid()))


NOTE = Task("note", note)


@contextmanager
def working(
    settings: Settings, tasks: Sequence[Task], silence_s: float = SILENCE_S
) -> Iterator[Future[None]]:
    """One worker on a thread of its own, told to stop at the end of the block and waited for."""
    started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    async def run() -> None:
        stop = asyncio.Event()
        started.set_result((asyncio.get_running_loop(), stop))
        await work(settings, tasks, stop, silence_s=silence_s)

    with ThreadPoolExecutor(1) as thread:
        running = thread.submit(lambda: asyncio.run(run()))
        loop, stop = started.result(10)
        try:
            yield running
        finally:
            if not running.done():
                loop.call_soon_threadsafe(stop.set)
        running.result(30)


def count(conn: psycopg.Connection, status: str, task: str | None = None) -> int:
    return conn.execute(
        "SELECT FROM procrastinate_jobs WHERE status::text = %s AND task_name = coalesce(%s, task_name)",
        (status, task),
    ).rowcount


def done(conn: psycopg.Connection) -> list[str]:
    return sorted(what for (what,) in conn.execute("SELECT what FROM done"))


def test_a_run_is_told_to_a_collector_of_traces_without_its_arguments(
    conn: psycopg.Connection, hub_settings: Settings
) -> None:
    with collecting() as collector:
        settings = hub_settings.model_copy(update={"otlp_url": SecretUrl(collector.url)})
        id = jobs.add(conn, "note", {"what": "30A12345"})
        with working(settings, [NOTE]):
            eventually(lambda: count(conn, "succeeded") == 1)
    assert collector.spans == [("job note", {"cityhub.task": "note", "cityhub.job": id, "cityhub.run": 1})]
    assert not any(b"30A12345" in body for body in collector.bodies)


def test_several_workers_do_each_job_once(conn: psycopg.Connection, hub_settings: Settings) -> None:
    for number in range(150):
        jobs.add(conn, "note", {"what": f"{number:03}"})
    with working(hub_settings, [NOTE]), working(hub_settings, [NOTE]), working(hub_settings, [NOTE]):
        for number in range(150, 200):
            jobs.add(conn, "note", {"what": f"{number:03}"})
        eventually(lambda: count(conn, "succeeded") == 200)
    assert done(conn) == [f"{number:03}" for number in range(200)]
    assert conn.execute("SELECT FROM procrastinate_workers").rowcount == 0, "they took their leave"


def test_a_job_of_a_task_that_this_version_does_not_know_waits_for_one_that_does(
    conn: psycopg.Connection, hub_settings: Settings
) -> None:
    jobs.add(conn, "of_tomorrow", {})
    jobs.add(conn, "note", {"what": "known"})
    with working(hub_settings, [NOTE]):
        eventually(lambda: count(conn, "succeeded"))
    assert (count(conn, "todo", "of_tomorrow"), done(conn)) == (1, ["known"])


def test_jobs_with_one_lock_never_run_at_once(conn: psycopg.Connection, hub_settings: Settings) -> None:
    running, most = 0, 0
    guard = threading.Lock()

    def alone(_settings: Settings) -> None:
        nonlocal running, most
        with guard:
            running += 1
            most = max(most, running)
        with connect(hub_settings.require("database_url"), "task") as own:
            own.execute("SELECT pg_sleep(0.02)")
        with guard:
            running -= 1

    for _ in range(4):
        jobs.add(conn, "alone", {}, lock="alone")
    with working(hub_settings, [Task("alone", alone)]), working(hub_settings, [Task("alone", alone)]):
        eventually(lambda: count(conn, "succeeded") == 4)
    assert most == 1


def test_a_task_that_fails_is_told_without_its_arguments_and_tried_again(
    conn: psycopg.Connection, hub_settings: Settings
) -> None:
    def fail(_settings: Settings, plate: str) -> None:
        assert plate == "30A-123.45"
        raise StoreUnavailable("no answer")

    def scheduled() -> timedelta | None:
        [(when, attempts)] = conn.execute(
            "SELECT scheduled_at - now(), attempts FROM procrastinate_jobs WHERE status = 'todo'"
        ).fetchall() or [(None, 0)]
        return when if attempts == 1 else None

    id = jobs.add(conn, "fail", {"plate": "30A-123.45"})
    with capture_logs() as told, working(hub_settings, [Task("fail", fail)]):
        eventually(scheduled)
    when = scheduled()
    assert when is not None
    assert timedelta(0) < when <= timedelta(seconds=4)
    [error] = [entry for entry in told if entry["log_level"] == "error"]
    assert error == {
        "event": "a job failed",
        "task": "fail",
        "job": id,
        "run": 1,
        "error": "no answer",
        "log_level": "error",
    }
    assert REGISTRY.get_sample_value("cityhub_jobs_runs_total", {"task": "fail", "outcome": "failed"}) == 1


def test_a_task_that_fails_while_its_like_waits_leaves_the_rest_to_that_one(
    conn: psycopg.Connection, hub_settings: Settings
) -> None:
    def fail_once(_settings: Settings) -> None:
        if jobs.add(conn, "once", {}, lock="once", queueing_lock="once"):
            raise StoreUnavailable("the first fails when the second waits")

    jobs.add(conn, "once", {}, lock="once", queueing_lock="once")
    with working(hub_settings, [Task("once", fail_once)]):
        eventually(lambda: count(conn, "failed") and count(conn, "todo") + count(conn, "succeeded"))
    assert count(conn, "doing") == 0


def _minutely(settings: Settings) -> None:
    note(settings, "minutely")


MINUTELY = Task("minutely", _minutely, cron="* * * * *")
YEARLY = Task("yearly", lambda settings: note(settings, "yearly"), cron="0 0 1 1 *")


def test_what_came_due_while_no_process_was_there_is_done_once(
    conn: psycopg.Connection, hub_settings: Settings
) -> None:
    long_ago = int(time.time()) - 36_000
    conn.execute(
        "INSERT INTO procrastinate_periodic_defers (task_name, defer_timestamp) VALUES ('minutely', %s)",
        (long_ago - long_ago % 60,),
    )
    with working(hub_settings, [MINUTELY, YEARLY]), working(hub_settings, [MINUTELY, YEARLY]):
        eventually(lambda: count(conn, "succeeded"))
    # A minute may begin while the test runs.
    assert done(conn) in (["minutely"], ["minutely"] * 2)
    with working(hub_settings, [YEARLY, NOTE]):
        jobs.add(conn, "note", {"what": "later"})
        eventually(lambda: "later" in done(conn))
    assert "yearly" not in done(conn), "a task that is new is not due for last new year"


def test_a_process_that_slept_for_hours_does_not_do_every_time_that_it_missed(
    conn: psycopg.Connection, hub_settings: Settings, database_url: str
) -> None:
    async def defer() -> None:
        connector = PsycopgConnector(conninfo=database_url)
        app = create_app(connector, Queue(connector), hub_settings, [MINUTELY])
        async with app.open_async():
            deferrer = PeriodicDeferrer(app.periodic_registry)
            deferrer.last_defers = {("minutely", ""): int(time.time()) - 7_200}
            await deferrer.defer_jobs(deferrer.get_previous_tasks(at=time.time()))

    asyncio.run(defer())
    assert count(conn, "todo") == 1


def test_jobs_outlive_a_restart_of_the_database(
    conn: psycopg.Connection, hub_settings: Settings, services: Services
) -> None:
    """One is under way when the database goes, one needs no database at all and ends meanwhile."""
    begun, may_end = threading.Event(), threading.Event()

    def long(settings: Settings) -> None:
        if begun.is_set():
            return note(settings, "long again")
        begun.set()
        assert may_end.wait(30)
        return None

    def in_database(settings: Settings) -> None:
        with connect(settings.require("database_url"), "task") as own:
            own.execute("INSERT INTO done VALUES ('in database', 0)")
            if own.execute("SELECT FROM done WHERE what = 'first try over'").rowcount == 0:
                own.execute("SELECT pg_sleep(60)")

    jobs.add(conn, "long", {})
    jobs.add(conn, "in_database", {})
    working_on = [NOTE, Task("long", long), Task("in_database", in_database)]
    with capture_logs() as told, working(hub_settings, working_on):
        eventually(begun.is_set)
        eventually(
            lambda: conn.execute("SELECT FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)'").rowcount
        )
        services.instance.halt("postgres", signal.SIGINT)
        may_end.set()
        eventually(lambda: any(entry["event"] == "waiting for the database" for entry in told))
        services.instance.resume("postgres")
        with connect(hub_settings.require("database_url"), "tests", autocommit=True) as again:
            again.execute("INSERT INTO done VALUES ('first try over', 0)")
            jobs.add(again, "note", {"what": "afterwards"})
            eventually(lambda: count(again, "succeeded") == 3)
            assert done(again) == ["afterwards", "first try over", "in database"]
            assert again.execute(
                "SELECT task_name FROM procrastinate_jobs WHERE attempts > 1"
            ).fetchall() == [("in_database",)]
    assert [entry["event"] for entry in told].count("waiting for the database") == 1
    assert [entry["event"] for entry in told].count("the database is back") == 1


def test_a_worker_starts_when_the_database_does_and_stops_without_it(hub_settings: Settings) -> None:
    away = hub_settings.model_copy(update={"database_url": "postgresql://127.0.0.1:1/none"})
    with capture_logs() as told, working(away, [NOTE]) as running:
        eventually(lambda: told)
        assert not running.done()
    assert [entry["event"] for entry in told] == ["waiting for the database"]


def test_a_database_without_our_tables_and_a_url_that_is_none_end_it_at_once(
    hub_settings: Settings, empty_database_url: str
) -> None:
    for url, error in ((empty_database_url, MigrationError), ("no database at all", SettingsError)):
        with pytest.raises(error):
            asyncio.run(work(hub_settings.model_copy(update={"database_url": url}), [NOTE], asyncio.Event()))


class Program:
    """The real `python -m jobs` on the module's database."""

    def __init__(self, url: str, log: Path, **settings: str) -> None:
        self.log = log
        self._environment = {
            "CITYHUB_DATABASE_URL": url,
            "CITYHUB_LOG_FORMAT": "json",
            "CITYHUB_LOG_LEVEL": "debug",
            "CITYHUB_JOBS_METRICS_PORT": "0",
            **settings,
        }
        self.process = self._start()

    def _start(self) -> "subprocess.Popen[bytes]":
        with self.log.open("ab") as file:
            return subprocess.Popen(
                [sys.executable, "-m", "jobs"], env=os.environ | self._environment, stdout=file, stderr=file
            )

    def again(self) -> None:
        self.process.wait(10)
        self.process = self._start()

    def events(self) -> list[str]:
        lines = self.log.read_text().splitlines()
        return [json.loads(line)["event"] for line in lines if line.startswith("{")]

    def end(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture
def program(conn: psycopg.Connection, database_url: str, tmp_path: Path) -> Iterator[Program]:  # noqa: ARG001 - empty first
    made = Program(database_url, tmp_path / "jobs.log")
    try:
        yield made
    finally:
        made.end()


def test_a_job_whose_process_is_killed_in_the_middle_is_done_by_the_next(
    conn: psycopg.Connection, database_url: str, program: Program
) -> None:
    eventually(lambda: count(conn, "succeeded", "retention") == 1)
    with connect(database_url, "tests") as other:
        # Retention waits for this lock, in the middle of what it does.
        other.execute("LOCK TABLE quarantine")
        id = jobs.add(conn, "retention", {"timestamp": 0}, lock="retention", queueing_lock="retention")
        eventually(
            lambda: (
                conn.execute(
                    "SELECT FROM pg_stat_activity WHERE application_name = 'cityhub-retention'"
                    " AND wait_event_type = 'Lock'"
                ).rowcount
            )
        )
        program.process.kill()
        program.again()
    eventually(lambda: count(conn, "succeeded", "retention") == 2, 60)
    attempts = conn.execute("SELECT attempts FROM procrastinate_jobs WHERE id = %s", (id,)).fetchall()
    assert attempts == [(2,)]
    assert "a job whose worker is gone" in program.events()


def test_it_does_what_is_due_and_ends_cleanly_when_told(conn: psycopg.Connection, program: Program) -> None:
    eventually(lambda: count(conn, "succeeded", "review") and count(conn, "succeeded", "retention"))
    jobs.add(conn, "quarantine_replay", {"reason": None, "sensor_id": None})
    eventually(lambda: count(conn, "succeeded", "quarantine_replay"))
    program.process.send_signal(signal.SIGTERM)
    assert program.process.wait(20) == 0
    assert program.events()[-1] == "stopped"
    assert conn.execute("SELECT FROM procrastinate_workers").rowcount == 0


def test_arguments_of_a_job_that_failed_for_good_are_not_logged(
    conn: psycopg.Connection, program: Program
) -> None:
    id = jobs.add(
        conn, "quarantine_replay", {"plate": "30A-123.45"}, not_before=datetime(2199, 1, 1, tzinfo=UTC)
    )
    # It was tried often enough; it fails because it takes no such argument.
    conn.execute("UPDATE procrastinate_jobs SET attempts = 99, scheduled_at = NULL WHERE id = %s", (id,))
    eventually(lambda: count(conn, "failed", "quarantine_replay"))
    eventually(lambda: "a job failed" in program.events())
    program.process.send_signal(signal.SIGTERM)
    assert program.process.wait(20) == 0
    assert "30A-123.45" not in program.log.read_text()


def test_a_process_that_can_give_no_sign_of_life_ends(
    conn: psycopg.Connection, hub_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others would take it for dead and do its jobs a second time."""

    def broken(*_: object) -> None:
        raise RuntimeError("a mistake of ours")

    monkeypatch.setattr("jobs.pulse.jobs.beat", broken)
    with pytest.raises(RuntimeError, match="a mistake of ours"):
        asyncio.run(work(hub_settings, [NOTE], asyncio.Event(), silence_s=SILENCE_S))
    assert conn.execute("SELECT FROM procrastinate_workers").rowcount == 0


def test_what_takes_too_long_when_it_is_told_to_stop_is_left_to_the_next(
    conn: psycopg.Connection, hub_settings: Settings
) -> None:
    script = """
import asyncio, signal, sys, time
from cityhub.config import settings
from jobs import worker
from jobs.tasks import Task

async def main():
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await worker.work(settings(), [Task("endless", lambda _: time.sleep(600))], stop)

worker.GRACE_S = 0.5
asyncio.run(main())
"""
    id = jobs.add(conn, "endless", {})
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        env=os.environ | {"CITYHUB_DATABASE_URL": hub_settings.require("database_url")},
    )
    try:
        eventually(lambda: count(conn, "doing"))
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    finally:
        process.kill()
        process.wait()
    # As time would pass.
    conn.execute("UPDATE procrastinate_workers SET last_heartbeat = last_heartbeat - INTERVAL '1 minute'")
    assert [one.id for one in jobs.rescue(conn, 15)] == [id]


def test_the_table_of_tasks_is_one_that_procrastinate_takes(hub_settings: Settings) -> None:
    table = tasks(hub_settings)
    connector = PsycopgConnector(conninfo=hub_settings.require("database_url"))
    app = create_app(connector, Queue(connector), hub_settings, table)
    assert {task.name for task in table} <= app.tasks.keys()
    due = {name for name, _ in app.periodic_registry.periodic_tasks}
    assert due == {
        "air_forecasts",
        "days",
        "flood_forecasts",
        "invoices",
        "payments",
        "raw_messages",
        "reminders",
        "retention",
        "revenue",
        "revenue_today",
        "review",
    }
    # A review every five minutes, retention once a day in the night of Hanoi, the others every minute.
    for found in app.periodic_registry.periodic_tasks.values():
        times = found.croniter
        first, second = times.get_next(datetime, datetime(2026, 11, 22, tzinfo=UTC)), times.get_next(datetime)
        if found.task.name == "review":
            assert second - first == timedelta(minutes=5)
        elif found.task.name in ("payments", "invoices", "reminders"):
            assert second - first == timedelta(minutes=1)
        elif found.task.name in ("days", "flood_forecasts", "raw_messages", "revenue"):
            assert second - first == timedelta(hours=1)
        elif found.task.name in ("air_forecasts", "revenue_today"):
            assert second - first == timedelta(minutes=10)
        else:
            assert (first.hour, first.minute, second - first) == (19, 40, timedelta(days=1))
