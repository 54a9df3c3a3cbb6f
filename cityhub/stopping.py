"""The wish to stop, told by a signal handler to the thread that the signal interrupts."""

import signal
from contextlib import suppress
from queue import Empty, SimpleQueue


class Stopping:
    """As threading.Event, whose `set` may hang in a handler that interrupts its own `wait`. One thread waits."""

    def __init__(self) -> None:
        self._is_set = False
        # Made for this: its `put` may interrupt a `get` of the same thread.
        self._queue: SimpleQueue[None] = SimpleQueue()

    @classmethod
    def on_signals(cls) -> "Stopping":
        """One that SIGTERM and ctrl-C set; to be called from the main thread."""
        stopping = cls()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        return stopping

    def set(self) -> None:
        """Stop, please."""
        self._is_set = True
        self._queue.put(None)

    def is_set(self) -> bool:
        """Whether to stop."""
        return self._is_set

    def wait(self, seconds: float) -> bool:
        """Wait so long, or until it is set; whether it is."""
        if not self._is_set:
            with suppress(Empty):
                self._queue.get(timeout=max(seconds, 0))
        return self._is_set
