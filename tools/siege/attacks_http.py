"""What a browser, a partner or a neighbour in the network can try at the API and at ingest's own port."""

import gzip
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from threading import Event, Thread

from tools.siege.target import Target

Figures = dict[str, int]
# What one connection is sent at most, whatever the server does.
_MOST_BYTES = 64 * 1024 * 1024
READERS = 50
MUTE = 500
HOST = b"Host: 127.0.0.1\r\n"


def readers(target: Target, over: Event, sensor: str) -> Figures:
    """Fifty anonymous readers of years of raw readings, by pages of one and as CSV."""
    span = "start=2024-01-01T00:00:00Z&end=2026-12-31T00:00:00Z"
    paths = [
        f"/api/v1/sensors/{sensor}/observations?property=pm2_5&step=raw&limit=1&{span}",
        f"/api/v1/sensors/{sensor}/observations?property=pm2_5&step=PT1H&format=csv&{span}",
    ]
    counts = [0] * READERS

    def read(number: int) -> None:
        while not over.is_set():
            with suppress(OSError), target.http() as line:
                ask = f"GET {paths[number % 2]} HTTP/1.1\r\nConnection: close\r\n".encode() + HOST + b"\r\n"
                line.sendall(ask)
                while line.recv(1 << 20) and not over.is_set():
                    pass
                counts[number] += 1
            over.wait(0.01)

    together(READERS, read)
    return {"answers": sum(counts)}


def endless_head(target: Target, over: Event, _sensor: str) -> Figures:
    """A header without an end, on one connection at a time."""
    return _pour(target, over, b"GET / HTTP/1.1\r\n" + HOST + b"X-Endless: ", b"a" * 65_536)


def endless_body(target: Target, over: Event, _sensor: str) -> Figures:
    """A chunked body that goes on after the answer."""
    head = b"GET /healthz HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n"
    return _pour(target, over, head, b"10000\r\n" + b"a" * 65_536 + b"\r\n")


def mute(target: Target, over: Event, _sensor: str) -> Figures:
    """Live streams that ask for everything and read nothing."""
    opened = refused = 0
    ask = b"GET /api/v1/live HTTP/1.1\r\n" + HOST + b"Last-Event-ID: 1\r\n\r\n"
    with ExitStack() as stack:
        for _ in range(MUTE):
            if over.wait(0.01):
                break
            try:
                stack.enter_context(target.http(ask, receive_bytes=4096))
                opened += 1
            except OSError:
                refused += 1
        over.wait()
    return {"opened": opened, "refused": refused}


def returning(target: Target, over: Event, _sensor: str) -> Figures:
    """Clients that come back with an old event id, read a little, and come back again."""
    came = 0
    ask = b"GET /api/v1/live HTTP/1.1\r\n" + HOST + b"Last-Event-ID: 1\r\n\r\n"
    while not over.wait(0.02):
        with suppress(OSError), target.http(ask) as line:
            line.recv(4096)
            came += 1
    return {"came": came}


def members(target: Target, over: Event, _sensor: str) -> Figures:
    """Posts of eight megabytes of empty gzip members."""
    empty = gzip.compress(b"", mtime=0)
    body = empty * (8 * 1024 * 1024 // len(empty))
    head = _post(target.keys[0], len(body), b"Content-Encoding: gzip\r\n")
    figures = {"posts": 0, "slowest_ms": 0}
    while not over.wait(0.5):
        began = time.monotonic()
        with suppress(OSError), target.http(head) as line:
            line.sendall(body)
            line.recv(4096)
            figures["posts"] += 1
        figures["slowest_ms"] = max(figures["slowest_ms"], int(1000 * (time.monotonic() - began)))
    return figures


def dripping(target: Target, over: Event, _sensor: str) -> Figures:
    """Eight posts with one key whose bodies come a byte at a time."""
    head = _post(target.keys[1], 4_000_000)

    def drip(_number: int) -> None:
        while not over.is_set():
            with suppress(OSError), target.http(head) as line:
                while not over.wait(0.5):
                    line.sendall(b" ")

    together(8, drip)
    return {"posts": 8}


def idle_on_metrics(target: Target, over: Event, _sensor: str) -> Figures:
    """Connections to ingest's own port that say nothing."""
    with ExitStack() as stack:
        for _ in range(20):
            stack.enter_context(socket.create_connection(("127.0.0.1", target.metrics_port), timeout=5))
        over.wait()
    return {"connections": 20}


def _post(key: str, length: int, more: bytes = b"") -> bytes:
    return (
        b"POST /api/v1/observations HTTP/1.1\r\n"
        + HOST
        + f"Authorization: Bearer {key}\r\nContent-Length: {length}\r\n".encode()
        + b"Content-Type: application/json\r\nConnection: close\r\n"
        + more
        + b"\r\n"
    )


def _pour(target: Target, over: Event, begin: bytes, piece: bytes) -> Figures:
    figures = {"connections": 0, "most_bytes": 0}
    while not over.wait(0.05):
        sent = 0
        with suppress(OSError), target.http(begin) as line:
            figures["connections"] += 1
            while sent < _MOST_BYTES and not over.is_set():
                line.sendall(piece)
                sent += len(piece)
        figures["most_bytes"] = max(figures["most_bytes"], sent)
    return figures


def together(count: int, work: Callable[[int], None]) -> None:
    """So many threads at once, to their end."""
    threads = [Thread(target=work, args=[number]) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
