"""Days that are over are summed up, and those that went stale are summed up again (cityhub/store/days.py).

Of air stations also what the days' VN_AQI is made of (cityhub/store/air_days.py).
"""

from datetime import UTC, datetime

from cityhub.air.vn_aqi import Completeness
from cityhub.config import Settings
from cityhub.logs import get_logger
from cityhub.store import air, connect, days, session

_log = get_logger()


def run(settings: Settings) -> None:
    """The task."""
    now = datetime.now(UTC)
    completeness = Completeness(settings.aqi_day_hours, settings.aqi_eight_hours)
    with connect(settings.require("database_url"), "cityhub-days", session.JOBS, autocommit=True) as conn:
        made = days.refresh(conn, now)
        made += air.keep_days(conn, air.stations(conn), completeness, now)
    if made:
        _log.info("days were summed up", count=made)
