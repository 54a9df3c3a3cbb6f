"""What places saw and should have earned: today and the two days before, counted anew, because readings come late.
And the books' sums by day.
"""

from datetime import UTC, datetime, timedelta

from cityhub.config import Settings
from cityhub.logs import get_logger
from cityhub.rfc3339 import at_local_time
from cityhub.store import connect, ledger, revenue, session

DAYS = 3

_log = get_logger()


def run(settings: Settings) -> None:
    """The task: every day that may change."""
    _count(settings, DAYS)


def today(settings: Settings) -> None:
    """The task that is done more often: today alone, whose figures somebody may look at."""
    _count(settings, 1)


def _count(settings: Settings, days: int) -> None:
    now = datetime.now(UTC)
    last = at_local_time(now).date()
    with connect(settings.require("database_url"), "cityhub-revenue", session.JOBS) as conn:
        ledger.count(conn)
        conn.commit()
        for back in range(days):
            day = last - timedelta(days=back)
            places = revenue.count(conn, day, now)
            conn.commit()
            _log.info("counted a day of parking", day=day.isoformat(), places=places)
