"""What was kept of sensors to which somebody listened is removed after a day."""

from datetime import UTC, datetime

from cityhub.config import Settings
from cityhub.store import connect, raw_messages, session


def run(settings: Settings) -> None:
    """The task."""
    with connect(settings.require("database_url"), "cityhub-raw-messages", session.JOBS) as conn:
        raw_messages.forget(conn, datetime.now(UTC))
