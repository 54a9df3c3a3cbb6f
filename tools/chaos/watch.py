"""Follows the database during the run: how much is stored, and how far it is behind the broker's promises."""

import threading
import time
from collections.abc import Callable
from itertools import islice

from cityhub.errors import StoreUnavailable
from cityhub.store import connect
from tools import proof

_EVERY_S = 0.5


class Watch:
    """Polls on a thread of its own; a database that is away is asked again."""

    def __init__(self, database_url: str, acked: Callable[[], dict[int, float]]) -> None:
        self._url, self._acked = database_url, acked
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="chaos-watch")
        self.stored = 0
        self.changed_at = time.monotonic()
        # Seconds; the longest that an acknowledged message waited, taking them to be stored in their order.
        self.max_lag_s = 0.0

    def start(self) -> None:
        """Begins to poll."""
        self._thread.start()

    def stop(self) -> None:
        """Ends polling."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join(15)

    def wait_until_drained(self, expected: int, quiet_s: float, stuck_s: float, patience_s: float) -> None:
        """Returns when `expected` are stored and nothing changed for `quiet_s`, or nothing did for `stuck_s`.

        Never waits longer than `patience_s`: what is missing then is for the verdict to say.
        """
        end = time.monotonic() + patience_s
        self.changed_at = time.monotonic()
        while (now := time.monotonic()) < end:
            if now - self.changed_at > (quiet_s if self.stored >= expected else stuck_s):
                return
            time.sleep(0.1)

    def _run(self) -> None:
        while not self._stopping.wait(_EVERY_S):
            acked = dict(self._acked())
            asked_at = time.monotonic()
            try:
                with connect(self._url, "cityhub-chaos") as conn:
                    stored = proof.count(conn)
            except StoreUnavailable:
                continue
            if stored != self.stored:
                self.stored, self.changed_at = stored, time.monotonic()
            oldest = next(islice(acked.values(), stored, None), asked_at)
            self.max_lag_s = max(self.max_lag_s, asked_at - oldest)
