"""What is older than its time is removed: raw observations, rejected messages, jobs that ended."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import psycopg

from cityhub.config import Settings
from cityhub.logs import get_logger
from cityhub.store import connect, jobs, retention, session

# Long enough to see what went wrong over a long weekend.
JOBS_KEPT = timedelta(days=7)

_log = get_logger()


@dataclass(frozen=True, slots=True)
class Removed:
    """`observations`: chunks (TimescaleDB) or rows; `jobs`: rows."""

    observations: int
    jobs: int


def apply(conn: psycopg.Connection, days: int, now: datetime) -> Removed:
    """Remove raw observations and rejected messages older than `days` before `now` (aware), and old jobs.

    Commits as it goes; hourly sums stay.
    """
    return Removed(retention.apply(conn, days, now), jobs.purge(conn, now - JOBS_KEPT))


def run(settings: Settings) -> None:
    """The task."""
    with connect(settings.require("database_url"), "cityhub-retention", session.JOBS) as conn:
        removed = apply(conn, settings.raw_retention_days, datetime.now(UTC))
    _log.info("removed what is too old", observations=removed.observations, jobs=removed.jobs)
