"""What waits and should not wait for long, as figures for whoever watches the hub."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, get_args

import psycopg

from cityhub.store.queries import load

_SQL = load(__file__)

What = Literal["payments", "refunds", "parked_money", "invoices", "messages", "breaches"]
WHATS: Final[tuple[What, ...]] = get_args(What)


@dataclass(frozen=True, slots=True)
class Waiting:
    """So many, the first since then; None where nothing waits. Payments: since they should have been settled."""

    count: int
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Backlog:
    """`due_jobs`: nobody has begun them; `failed_jobs`: given up in the last week. `parked_vnd` waits for a person."""

    waiting: dict[What, Waiting]
    due_jobs: int
    failed_jobs: int
    parked_vnd: int
    database_bytes: int


def freeze(conn: psycopg.Connection) -> None:
    """All that is read next is of one moment: payments go on meanwhile."""
    conn.execute(_SQL["frozen"])


def measure(conn: psycopg.Connection) -> Backlog:
    """How it stands now."""
    waiting = {what: Waiting(count, since) for what, count, since in conn.execute(_SQL["waiting"]).fetchall()}
    [(due, failed)] = conn.execute(_SQL["jobs"]).fetchall()
    [(parked,)] = conn.execute(_SQL["parked_vnd"]).fetchall()
    [(size,)] = conn.execute(_SQL["database_bytes"]).fetchall()
    return Backlog(waiting, due, failed, parked, size)
