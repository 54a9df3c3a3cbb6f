"""Messages on their way to one transaction, bounded in what they become."""

import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from cityhub.observing.decoded import RegisteredSensor, Rejected
from ingest.batch import Batch, decode_batch, refused_batch
from ingest.message import Message

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
KNOWN = {"air-one": RegisteredSensor("air", None), "rain-one": RegisteredSensor("rain", None)}


def message(topic: str, payload: bytes, size: int | None = None) -> Message:
    return Message(topic, payload, len(payload) if size is None else size, 1, 1, NOW)


def swollen(values: int) -> bytes:
    """A small gzip of so many readings."""
    times = [(NOW - timedelta(seconds=second)).isoformat() for second in range(values)]
    return gzip.compress(json.dumps([{"time": time, "values": {"co": 1}} for time in times]).encode())


def portions(messages: list[Message]) -> Iterator[Batch]:
    while messages:
        batch = decode_batch(messages, "hanoi", 262_144, KNOWN)
        yield batch
        messages = messages[batch.length :]


def test_small_messages_that_unpack_to_much_are_taken_a_few_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ingest.batch.MOST_ROWS", 1000)
    payload = swollen(400)
    found = list(portions([message("hanoi/air/air-one/telemetry", payload)] * 10))
    assert [batch.length for batch in found] == [3, 3, 3, 1]
    assert [len(batch.observations) for batch in found] == [1200, 1200, 1200, 400]


def test_one_message_is_always_taken_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.batch.MOST_ROWS", 10)
    [first, second] = portions([message("hanoi/air/air-one/telemetry", swollen(400))] * 2)
    assert (first.length, len(first.observations)) == (second.length, len(second.observations)) == (1, 400)


def test_messages_and_what_is_wrong_with_them_are_counted_by_kind() -> None:
    good = json.dumps({"time": NOW.isoformat(), "values": {"rain": 1, "snow": 2, "hail": 3}}).encode()
    [batch] = portions(
        [
            message("hanoi/rain/rain-one/telemetry", good),
            message("hanoi/air/air-one/telemetry", b"cut", size=1_000_000),
            message("hanoi/air/air-two/telemetry", good),
            message("hanoi/noise/noise-one/telemetry", good),
        ]
    )
    assert batch.messages == {"rain": 1, "air": 2, "none": 1}
    assert batch.counts == {"rain": 1}
    assert batch.newest == {"rain": NOW}
    assert batch.rejected == {
        ("rain", "unknown_property"): 2,
        ("air", "too_large"): 1,
        ("air", "unknown_sensor"): 1,
        ("none", "topic"): 1,
    }
    assert [entry.rejected.sensor_id for entry in batch.entries] == ["rain-one", "air-one", "air-two", None]


def test_a_refused_message_goes_to_quarantine_undecoded() -> None:
    batch = refused_batch(
        [message("hanoi/air/air-one/telemetry", swollen(3))], "hanoi", Rejected("refused", "out of range")
    )
    assert (batch.length, batch.observations) == (1, [])
    [entry] = batch.entries
    assert entry.rejected == Rejected("refused", "out of range", "air-one")
    assert batch.rejected == {("air", "refused"): 1}
