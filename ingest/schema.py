"""Ingest stores when the database is there and has the tables that it needs."""

from collections.abc import Callable

from cityhub.config import Settings
from cityhub.errors import MigrationError, StoreUnavailable
from cityhub.logs import get_logger
from cityhub.stopping import Stopping
from cityhub.store import connect, migrations, session
from ingest.readiness import Readiness

_log = get_logger()


def wait_for_schema(
    config: Settings,
    readiness: Readiness,
    stopping: Stopping,
    when_away: Callable[[], object] = lambda: None,
) -> bool:
    """Wait for the database, `when_away` is called before each wait; False when told to stop before it came.

    Raises MigrationError when it is older than this program, SettingsError without one.
    """
    url = config.require("database_url")
    while not stopping.is_set():
        try:
            with connect(url, "cityhub-ingest", session.INGEST) as conn:
                version = migrations.current(conn)
        except StoreUnavailable as exc:
            readiness.database(False)
            _log.warning("waiting for the database", error=str(exc))
            when_away()
            stopping.wait(1)
            continue
        readiness.database(True)
        if version < migrations.newest():
            raise MigrationError(
                f"the database is at version {version}, ingest needs {migrations.newest()}: run ./hub migrate"
            )
        return True
    return False
