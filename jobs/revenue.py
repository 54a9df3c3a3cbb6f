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
    """The task."""
    now = datetime.now(UTC)
    today = at_local_time(now).date()
    with connect(settings.require("database_url"), "cityhub-revenue", session.JOBS) as conn:
        ledger.count(conn)
        conn.commit()
        for back in range(DAYS):
            day = today - timedelta(days=back)
            places = revenue.count(conn, day, now)
            conn.commit()
            _log.info("counted a day of parking", day=day.isoformat(), places=places)
