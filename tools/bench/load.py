"""A light HTTP/1.1 load client: N keep-alive connections, each with one request under way at a time.

It reads only what it must (status and Content-Length), so that on two cores it keeps up with the server it measures.
Answers without Content-Length are not understood.
"""

import asyncio
import time
from dataclasses import dataclass
from typing import cast

import uvloop

_END_OF_HEAD = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Load:
    """What a run measured. Times in milliseconds from sending a request to the last byte of its answer."""

    requests: int
    seconds: float
    p50_ms: float
    p99_ms: float
    body_bytes: int
    failed: int

    @property
    def per_second(self) -> float:
        """Good answers per second."""
        return self.requests / self.seconds


class _Connection(asyncio.Protocol):
    """Sends the request again as soon as its answer is complete, until told to stop."""

    def __init__(self, request: bytes, times_s: list[float]) -> None:
        self._request, self._times_s = request, times_s
        self._buffer = b""
        self._missing: int | None = None
        self._sent_at = 0.0
        self.body_bytes = 0
        self.failed = 0
        self.stopping = False
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are no subclass of asyncio's.
        self._transport = cast(asyncio.Transport, transport)
        self._send()

    def _send(self) -> None:
        if self.stopping:
            self._transport.close()
            return
        self._sent_at = time.perf_counter()
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        if self._missing is None:
            self._buffer += data
            head, separator, body = self._buffer.partition(_END_OF_HEAD)
            if not separator:
                return
            if not head.startswith(b"HTTP/1.1 200"):
                self.failed += 1
            length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
            self.body_bytes = int(length or 0)
            self._missing = self.body_bytes - len(body)
            self._buffer = b""
        else:
            self._missing -= len(data)
        if self._missing <= 0:
            self._missing = None
            self._times_s.append(time.perf_counter() - self._sent_at)
            self._send()

    def connection_lost(self, _exc: Exception | None) -> None:
        if not self.stopping:
            self.failed += 1
        if not self.closed.done():
            self.closed.set_result(None)


def run(
    host: str,
    port: int,
    path: str,
    *,
    connections: int = 32,
    seconds: float = 3.0,
    headers: tuple[str, ...] = (),
    body: bytes | None = None,
) -> Load:
    """Ask for `path` for `seconds` over `connections`. `headers` are lines such as "Accept-Encoding: gzip".

    With a `body`, which is JSON, it is posted.

    Raises OSError when nobody listens there.
    """
    return uvloop.run(_run(host, port, path, connections, seconds, headers, body))


async def _run(
    host: str,
    port: int,
    path: str,
    connections: int,
    seconds: float,
    headers: tuple[str, ...],
    body: bytes | None,
) -> Load:
    lines = [f"{'GET' if body is None else 'POST'} {path} HTTP/1.1", f"Host: {host}:{port}", *headers]
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    request = "\r\n".join([*lines, "", ""]).encode() + (body or b"")
    times_s: list[float] = []
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    opened = [
        (await loop.create_connection(lambda: _Connection(request, times_s), host, port))[1]
        for _ in range(connections)
    ]
    await asyncio.sleep(seconds)
    elapsed = time.perf_counter() - began
    answered = len(times_s)
    for connection in opened:
        connection.stopping = True
    await asyncio.wait([connection.closed for connection in opened], timeout=5)
    ordered = sorted(times_s[:answered])
    failed = sum(connection.failed for connection in opened)
    return Load(
        requests=answered - failed,
        seconds=elapsed,
        p50_ms=1000 * _quantile(ordered, 0.50),
        p99_ms=1000 * _quantile(ordered, 0.99),
        body_bytes=max(connection.body_bytes for connection in opened),
        failed=failed,
    )


def _quantile(ordered: list[float], share: float) -> float:
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)] if ordered else float("nan")
