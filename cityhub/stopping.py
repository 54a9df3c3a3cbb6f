"""The wish to stop, told by a signal: to a loop that looks at it, or to a block that it breaks off.

Only the main thread can handle signals: in any other one the blocks below run without their handlers.
"""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue
from types import FrameType

Handler = Callable[[int, FrameType | None], object] | signal.Handlers

_ASKED = (signal.SIGTERM, signal.SIGINT)
# Whoever sits before a terminal may also close it.
_INTERRUPTED = (*_ASKED, signal.SIGHUP)


class Stopping:
    """As threading.Event, whose `set` may hang in a handler that interrupts its own `wait`. One thread waits."""

    def __init__(self) -> None:
        self._is_set = False
        # Made for this: its `put` may interrupt a `get` of the same thread.
        self._queue: SimpleQueue[None] = SimpleQueue()

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


@contextmanager
def stop_on_signals(then: Callable[[], object] = lambda: None) -> Iterator[Stopping]:
    """Within the block SIGTERM and ctrl-C set the Stopping, then call `then`; a second ctrl-C breaks the block off.

    `then` runs in the handler, which may have interrupted the same thread anywhere.
    """
    stopping = Stopping()

    def stop(number: int, _frame: FrameType | None) -> None:
        if number == signal.SIGINT:
            signal.signal(number, signal.default_int_handler)
        stopping.set()
        then()

    with _handled(_ASKED, stop):
        yield stopping


@contextmanager
def interrupted_by_signals() -> Iterator[None]:
    """Within the block SIGTERM, SIGINT and SIGHUP raise KeyboardInterrupt."""
    with _handled(_INTERRUPTED, signal.default_int_handler):
        yield


@contextmanager
def undisturbed() -> Iterator[None]:
    """Within the block the same signals are ignored: tidying up is not to be broken off."""
    with _handled(_INTERRUPTED, signal.SIG_IGN):
        yield


@contextmanager
def _handled(numbers: tuple[signal.Signals, ...], handler: Handler) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, handler) for number in numbers}
    try:
        yield
    finally:
        for number, former in before.items():
            # None: it was not set from Python, and cannot be set back.
            if former is not None:
                signal.signal(number, former)
