"""Work for later, done by `./hub jobs`: rows in procrastinate's tables, each with the name of a task and its arguments.

with connect(url, "name") as conn:
    jobs.add(conn, "quarantine_replay", {"reason": "unknown_sensor"})
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import psycopg
from psycopg.errors import UniqueViolation
from psycopg.types.json import Jsonb

from cityhub.store.queries import load

_SQL = load(__file__)
_PORTION = 10_000
# A job that took its workers along so often is not begun once more.
_MOST_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Rescued:
    """A job whose worker is gone. `outcome`: it waits again; the same waits already; it was begun too often."""

    id: int
    task: str
    outcome: Literal["waits again", "superseded", "given up"]


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A task's jobs of the last week by how they are; when one last ended well, and when one was given up."""

    task: str
    waiting: int
    running: int
    failed: int
    done_at: datetime | None
    failed_at: datetime | None


@dataclass(frozen=True, slots=True)
class GivenUp:
    """A job that failed for good at a time (aware)."""

    id: int
    task: str
    attempts: int
    at: datetime


def by_task(conn: psycopg.Connection) -> list[TaskRow]:
    """How each task does, by name."""
    return [TaskRow(*row) for row in conn.execute(_SQL["by_task"])]


def given_up(conn: psycopg.Connection, limit: int) -> list[GivenUp]:
    """The newest first."""
    return [GivenUp(*row) for row in conn.execute(_SQL["given_up"], {"limit": limit})]


def add(
    conn: psycopg.Connection,
    task: str,
    arguments: Mapping[str, str | int | None],
    *,
    lock: str | None = None,
    queueing_lock: str | None = None,
    not_before: datetime | None = None,
) -> int | None:
    """Add a job within the caller's transaction: it is there when that commits, and only then. Its id.

    Arguments are kept for a week and may be logged: ids, never plates, phone numbers or keys. Of the jobs with one
    `lock` a single one runs at a time; with one `queueing_lock` a single one waits: None when there is one already.
    """
    parameters = {
        "task": task,
        "arguments": Jsonb(dict(arguments)),
        "lock": lock,
        "queueing_lock": queueing_lock,
        "not_before": not_before,
    }
    row = conn.execute(_SQL["add"], parameters).fetchone()
    return None if row is None else int(row[0])


def beat(conn: psycopg.Connection, workers: Iterable[int]) -> set[int]:
    """Say that these workers live; those that are known."""
    return {id for (id,) in conn.execute(_SQL["beat"], {"workers": list(workers)})}


def rescue(conn: psycopg.Connection, silence_s: float) -> list[Rescued]:
    """Let the jobs of workers that were silent for so many seconds wait again, and forget those workers.

    Any number of processes may do this at once: each job is looked after by one of them. The connection in autocommit.
    """
    with conn.transaction():
        stalled = conn.execute(_SQL["stalled"], {"silence_s": silence_s}).fetchall()
        rescued = [Rescued(id, task, _take_up_again(conn, id, attempts)) for id, task, attempts in stalled]
    conn.execute(_SQL["forget_silent"], {"silence_s": silence_s})
    return rescued


def _take_up_again(
    conn: psycopg.Connection, id: int, attempts: int
) -> Literal["waits again", "superseded", "given up"]:
    if attempts + 1 >= _MOST_ATTEMPTS:
        conn.execute(_SQL["fail"], {"id": id})
        return "given up"
    try:
        with conn.transaction():
            conn.execute(_SQL["wait_again"], {"id": id})
    except UniqueViolation:
        conn.execute(_SQL["fail"], {"id": id})
        return "superseded"
    return "waits again"


def last_seen(conn: psycopg.Connection) -> datetime | None:
    """When a worker last gave a sign of life; None where none ever was."""
    [(has_tables,)] = conn.execute(_SQL["has_tables"]).fetchall()
    if not has_tables:
        return None
    seen: datetime | None
    [(seen,)] = conn.execute(_SQL["last_seen"]).fetchall()
    return seen


def purge(conn: psycopg.Connection, before: datetime) -> int:
    """Remove jobs that ended before `before` (aware), however they ended; commits as it goes. How many."""
    removed = 0
    while True:
        deleted = conn.execute(_SQL["purge"], {"before": before, "portion": _PORTION}).rowcount
        conn.commit()
        removed += deleted
        if deleted < _PORTION:
            return removed
