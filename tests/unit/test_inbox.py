"""The inbox hands out batches by size or age and makes the sender wait when it is full."""

import threading
import time
from datetime import UTC, datetime

from ingest.inbox import BATCH_BYTES, Inbox, Message


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


def test_a_batch_is_bounded_in_bytes_but_takes_at_least_one_message() -> None:
    inbox = Inbox()
    for number in range(3):
        inbox.put(message(number, BATCH_BYTES * 2 // 3))
    assert [len(inbox.take(10, 0)) for _ in range(3)] == [1, 1, 1]
    inbox.put(message(9, BATCH_BYTES * 2))
    assert len(inbox.take(10, 0)) == 1
