"""Could the hub work with the database now? Asked when somebody asks ingest, which may have nothing to store itself."""

import threading
import time

from cityhub.errors import CityHubError

# However many ask, the database is asked once in so many seconds.
_GOOD_FOR_S = 1.0


class DatabaseProbe:
    """For any number of threads; an answer takes up to 5 s while the database gives none."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._lock = threading.Lock()
        self._found: str | None = None
        self._asked_at: float | None = None

    def fault(self) -> str | None:
        """What is wrong with the database, in words for operators; None when nothing is."""
        with self._lock:
            if self._asked_at is None or time.monotonic() - self._asked_at > _GOOD_FOR_S:
                self._found = self._ask()
                self._asked_at = time.monotonic()
            return self._found

    def _ask(self) -> str | None:
        # The driver loads after ingest has begun to connect to the broker.
        from cityhub.store import connect, readiness, session  # noqa: PLC0415
        from cityhub.store.bounds import bounded  # noqa: PLC0415

        use = session.READINESS
        try:
            with (
                connect(self._url, "cityhub-ingest-readiness", use) as conn,
                bounded(conn, use.hold_s),
            ):
                return readiness.fault(conn)
        except CityHubError:
            return "it does not answer"
