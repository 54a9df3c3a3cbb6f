"""The inbox hands out batches by size or age and makes the sender wait when it is full."""

import sys
import threading
import time
from datetime import UTC, datetime

import pytest

from ingest.inbox import BATCH_BYTES, Inbox
from ingest.message import Message


def message(number: int, size: int = 10) -> Message:
    return Message(f"t/{number}", b"x" * size, size, number, 1, datetime.now(UTC))


def test_a_full_batch_is_handed_out_at_once_in_order() -> None:
    inbox = Inbox()
    for number in range(5):
        inbox.put(message(number))
    assert [m.packet_id for m in inbox.take(3, 60)] == [0, 1, 2]


def test_a_small_batch_is_handed_out_when_it_is_old_enough() -> None:
    inbox = Inbox()
    inbox.put(message(1))
    started = time.monotonic()
    assert len(inbox.take(10, 0.05)) == 1
    assert time.monotonic() - started >= 0.04


def test_closing_hands_out_the_rest_and_then_nothing() -> None:
    inbox = Inbox()
    inbox.put(message(1))
    inbox.close()
    assert len(inbox.take(10, 60)) == 1
    assert inbox.take(10, 60) == []


def test_a_full_inbox_makes_the_sender_wait_until_it_is_emptied() -> None:
    inbox = Inbox(max_bytes=1000)
    inbox.put(message(1, 1000))
    sender = threading.Thread(target=inbox.put, args=[message(2)])
    sender.start()
    sender.join(0.1)
    assert sender.is_alive()
    assert [m.packet_id for m in inbox.take(1, 0)] == [1]
    sender.join(2)
    assert not sender.is_alive()
    assert [m.packet_id for m in inbox.take(1, 0)] == [2]


# In MQTT a topic may have 65,535 bytes; with one sign beyond 16 bits Python holds each of its signs in four.
TOPICS = ("t/" + "x" * 65_000, "t/" + "x" * 60_000 + "\U0001f327")


@pytest.mark.parametrize("topic", TOPICS, ids=["ASCII", "wide"])
def test_long_topics_fill_the_inbox_as_payloads_do(topic: str) -> None:
    inbox = Inbox(max_bytes=4_000_000)
    waiting = [Message(f"{topic}{n}", b"", 0, n, 1, datetime.now(UTC)) for n in range(100)]
    sender = threading.Thread(target=inbox.put, args=waiting, daemon=True)
    sender.start()
    sender.join(0.2)
    assert sender.is_alive()
    inbox.close()
    sender.join(5)
    held = 0
    while taken := inbox.take(100, 0):
        held += sum(sys.getsizeof(message.topic) for message in taken)
    assert 3_000_000 < held < 4_400_000


@pytest.mark.parametrize("topic", TOPICS, ids=["ASCII", "wide"])
def test_long_topics_make_batches_smaller(topic: str) -> None:
    inbox = Inbox()
    for number in range(200):
        inbox.put(Message(f"{topic}{number}", b"", 0, number, 1, datetime.now(UTC)))
    batch = inbox.take(200, 0)
    assert 0 < sum(sys.getsizeof(message.topic) for message in batch) <= BATCH_BYTES
    inbox.close()
    rest = 0
    while taken := inbox.take(200, 0):
        rest += len(taken)
    assert len(batch) + rest == 200


def test_an_inbox_that_was_emptied_is_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is taken out counts as much as what was put in."""
    monkeypatch.setattr("ingest.inbox.BATCH_BYTES", 10**9)
    inbox = Inbox(max_bytes=1_000_000)
    for _ in range(3):
        for number in range(10):
            inbox.put(Message(f"{TOPICS[0]}{number}", b"x" * 20_000, 20_000, number, 1, datetime.now(UTC)))
        assert len(inbox.take(10, 0)) == 10


def test_a_batch_is_bounded_in_bytes_but_takes_at_least_one_message() -> None:
    inbox = Inbox()
    for number in range(3):
        inbox.put(message(number, BATCH_BYTES * 2 // 3))
    assert [len(inbox.take(10, 0)) for _ in range(3)] == [1, 1, 1]
    inbox.put(message(9, BATCH_BYTES * 2))
    assert len(inbox.take(10, 0)) == 1
