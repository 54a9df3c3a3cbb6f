"""An end on our side: a connection that is held too long is cut, whatever the server or the network does.

The server's own time-outs do not help against a server that is stopped or a network that swallows packets.
"""

import os
import select
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg

_LOOK_S = 0.25


class _Watch:
    """Looks at the connections that are held, on a thread that runs while there are any."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[object, tuple[float, psycopg.Connection]] = {}
        self._is_looking = False

    def add(self, key: object, conn: psycopg.Connection, seconds: float) -> None:
        with self._lock:
            self._held[key] = time.monotonic() + seconds, conn
            if not self._is_looking:
                self._is_looking = True
                threading.Thread(target=self._look, name="held connections", daemon=True).start()

    def remove(self, key: object) -> None:
        with self._lock:
            self._held.pop(key, None)

    def _look(self) -> None:
        idle_since = time.monotonic()
        while True:
            time.sleep(_LOOK_S)
            now = time.monotonic()
            # Under the lock: a connection that was given back must not be cut.
            with self._lock:
                for key in [key for key, (end, _) in self._held.items() if end <= now]:
                    _cut(self._held.pop(key)[1])
                if self._held:
                    idle_since = now
                elif now - idle_since > 10:
                    self._is_looking = False
                    return


_watch = _Watch()


@contextmanager
def bounded(conn: psycopg.Connection, seconds: float) -> Iterator[None]:
    """Within the block `conn` is good for so long (0: for ever); then whoever waits for it gets an OperationalError."""
    if not seconds:
        yield
        return
    key = object()
    _watch.add(key, conn, seconds)
    try:
        yield
    finally:
        _watch.remove(key)


def is_readable(conn: psycopg.Connection) -> bool:
    """Has the server sent something, if only its goodbye? Costs no round trip."""
    with suppress(OSError, psycopg.Error):
        poll = select.poll()
        poll.register(conn.fileno(), select.POLLIN)
        return bool(poll.poll(0))
    return True


def _cut(conn: psycopg.Connection) -> None:
    # The socket alone: closing the connection would free what the waiting thread is using.
    with suppress(OSError, psycopg.Error), socket.socket(fileno=os.dup(conn.fileno())) as held:
        held.shutdown(socket.SHUT_RDWR)
