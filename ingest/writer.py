"""Batches from the inbox to the database: decode, one transaction, commit, and only then acknowledge."""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import psycopg
import structlog

from cityhub import quality
from cityhub.config import Settings
from cityhub.errors import StoreRefused, StoreUnavailable
from cityhub.kinds import KindName
from cityhub.observations import Decoded, Known, Observation, Rejected, decode
from cityhub.store import dial, domain_errors, notices, observations, quarantine, statuses
from cityhub.store.registry import Registry
from ingest import metrics
from ingest.health import Health
from ingest.inbox import Giving, Message
from ingest.keeping import Keeper

_log = structlog.get_logger()

_FIRST_DELAY_S = 0.2
_LONGEST_DELAY_S = 1.0
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(slots=True)
class _Batch:
    """Decoded messages on their way to the database."""

    observations: list[Observation] = field(default_factory=list)
    words: list[statuses.Word] = field(default_factory=list)
    entries: list[quarantine.Entry] = field(default_factory=list)
    newest: dict[KindName, datetime] = field(default_factory=dict)
    counts: Counter[KindName] = field(default_factory=Counter)


class Writer:
    """Takes batches until the inbox is closed and drained. One per process, on a thread of its own."""

    def __init__(
        self,
        settings: Settings,
        inbox: Giving,
        acknowledge: Callable[[Sequence[Message]], None],
        health: Health,
    ) -> None:
        self._settings = settings
        self._inbox = inbox
        self._acknowledge = acknowledge
        self._health = health
        self._registry = Registry()
        self._keeper = Keeper(settings)
        self._stopping = False
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

    def stop(self) -> None:
        """Give up on a database that is away; what is not stored stays unacknowledged and will come again."""
        # A plain flag: a signal handler may call this while the same thread waits on a lock.
        self._stopping = True

    def _store(self, messages: Sequence[Message], refusal: StoreRefused | None = None) -> bool:
        """Store the messages, however long the database is away. False when told to stop meanwhile.

        With `refusal` the messages go to quarantine, for the reason that the database gave.
        """
        delay = _FIRST_DELAY_S
        while True:
            try:
                self._commit(messages, refusal)
                self._acknowledge(messages)
                self._inbox.answered(len(messages))
                self._health.database(True)
                return True
            except StoreUnavailable as exc:
                self._disconnect()
                self._health.database(False)
                metrics.DATABASE_RETRIES.inc()
                _log.warning("the database is away, holding messages", error=str(exc), messages=len(messages))
                if not self._wait(delay):
                    return False
                delay = min(delay * 2, _LONGEST_DELAY_S)
            except StoreRefused as exc:
                self._disconnect()
                if refusal is not None:
                    raise
                return self._store_apart(messages, exc)

    def _wait(self, seconds: float) -> bool:
        """False as soon as told to stop."""
        end = time.monotonic() + seconds
        while not self._stopping and time.monotonic() < end:
            time.sleep(0.1)
        return not self._stopping

    def _store_apart(self, messages: Sequence[Message], refusal: StoreRefused) -> bool:
        """Halve a batch that the database refuses until the bad message is alone, and quarantine that one."""
        if len(messages) == 1:
            _log.error("the database refuses a message", topic=messages[0].topic, error=str(refusal))
            return self._store(messages, refusal)
        middle = len(messages) // 2
        return self._store(messages[:middle]) and self._store(messages[middle:])

    def _commit(self, messages: Sequence[Message], refusal: StoreRefused | None) -> None:
        started = time.perf_counter()
        with domain_errors():
            conn = self._connection()
            self._registry.refresh(conn)
            if refusal is None:
                batch = self._decode(conn, messages)
            else:
                rejected = Rejected("refused", str(refusal)[:200])
                batch = _Batch(entries=[_entry(message, rejected) for message in messages])
            rows = self._registry.rows(conn, batch.observations)
            with conn.transaction():
                added = observations.add(conn, rows, self._registry.limits)
                kept = self._keeper.add(conn, batch.entries)
                told = statuses.say(conn, batch.words)
                changed = {self._registry.known[id].kind for id in told}
                notices.changed(conn, changed.union(batch.newest) if added.stored else changed)
        self._keeper.settle(kept)
        _count(messages, batch, added)
        metrics.COMMIT_SECONDS.observe(time.perf_counter() - started)

    def _decode(self, conn: psycopg.Connection, messages: Sequence[Message]) -> _Batch:
        """All messages decoded. A sensor nobody knows may be new in the catalogue: look once more, then judge."""
        batch = self._decode_once(messages)
        unknown = any(entry.rejected.reason == "unknown_sensor" for entry in batch.entries)
        if unknown and self._registry.refresh(conn, at_most_every_s=2):
            batch = self._decode_once(messages)
        return batch

    def _decode_once(self, messages: Sequence[Message]) -> _Batch:
        batch = _Batch()
        known = self._registry.known
        prefix, limit = self._settings.topic_prefix, self._settings.max_payload_bytes
        for message in messages:
            if message.payload_bytes > limit:
                rejected = Rejected("too_large", f"{message.payload_bytes} bytes, at most {limit}")
                batch.entries.append(_entry(message, rejected))
                continue
            decoded = _decoded(prefix, message, known, limit)
            if decoded.observations and decoded.kind:
                batch.observations += decoded.observations
                batch.counts[decoded.kind] += len(decoded.observations)
                moment = decoded.observations[-1].time
                if moment > batch.newest.get(decoded.kind, _LONG_AGO):
                    batch.newest[decoded.kind] = moment
            if decoded.status is not None:
                sensor_id, online, time = decoded.status
                word = statuses.Word(
                    sensor_id, online, message.received_at, time, message.kept, message.redelivered
                )
                batch.words.append(word)
            batch.entries += [_entry(message, rejected) for rejected in decoded.rejected]
        return batch

    def _connection(self) -> psycopg.Connection:
        if self._conn is None:
            self._conn = dial(self._settings.require("database_url"), "cityhub-ingest", autocommit=True)
            observations.prepare(self._conn)
            notices.listen_for_catalogue(self._conn)
        return self._conn

    def _disconnect(self) -> None:
        if self._conn is not None:
            self._conn.close()
            self._conn = None
            # Ids may differ on the database that answers next (a restore, a failover that lost a moment).
            self._registry.forget()


