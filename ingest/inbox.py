"""Messages between the network thread that receives them and the writer thread that stores them."""

import sys
import threading
import time
from datetime import datetime
from typing import Protocol

import msgspec

# Enough for many batches of ordinary messages; a flood of large ones must not fill the memory.
MAX_BYTES = 64 * 1024 * 1024
# A batch of lists can hold a hundred times its messages' number in observations.
BATCH_BYTES = 4 * 1024 * 1024
# Of the objects around a message's topic and payload.
_OVERHEAD_BYTES = 400


class Message(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One received message. `payload` may be cut; `payload_bytes` is its full size.

    `packet_id` and `connection` are what its acknowledgement needs; `packet_id` is 0 at QoS 0. `kept`: the broker kept
    it for new subscribers (RETAIN); `redelivered`: it was sent here before (DUP), and may be stored.
    """

    topic: str
    payload: bytes
    payload_bytes: int
    packet_id: int
    connection: int
    received_at: datetime
    kept: bool = False
    redelivered: bool = False


def _text_bytes(message: Message) -> int:
    """Bytes of topic and payload in memory. A topic may be as long as many payloads, at up to four bytes a sign."""
    return len(message.payload) + sys.getsizeof(message.topic)


class MessageSink(Protocol):
    """Where received messages go."""

    def put(self, *messages: Message) -> None:
        """May wait; whoever receives then waits too."""


class MessageSource(Protocol):
    """Where the messages to be stored come from."""

    def take(self, max_messages: int, max_age_s: float) -> list[Message]:
        """The next batch; empty when there will be no more."""

    def answered(self, count: int) -> None:
        """So many of the messages handed out were stored and acknowledged."""


class Inbox:
    """A bounded queue that hands out batches by size or age, whichever comes first."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._changed = threading.Condition()
        self._messages: list[Message] = []
        self._bytes = 0
        self._max_bytes = max_bytes
        self._oldest = 0.0
        self._closed = False
        self._wanted = 1
        self._put = 0
        self._answered = 0

    def put(self, *messages: Message) -> None:
        """Append; waits while the inbox is full, which makes the broker wait. Drops nothing unless closed."""
        with self._changed:
            for message in messages:
                while self._bytes >= self._max_bytes and not self._closed:
                    self._changed.notify_all()
                    self._changed.wait(1)
                if self._closed:
                    return
                if not self._messages:
                    self._oldest = time.monotonic()
                self._messages.append(message)
                self._bytes += _text_bytes(message) + _OVERHEAD_BYTES
                self._put += 1
            # Whoever takes waits for a first message or for a whole batch: waking it for others would cost this
            # thread more than they do.
            if len(self._messages) <= len(messages) or len(self._messages) >= self._wanted:
                self._changed.notify_all()

    def take(self, max_messages: int, max_age_s: float) -> list[Message]:
        """The next batch, oldest first, at most 4 MiB of text: waits for a first message, then for size or age.

        Empty only when the inbox is closed and drained.
        """
        with self._changed:
            self._wanted = max_messages
            while not self._messages and not self._closed:
                self._changed.wait(1)
            deadline = self._oldest + max_age_s
            while len(self._messages) < max_messages and not self._closed:
                remaining = deadline - time.monotonic()
                if remaining <= 0:
                    break
                self._changed.wait(remaining)
            batch: list[Message] = []
            size = 0
            for message in self._messages[:max_messages]:
                added = _text_bytes(message)
                if batch and size + added > BATCH_BYTES:
                    break
                batch.append(message)
                size += added
            del self._messages[: len(batch)]
            self._oldest = time.monotonic()
            self._bytes -= size + _OVERHEAD_BYTES * len(batch)
            self._changed.notify_all()
            return batch

    def answered(self, count: int) -> None:
        """So many of the messages handed out were stored and acknowledged."""
        self._answered += count

    def unanswered(self) -> int:
        """Messages put in and not yet answered, those in a batch under way included."""
        return self._put - self._answered

    def close(self) -> None:
        """No more messages are taken in; `take` hands out what is left, then nothing."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
