"""What of the rejected goes to quarantine: a sample of each source, and no more than there is room for."""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import psycopg

from cityhub.config import Settings
from cityhub.logs import get_logger
from cityhub.store import quarantine
from cityhub.store.quarantine import Entry, Kept, Size
from ingest import metrics
from ingest.sampling import Choice, Key, Sampler

_log = get_logger()

MEASURE_S = 60.0
_SAY_S = 60.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a transaction did with its entries; it counts only once that is committed."""

    choice: Choice
    sampled: Sequence[Entry]
    kept: Kept


class QuarantineWriter:
    """One per writer. Knows the size of the quarantine from a look a minute and from what it added since."""

    def __init__(self, settings: Settings) -> None:
        self._sampler = Sampler(settings.quarantine_per_minute)
        self._limit = Size(settings.quarantine_max_rows, settings.quarantine_max_mb * 1_000_000)
        self._size = Size(0, 0)
        self._measured_at: float | None = None
        self._said_at: float | None = None
        self._unsaid = 0
        metrics.QUARANTINE_LIMIT.set(self._limit.rows)

    def add(self, conn: psycopg.Connection, entries: Sequence[Entry]) -> Outcome:
        """Keep what may be kept, within the caller's transaction; call `settle` after its commit."""
        self._measure(conn)
        keys = [Key(entry.rejected.sensor_id or entry.topic, entry.rejected.reason) for entry in entries]
        choice = self._sampler.choose(keys, time.monotonic())
        chosen: list[Entry] = []
        sampled: list[Entry] = []
        for entry, kept in zip(entries, choice.kept, strict=True):
            (chosen if kept else sampled).append(entry)
        room = Size(self._limit.rows - self._size.rows, self._limit.bytes - self._size.bytes)
        return Outcome(choice, sampled, quarantine.add(conn, chosen, room))

    def settle(self, outcome: Outcome) -> None:
        """Count what was committed."""
        self._sampler.settle(outcome.choice, time.monotonic())
        added, dropped = outcome.kept.added, outcome.kept.dropped
        self._size = Size(self._size.rows + added.rows, self._size.bytes + added.bytes)
        metrics.QUARANTINE_ROWS.set(self._size.rows)
        metrics.QUARANTINE_BYTES.set(self._size.bytes)
        for reason, count in Counter(entry.rejected.reason for entry in outcome.sampled).items():
            metrics.QUARANTINE_SAMPLED.labels(reason).inc(count)
        for reason, count in Counter(entry.rejected.reason for entry in dropped).items():
            metrics.QUARANTINE_DROPPED.labels(reason).inc(count)
        if dropped:
            self._say_full(len(dropped))

    def _measure(self, conn: psycopg.Connection) -> None:
        now = time.monotonic()
        if self._measured_at is None or now - self._measured_at >= MEASURE_S:
            self._size = quarantine.size(conn)
            self._measured_at = now

    def _say_full(self, dropped: int) -> None:
        self._unsaid += dropped
        now = time.monotonic()
        if self._said_at is None or now - self._said_at >= _SAY_S:
            _log.error(
                "the quarantine is full: rejected messages are only counted; see `hub quarantine purge`",
                dropped=self._unsaid,
                rows=self._size.rows,
                max_rows=self._limit.rows,
                bytes=self._size.bytes,
            )
            self._said_at, self._unsaid = now, 0
