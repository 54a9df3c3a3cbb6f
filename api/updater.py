"""The thread that keeps the snapshots fresh: it listens for changes, reads the store and rebuilds.

At most twice a second per change, at least every 15 s, so that ages and states move. When the database goes away it
goes on with the state it read last, whose ages grow, and comes back by itself.
"""

import threading
import time
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager, suppress
from datetime import UTC, datetime
from functools import partial
from typing import Protocol

import structlog

from api.snapshots import Snapshot, build, changed
from cityhub.errors import CityHubError
from cityhub.kinds import KINDS, KindName
from cityhub.latest import Feature, State

# Two looks a second: what is published is shown within a second (`./hub bench live`).
SHORTEST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 15.0
# Four rounds without success: something is wrong that does not pass by itself.
STALE_S = 60.0
# Rebuilding may take this part of one core at most: a slow database makes snapshots rarer, not the hub slower.
BUSY_SHARE = 0.25

_log = structlog.get_logger()

Publish = Callable[[KindName, list[Feature]], None]


class Listener(Protocol):
    """Tells of changes: the kinds that changed since the last call, waiting up to `timeout_s`."""

    def wait(self, timeout_s: float) -> set[str]: ...
    def close(self) -> None: ...


class Updater:
    """`snapshots` always holds the newest snapshot of each kind that could be built."""

    def __init__(
        self,
        read: Callable[[KindName], State],
        listen: Callable[[], AbstractContextManager[Listener]],
        publish: Publish,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._read, self._listen, self._publish, self._clock = read, listen, publish, clock
        self._states: dict[KindName, State] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="snapshots", daemon=True)
        self.snapshots: dict[KindName, Snapshot] = {}
        self.built = threading.Event()

    def start(self) -> None:
        """Begin in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Stop and wait for the thread, two seconds as a rule."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def rebuild(self, kinds: Collection[KindName]) -> None:
        """Read and rebuild `kinds`; raises the store's errors."""
        for kind in kinds:
            self._states[kind] = self._read(kind)
            self._put(kind)
        if len(self.snapshots) == len(KINDS):
            self.built.set()

    def fault(self) -> str | None:
        """What is wrong with the snapshots as a whole, for anybody to read; None while they are fresh."""
        if not self._thread.is_alive():
            return "their thread has ended"
        if not self.built.is_set():
            return "not built yet"
        now = self._clock()
        kind, age_s = max(
            ((kind, (now - found.built_at).total_seconds()) for kind, found in list(self.snapshots.items())),
            key=lambda aged: aged[1],
        )
        return f"{kind} is {age_s:.0f} s old" if age_s > STALE_S else None

    def _age(self, retry_s: float) -> None:
        """Rebuild from the states read last: values stay, ages and states move."""
        for kind in self._states:
            self._attempt(partial(self._put, kind), retry_s)

    def _put(self, kind: KindName) -> None:
        before = self.snapshots.get(kind)
        after = build(kind, self._states[kind], self._clock())
        self.snapshots[kind] = after
        news = [] if before is None else changed(before, after)
        if news:
            self._publish(kind, news)

    def _run(self) -> None:
        pause_s = SHORTEST_PAUSE_S
        while not self._stopping.is_set():
            began = time.monotonic()
            self._attempt(self._follow, pause_s)
            if self._stopping.is_set():
                return
            if time.monotonic() - began > LONGEST_PAUSE_S:
                pause_s = SHORTEST_PAUSE_S
            self._age(pause_s)
            self._stopping.wait(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    @staticmethod
    def _attempt(step: Callable[[], None], retry_s: float) -> None:
        """Run `step`; what it raises is logged and ends there, because nothing may end the thread."""
        # Not even a log that cannot be written, as on a full disk.
        with suppress(Exception):
            try:
                step()
            except CityHubError as exc:
                _log.warning("snapshots stand still", error=str(exc), retry_s=retry_s)
            except Exception:
                _log.exception("snapshots could not be built", retry_s=retry_s)

    def _follow(self) -> None:
        """Listen and rebuild until told to stop; raises the store's errors."""
        with self._listen() as listener:
            due: set[KindName] = set(KINDS)
            whole_at = time.monotonic() + LONGEST_PAUSE_S
            while not self._stopping.is_set():
                began = time.monotonic()
                if began >= whole_at:
                    due = set(KINDS)
                if due == set(KINDS):
                    whole_at = began + LONGEST_PAUSE_S
                self.rebuild(sorted(due))
                busy_s = time.monotonic() - began
                self._stopping.wait(max(SHORTEST_PAUSE_S - busy_s, busy_s / BUSY_SHARE) if due else 0)
                told = listener.wait(SHORTEST_PAUSE_S)
                due = {kind for kind in KINDS if kind in told}