def _count(messages: Sequence[Message], batch: _Batch, added: observations.Added) -> None:
    """Tell Prometheus of a committed batch."""
    metrics.MESSAGES.inc(len(messages))
    now = datetime.now(UTC)
    metrics.RECEIVE_LAG.observe((now - messages[0].received_at).total_seconds())
    for kind, count in batch.counts.items():
        metrics.OBSERVATIONS.labels(kind).inc(count)
        metrics.PHENOMENON_LAG.labels(kind).observe((now - batch.newest[kind]).total_seconds())
    metrics.DUPLICATES.inc(added.duplicates)
    for entry in batch.entries:
        metrics.REJECTED.labels(entry.rejected.reason).inc(entry.rejected.parts)
    metrics.BATCH.observe(len(messages))
    flags = Counter(one.quality for one in batch.observations if one.quality)
    flags.update(one.flags for one in added.found)
    for bits, count in flags.items():
        for name in quality.names(bits):
            metrics.FLAGGED.labels(name).inc(count)


def _decoded(prefix: str, message: Message, known: Mapping[str, Known], limit: int) -> Decoded:
    try:
        return decode(prefix, message.topic, message.payload, message.received_at, known, limit)
    except Exception:
        # decode never raises; if it should all the same, one message must not stop the others for good.
        _log.exception("decoding failed", topic=message.topic, payload_bytes=message.payload_bytes)
        decoded = Decoded()
        decoded.reject("schema", "the decoder failed; the log has the reason")
        return decoded


def _entry(message: Message, rejected: Rejected) -> quarantine.Entry:
    return quarantine.Entry(
        message.topic, message.payload, message.payload_bytes, rejected, message.received_at
    )
