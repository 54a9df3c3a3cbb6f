"""The thread that keeps the snapshots fresh: it listens for changes, reads the store and rebuilds.

At most twice a second per change, at least every 5 s, so that ages and states move. While the database does not
answer it goes on with the state it read last, whose ages grow, and comes back by itself within a second. A kind that
cannot be read does not hold up the others.
"""

import threading
import time
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager, suppress
from datetime import UTC, datetime
from functools import partial
from typing import Protocol

from api.snapshots import Snapshot, build, changed
from cityhub.errors import CityHubError
from cityhub.kinds import KINDS, KindName
from cityhub.latest import Feature, State
from cityhub.logs import get_logger

# Two looks a second: what is published is shown within a second (`./hub bench live`).
SHORTEST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 5.0
# Twelve rounds without success: something is wrong that does not pass by itself.
STALE_S = 60.0
# What failed is tried again after so long.
RETRY_S = 0.5
# A read that takes longer hangs; for so long other kinds are still read after one that failed.
HANGS_S = 4.0
# Rebuilding may take this part of one core at most, unless the rest would become longer than this: a slow database
# makes snapshots rarer, not the hub slower.
BUSY_SHARE = 0.25
LONGEST_REST_S = 2.0
# What goes on failing is said again after so long.
LOG_AGAIN_S = 60.0
_LISTENING = "listening"

_log = get_logger()

Publish = Callable[[Snapshot, list[Feature]], None]


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
        self._tried_at: dict[KindName, float] = {}
        # Seconds that the last two reads of a kind took. One may have waited for a lock, which says nothing about the
        # next: the shorter counts.
        self._costs_s: dict[KindName, tuple[float, float]] = {}
        self._logged_at: dict[str, float] = {}
        # Replaced as a whole, never changed: another thread reads it.
        self._failing: frozenset[str] = frozenset()
        self._reading_since: float | None = None
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
        if age_s > STALE_S:
            return f"{kind} is {age_s:.0f} s old"
        since = self._reading_since
        if since is not None and time.monotonic() - since > HANGS_S:
            return "the database does not answer them"
        failing = self._failing
        return f"they do not follow what is stored: {', '.join(sorted(failing))}" if failing else None

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._attempt(_LISTENING, self._follow)
            if self._stopping.is_set():
                return
            self._age(self._states)
            self._stopping.wait(RETRY_S)

    def _follow(self) -> None:
        """Listen and rebuild until told to stop; raises the store's errors when the listener fails."""
        with self._listen() as listener:
            self._well(_LISTENING)
            due: set[KindName] = set(KINDS)
            whole_at = 0.0
            while not self._stopping.is_set():
                began = time.monotonic()
                if began >= whole_at:
                    due = set(KINDS)
                if due == set(KINDS):
                    whole_at = began + LONGEST_PAUSE_S
                failed = self._rebuild(due)
                self._stopping.wait(self._rest_s(due, time.monotonic() - began))
                notified = listener.wait(RETRY_S if failed else SHORTEST_PAUSE_S)
                due = failed.union(kind for kind in KINDS if kind in notified)

    def _rebuild(self, due: Collection[KindName]) -> set[KindName]:
        """Read and rebuild the kinds of `due`, and age those that could not be; these are returned."""
        began = time.monotonic()
        failed: set[KindName] = set()
        # Who waited longest comes first: when time is short, none is left out again and again.
        for kind in sorted(due, key=lambda kind: (self._tried_at.get(kind, 0.0), kind)):
            if failed and time.monotonic() - began > HANGS_S:
                failed.add(kind)
                continue
            self._tried_at[kind] = time.monotonic()
            if not self._attempt(kind, partial(self._renew, kind)):
                failed.add(kind)
        self._age(failed & self._states.keys())
        if not failed and len(self.snapshots) == len(KINDS):
            self.built.set()
        return failed

    def _renew(self, kind: KindName) -> None:
        """Read and rebuild one kind; raises the store's errors."""
        began = self._reading_since = time.monotonic()
        try:
            self._states[kind] = self._read(kind)
        finally:
            self._reading_since = None
        self._put(kind)
        took_s = time.monotonic() - began
        self._costs_s[kind] = (took_s, self._costs_s.get(kind, (0.0,))[0])

    def _age(self, kinds: Collection[KindName]) -> None:
        """Rebuild from the states read last: values stay, ages and states move."""
        for kind in kinds:
            self._attempt(kind, partial(self._put, kind), is_well=False)

    def _put(self, kind: KindName) -> None:
        before = self.snapshots.get(kind)
        after = build(kind, self._states[kind], self._clock())
        self.snapshots[kind] = after
        news = [] if before is None else changed(before, after)
        if news:
            self._publish(after, news)

    def _rest_s(self, due: Collection[KindName], took_s: float) -> float:
        """How long to rest after a round of `due` that took so long."""
        if not due:
            return 0
        usual_s = sum(min(self._costs_s[kind]) for kind in due if kind in self._costs_s)
        return max(SHORTEST_PAUSE_S - took_s, min(usual_s / BUSY_SHARE, LONGEST_REST_S), 0)

    def _attempt(self, what: str, step: Callable[[], None], *, is_well: bool = True) -> bool:
        """Run `step`; what it raises is logged and ends there, because nothing may end the thread.

        `is_well`: when it succeeds, all is well with `what` again.
        """
        try:
            step()
        except Exception as exc:
            self._failing |= {what}
            # Not even a log that cannot be written, as on a full disk.
            with suppress(Exception):
                self._log_failure(what, exc)
            return False
        if is_well:
            self._well(what)
        return True

    def _well(self, what: str) -> None:
        if what in self._failing:
            self._failing -= {what}
            self._logged_at.pop(what, None)
            with suppress(Exception):
                _log.info("snapshots move again", what=what)

    def _log_failure(self, what: str, exc: Exception) -> None:
        now = time.monotonic()
        logged_at = self._logged_at.get(what)
        if logged_at is not None and now - logged_at < LOG_AGAIN_S:
            return
        self._logged_at[what] = now
        if isinstance(exc, CityHubError):
            _log.warning("snapshots stand still", what=what, error=str(exc))
        else:
            _log.exception("snapshots could not be built", what=what)
