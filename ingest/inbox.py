"""Messages between the network thread that receives them and the writer thread that stores them."""

import threading
import time
from typing import Protocol

from ingest.message import Message, text_bytes
from ingest.shares import share_out

# Enough for many batches of ordinary messages; a flood of large ones must not fill the memory.
MAX_BYTES = 64 * 1024 * 1024
# A batch of lists can hold a hundred times its messages' number in observations: about 80,000, a second's work.
BATCH_BYTES = 2 * 1024 * 1024
# Of the objects around a message's topic and payload.
_OVERHEAD_BYTES = 400


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
    """A bounded queue that hands out batches by size or age, whichever comes first.

    When more waits than makes a batch, every source has its share of it (ingest.shares).
    """

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
                self._bytes += text_bytes(message) + _OVERHEAD_BYTES
                self._put += 1
            # Whoever takes waits for a first message or for a whole batch: waking it for others would cost this
            # thread more than they do.
            if len(self._messages) <= len(messages) or len(self._messages) >= self._wanted:
                self._changed.notify_all()

    def take(self, max_messages: int, max_age_s: float) -> list[Message]:
        """The next batch, in the order of receipt, about 2 MiB at most: waits for a message, then for size or age.

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
            batch, self._messages = share_out(self._messages, max_messages, BATCH_BYTES)
            size = sum(map(text_bytes, batch))
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
