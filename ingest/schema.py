"""Ingest begins when the database is there and has the tables that it needs."""

import time

import structlog

from cityhub.config import Settings
from cityhub.errors import MigrationError, StoreUnavailable
from cityhub.store import connect, migrations, session

_log = structlog.get_logger()


def wait_for_schema(config: Settings) -> None:
    """Wait for the database. Raises MigrationError when it is older than this program, SettingsError without one."""
    url = config.require("database_url")
    config.require("mqtt_url")
    while True:
        try:
            with connect(url, "cityhub-ingest", session.INGEST) as conn:
                version = migrations.current(conn)
        except StoreUnavailable as exc:
            _log.warning("waiting for the database", error=str(exc))
            time.sleep(1)
            continue
        if version < migrations.newest():
            raise MigrationError(
                f"the database is at version {version}, ingest needs {migrations.newest()}: run ./hub migrate"
            )
        return
