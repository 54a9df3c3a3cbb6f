"""One look over all sensors for all who read the console: it takes a tenth of a second with ten thousand of them.

Whoever asks is given the newest, and another is made behind them when it is some seconds old: nobody waits for it but
who comes first. While nobody reads and no console listens (api/console_feed.py) none is made. What is known of sensors
is as old as the look, which pages say; what people know of them is read for every page.
"""

from datetime import UTC, datetime, timedelta
from threading import Lock, Thread

from cityhub.errors import CityHubError
from cityhub.logs import get_logger
from cityhub.store import Pool, trouble
from cityhub.store.trouble import Look

RENEW_AFTER = timedelta(seconds=5)
# Who comes after nobody came for so long waits for a new one.
WAIT_AFTER = timedelta(seconds=30)

_log = get_logger()


class Looks:
    """Remembers the newest look. For many threads."""

    def __init__(self) -> None:
        self._making, self._renewing = Lock(), Lock()
        self._newest: Look | None = None

    def fresh(self, pool: Pool) -> Look:
        """One of this moment, for who listens; those who read have it too. Raises as the store."""
        with self._making:
            return self._made(pool)

    def newest(self, pool: Pool) -> Look:
        """The newest; `pool` is where another is made from, for the caller or behind them. Raises as the store."""
        found = self._not_older_than(WAIT_AFTER)
        if found is None:
            with self._making:
                # Who comes while one is made waits for it instead of making another.
                found = self._not_older_than(WAIT_AFTER)
                if found is None:
                    found = self._made(pool)
        elif self._not_older_than(RENEW_AFTER) is None and self._renewing.acquire(blocking=False):
            try:
                Thread(target=self._renew, args=(pool,), name="look", daemon=True).start()
            except RuntimeError:
                # No more threads: whoever comes next tries again.
                self._renewing.release()
        return found

    def _made(self, pool: Pool) -> Look:
        with pool.connection() as conn:
            found = trouble.look(conn, datetime.now(UTC))
        known = self._newest
        if known is None or known.at < found.at:
            self._newest = found
        return found

    def _renew(self, pool: Pool) -> None:
        try:
            self._made(pool)
        except CityHubError as exc:
            # Who reads next tries again, and waits when this one gets too old.
            _log.warning("no look over the sensors", error=str(exc))
        finally:
            self._renewing.release()

    def _not_older_than(self, age: timedelta) -> Look | None:
        found = self._newest
        return found if found is not None and datetime.now(UTC) - found.at < age else None
