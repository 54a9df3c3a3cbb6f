"""Days that are over are summed up, and those that went stale are summed up again (cityhub/store/days.py)."""

from datetime import UTC, datetime

from cityhub.config import Settings
from cityhub.logs import get_logger
from cityhub.store import connect, days, session

_log = get_logger()


def run(settings: Settings) -> None:
    """The task."""
    with connect(settings.require("database_url"), "cityhub-days", session.JOBS, autocommit=True) as conn:
        made = days.refresh(conn, datetime.now(UTC))
    if made:
        _log.info("days were summed up", count=made)
