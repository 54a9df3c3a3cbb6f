"""What is older than its time is removed: raw observations, rejected messages, jobs that ended, plates, photos."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import psycopg

from cityhub.config import Settings
from cityhub.logs import get_logger
from cityhub.store import (
    audit,
    connect,
    flood_reports,
    ingest_rates,
    jobs,
    known_browsers,
    people,
    privacy,
    retention,
    session,
    sign_ins,
)

# Long enough to see what went wrong over a long weekend.
JOBS_KEPT = timedelta(days=7)
# What the rules for systems with many people's data ask (docs/people.md).
ACCOUNTS_IDLE = timedelta(days=45)
SIGN_INS_KEPT = timedelta(days=100)
# Pictures of flooded streets show who was there.
PHOTOS_KEPT = timedelta(days=30)

_log = get_logger()


@dataclass(frozen=True, slots=True)
class Removed:
    """`observations`: chunks (TimescaleDB) or rows; `jobs`, `plates`, `photos`: rows."""

    observations: int
    jobs: int
    plates: int
    photos: int


def apply(conn: psycopg.Connection, settings: Settings, now: datetime) -> Removed:
    """Remove what is too old at `now` (aware): raw observations, rejected messages, jobs, plates, photos.

    Accounts that nobody uses are closed. Commits as it goes; hourly sums stay.
    """
    _forget(conn, now)
    key = settings.privacy_key.get_secret_value().encode()
    before = now - timedelta(days=settings.plate_retention_days)
    return Removed(
        retention.apply(conn, settings.raw_retention_days, now),
        jobs.purge(conn, now - JOBS_KEPT),
        privacy.erase_old_plates(conn, key, before) if key else 0,
        flood_reports.remove_photos(conn, now - PHOTOS_KEPT),
    )


def _forget(conn: psycopg.Connection, now: datetime) -> None:
    for name in people.close_idle(conn, now - ACCOUNTS_IDLE, now):
        audit.add(
            conn, "hub", "person shut out", f"person:{name}", why=f"not seen for {ACCOUNTS_IDLE.days} days"
        )
    sign_ins.forget(conn, now - SIGN_INS_KEPT)
    known_browsers.forget(conn, now - known_browsers.KNOWN)
    ingest_rates.forget(conn, now)
    conn.commit()


def run(settings: Settings) -> None:
    """The task."""
    with connect(settings.require("database_url"), "cityhub-retention", session.JOBS) as conn:
        removed = apply(conn, settings, datetime.now(UTC))
    _log.info(
        "removed what is too old",
        observations=removed.observations,
        jobs=removed.jobs,
        plates=removed.plates,
        photos=removed.photos,
    )
