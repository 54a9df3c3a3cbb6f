"""Received messages decoded: what one transaction stores of them, and what is counted of it afterwards."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from msgspec import structs

from cityhub.kinds import KindName
from cityhub.logs import get_logger
from cityhub.observing import topics
from cityhub.observing.decode import decode
from cityhub.observing.decoded import Decoded, Observation, Reason, RegisteredSensor, Rejected, Total
from cityhub.store.batches import MOST_ROWS
from cityhub.store.quarantine import Entry
from cityhub.store.statuses import Report
from ingest.message import Message

_log = get_logger()

# A batch of 10,000 messages is some 200,000 objects, all needed until its commit and none of them in a cycle. Looked at
# again and again they were a quarter of a worker's CPU.
NEW_OBJECTS = 200_000
# Label of what names no kind.
NO_KIND = "none"
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(slots=True)
class Batch:
    """The first `length` messages of those given, decoded. `newest`: phenomenon times; counters are by kind."""

    length: int = 0
    observations: list[Observation] = field(default_factory=list)
    totals: list[Total] = field(default_factory=list)
    statuses: list[Report] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    newest: dict[KindName, datetime] = field(default_factory=dict)
    counts: Counter[KindName] = field(default_factory=Counter)
    messages: Counter[str] = field(default_factory=Counter)
    # Messages of which a part was rejected; and those parts.
    refused: Counter[str] = field(default_factory=Counter)
    rejected: Counter[tuple[str, Reason]] = field(default_factory=Counter)
    # By kind: each message's newest phenomenon time.
    times: defaultdict[KindName, list[datetime]] = field(default_factory=lambda: defaultdict(list))
    ignored: Counter[KindName] = field(default_factory=Counter)
    # By topic: the names of fields that were ignored.
    ignored_names: dict[str, list[str]] = field(default_factory=dict)

    def add(self, message: Message, decoded: Decoded) -> None:
        """Take in the next message."""
        self.length += 1
        kind = decoded.kind
        self.messages[kind or NO_KIND] += 1
        if kind and decoded.observations:
            self.observations += decoded.observations
            self.counts[kind] += len(decoded.observations)
            self.newest[kind] = max(self.newest.get(kind, _LONG_AGO), decoded.observations[-1].time)
            self.times[kind].append(decoded.observations[-1].time)
        if kind and decoded.totals:
            self.totals += decoded.totals
            self.counts[kind] += len(decoded.totals)
            self.newest[kind] = max(self.newest.get(kind, _LONG_AGO), decoded.totals[-1].time)
            self.times[kind].append(decoded.totals[-1].time)
        if decoded.status is not None:
            sensor_id, online, time, details = decoded.status
            self.statuses.append(
                Report(
                    sensor_id, online, message.received_at, time, message.kept, message.redelivered, details
                )
            )
        if kind and decoded.ignored_parts:
            self.ignored[kind] += decoded.ignored_parts
            self.ignored_names[message.topic] = decoded.ignored
        self.refused[kind or NO_KIND] += bool(decoded.rejected)
        for rejected in decoded.rejected:
            self.rejected[kind or NO_KIND, rejected.reason] += rejected.parts
            self.entries.append(
                Entry(
                    message.topic,
                    message.payload,
                    message.payload_bytes,
                    rejected,
                    message.received_at,
                    message.kept,
                )
            )


def decode_batch(
    messages: Sequence[Message],
    prefix: str,
    max_bytes: int,
    known: Mapping[str, RegisteredSensor],
    *,
    replays: bool = True,
) -> Batch:
    """As many of the messages, at least one, as make the rows of one transaction; the rest is for the next.

    `replays`: messages that say so may be older than their sensor.
    """
    batch = Batch()
    # By topic: until when values without a time of their own took the moments of a list (cityhub.observing.repeats).
    taken: dict[str, datetime] = {}
    for received in messages:
        message = received
        if taken and received.topic in taken:
            message = structs.replace(received, received_at=max(received.received_at, taken[received.topic]))
        decoded = _decoded(message, prefix, max_bytes, known, replays=replays)
        if decoded.moments > 1:
            taken[message.topic] = message.received_at + timedelta(microseconds=decoded.moments)
        batch.add(message, decoded)
        if len(batch.observations) + len(batch.totals) >= MOST_ROWS:
            break
    return batch


def refused_batch(messages: Sequence[Message], prefix: str, rejected: Rejected) -> Batch:
    """All of the messages for quarantine, whatever they hold."""
    batch = Batch()
    for message in messages:
        batch.add(message, _undecoded(message, prefix, rejected.reason, rejected.detail))
    return batch


def _decoded(
    message: Message, prefix: str, max_bytes: int, known: Mapping[str, RegisteredSensor], *, replays: bool
) -> Decoded:
    if message.payload_bytes > max_bytes:
        detail = f"{message.payload_bytes} bytes, at most {max_bytes}"
        return _undecoded(message, prefix, "too_large", detail)
    try:
        return decode(
            prefix,
            message.topic,
            message.payload,
            message.received_at,
            known,
            max_bytes,
            retained=message.kept,
            replays=replays,
        )
    except Exception:
        # decode never raises; if it should all the same, one message must not stop the others for good.
        _log.exception("decoding failed", topic=message.topic, payload_bytes=message.payload_bytes)
        return _undecoded(message, prefix, "schema", "the decoder failed; the log has the reason")


def _undecoded(message: Message, prefix: str, reason: Reason, detail: str) -> Decoded:
    address = topics.parse(prefix, message.topic)
    decoded = Decoded() if address is None else Decoded(address.kind, address.sensor_id)
    decoded.reject(reason, detail)
    return decoded
