"""Batches from the inbox to the database: decode, one transaction, commit, and only then acknowledge."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import psycopg

from cityhub.config import Settings
from cityhub.errors import StoreRefused, StoreUnavailable
from cityhub.logs import get_logger
from cityhub.observing.decoded import Rejected
from cityhub.stopping import Stopping
from cityhub.store import batches, dial, domain_errors, notices, observations, session, statuses
from cityhub.store.bounds import bounded
from cityhub.store.registry import Registry
from ingest import metrics
from ingest.batch import Batch, decode_batch, refused_batch
from ingest.counting import count
from ingest.ignored import IgnoredFields
from ingest.inbox import MessageSource
from ingest.message import Message
from ingest.quarantine import QuarantineWriter
from ingest.rates import Rates
from ingest.raw_messages import RawMessages
from ingest.readiness import Readiness

_log = get_logger()

_FIRST_DELAY_S = 0.2
# Short: while the database hangs, most of the time is spent in a statement that it may answer at any moment.
_LONGEST_DELAY_S = 0.5


class Writer:
    """Takes batches until the inbox is closed and drained. One per process, on a thread of its own."""

    def __init__(
        self,
        settings: Settings,
        inbox: MessageSource,
        acknowledge: Callable[[Sequence[Message]], None],
        readiness: Readiness,
        stopping: Stopping,
    ) -> None:
        """`stopping`: to give up on a database that is away; what is not stored then will come again."""
        self._settings = settings
        self._inbox = inbox
        self._acknowledge = acknowledge
        self._readiness = readiness
        self._registry = Registry(settings.raw_retention_days, replays=settings.accept_replays)
        self._keeper = QuarantineWriter(settings)
        self._rates = Rates()
        self._raw = RawMessages(settings.topic_prefix)
        self._stopping = stopping
        self._ignored = IgnoredFields()
        self._conn: psycopg.Connection | None = None

    def run(self) -> None:
        """Store and acknowledge until there is nothing left to take."""
        try:
            while batch := self._inbox.take(
                self._settings.ingest_batch_size, self._settings.ingest_batch_ms / 1000
            ):
                if not self._store(batch):
                    return
        finally:
            self._disconnect()

    def _store(self, messages: Sequence[Message], refusal: StoreRefused | None = None) -> bool:
        """Store the messages, however long the database is away. False when told to stop meanwhile.

        With `refusal` the messages go to quarantine, for the reason that the database gave.
        """
        delay = _FIRST_DELAY_S
        while messages:
            self._readiness.storing(True)
            try:
                stored = self._commit(messages, refusal)
                self._readiness.storing(False)
                self._readiness.database(True)
                self._acknowledge(messages[:stored])
                self._inbox.answered(stored)
                messages = messages[stored:]
                delay = _FIRST_DELAY_S
            except StoreUnavailable as exc:
                self._disconnect()
                self._readiness.storing(False)
                self._readiness.database(False)
                metrics.DATABASE_RETRIES.inc()
                _log.warning("the database is away, holding messages", error=str(exc), messages=len(messages))
                if self._stopping.wait(delay):
                    return False
                delay = min(delay * 2, _LONGEST_DELAY_S)
            except StoreRefused as exc:
                self._disconnect()
                if refusal is not None:
                    raise
                return self._store_apart(messages, exc)
        return True

    def _store_apart(self, messages: Sequence[Message], refusal: StoreRefused) -> bool:
        """Halve a batch that the database refuses until the bad message is alone, and quarantine that one."""
        if len(messages) == 1:
            _log.error("the database refuses a message", topic=messages[0].topic, error=str(refusal))
            return self._store(messages, refusal)
        middle = len(messages) // 2
        return self._store(messages[:middle]) and self._store(messages[middle:])

    def _commit(self, messages: Sequence[Message], refusal: StoreRefused | None) -> int:
        """How many of the messages, from the first on, are committed now."""
        started = time.perf_counter()
        with domain_errors(), self._connection_for_a_batch() as conn:
            self._registry.refresh(conn)
            batch = self._batch(conn, messages, refusal)
            rows = self._registry.rows(conn, batch.observations)
            totals = self._registry.totals(conn, batch.totals)
            with conn.transaction():
                added = batches.add(conn, rows, self._registry.limits, totals)
                kept = self._keeper.add(conn, batch.entries)
                if refusal is None:
                    self._raw.keep(conn, messages[: batch.length])
                told = statuses.record(conn, batch.statuses)
                changed = {self._registry.known[id].kind for id in told}
                notices.changed(conn, changed.union(batch.newest) if added.stored else changed)
                written = self._rates.write(conn, batch)
        self._rates.settle(batch, written)
        self._keeper.settle(kept)
        metrics.COMMIT_SECONDS.observe(time.perf_counter() - started)
        count(batch, added, messages[0].received_at, self._registry)
        self._ignored.tell(batch.ignored_names)
        return batch.length

    def _batch(
        self, conn: psycopg.Connection, messages: Sequence[Message], refusal: StoreRefused | None
    ) -> Batch:
        """The messages decoded. A sensor nobody knows may be new in the catalogue: look once more, then judge."""
        prefix, registry = self._settings.topic_prefix, self._registry
        if refusal is not None:
            return refused_batch(messages, prefix, Rejected("refused", str(refusal)[:200]))
        most, replays = self._settings.max_payload_bytes, self._settings.accept_replays
        batch = decode_batch(messages, prefix, most, registry.known, replays=replays)
        unknown = any(entry.rejected.reason == "unknown_sensor" for entry in batch.entries)
        if unknown and registry.refresh(conn, at_most_every_s=2):
            batch = decode_batch(messages, prefix, most, registry.known, replays=replays)
        return batch

    def _connection(self) -> psycopg.Connection:
        if self._conn is None:
            self._conn = dial(
                self._settings.require("database_url"), "cityhub-ingest", session.INGEST, autocommit=True
            )
            observations.prepare(self._conn)
            notices.listen_for_catalogue(self._conn)
        return self._conn

    @contextmanager
    def _connection_for_a_batch(self) -> Iterator[psycopg.Connection]:
        conn = self._connection()
        with bounded(conn, session.INGEST.hold_s):
            yield conn

    def _disconnect(self) -> None:
        if self._conn is not None:
            self._conn.close()
            self._conn = None
            # Ids may differ on the database that answers next (a restore, a failover that lost a moment).
            self._registry.forget()
