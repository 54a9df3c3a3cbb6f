"""One HTTP connection, bounded: what a client sends without getting anywhere, and what it does not take, has an end.

uvicorn reads a request's head, and the trailers of a chunked body, without a limit. A proxy in front would stop that,
but the hub must also stand alone.
"""

import socket
from asyncio import BaseTransport, TimerHandle, Transport
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

# Bytes of a head (request line and headers) or of trailers. Browsers send under 2 kB.
MAX_HEAD_BYTES = 65_536
# A head comes in one piece, or its client is too slow to be served.
HEAD_S = 15.0
# After an answer to a request whose body has not ended, so much of it may still come before the connection is cut. Who
# closes on a client that still sends takes the answer away from it.
LINGER_BYTES = 262_144
LINGER_S = 2.0
# A client that takes nothing of its answer for so long is gone.
STALLED_S = 30.0
# What the kernel holds of an answer that its client does not take.
UNSENT_BYTES = 65_536
# Linux; unknown to Python's socket module.
_TCP_NOTSENT_LOWAT = 25

_TOO_LARGE = (
    b'{"type":"about:blank","title":"Request Header Fields Too Large","status":431,'
    b'"detail":"The request line and headers are longer than 64 KiB."}'
)
_ANSWER = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-type: application/problem+json\r\n"
    b"cache-control: no-store\r\nconnection: close\r\ncontent-length: %d\r\n\r\n%s"
    % (len(_TOO_LARGE), _TOO_LARGE)
)


class Connection(HttpToolsProtocol):
    """uvicorn's protocol with limits on what a client may send in vain."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        # Bytes since something of a request was complete: its head, a piece of its body.
        self._unfinished = 0
        self._in_head = True
        # Bytes that came since an answer whose request goes on.
        self._overrun: int | None = None
        self._is_refused = False
        self._timer: TimerHandle | None = None
        self._stalled: TimerHandle | None = None

    def connection_made(self, transport: BaseTransport) -> None:
        """Bound what waits in the kernel, and the time until the first request."""
        super().connection_made(cast(Transport, transport))
        line: socket.socket | None = transport.get_extra_info("socket")
        if line is not None and line.family in (socket.AF_INET, socket.AF_INET6):
            line.setsockopt(socket.IPPROTO_TCP, _TCP_NOTSENT_LOWAT, UNSENT_BYTES)
        self._set_timer(HEAD_S)

    def connection_lost(self, exc: Exception | None) -> None:
        """Let go."""
        self._clear_timer()
        self._clear_stalled()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """The client does not take what is sent; it has some time to go on."""
        super().pause_writing()
        if self._stalled is None:
            self._stalled = self.loop.call_later(STALLED_S, self.transport.abort)

    def resume_writing(self) -> None:
        """The client goes on."""
        self._clear_stalled()
        super().resume_writing()

    def data_received(self, data: bytes) -> None:
        """Read on, unless nothing comes of it."""
        if self._overrun is not None:
            self._overrun += len(data)
            if self._overrun > LINGER_BYTES:
                self.transport.abort()
                return
        if self._is_refused:
            return
        self._unfinished += len(data)
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self._unfinished > MAX_HEAD_BYTES:
            self._refuse()
        elif self._in_head and self._unfinished and self._timer is None:
            self._set_timer(HEAD_S)

    def on_message_begin(self) -> None:
        """A head begins."""
        self._in_head = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """A head is complete."""
        self._in_head, self._unfinished = False, 0
        self._clear_timer()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A piece of a body. How much of it is taken is the route's own limit."""
        self._unfinished = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """A request is complete."""
        self._in_head, self._unfinished = True, 0
        if self._overrun is not None:
            self._overrun = None
            self._set_timer(HEAD_S)
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """The answer is out. A body that goes on all the same is not read to its end."""
        if self.cycle.more_body and not self.transport.is_closing():
            self._overrun = 0
            self._set_timer(LINGER_S)
        super().on_response_complete()

    def _refuse(self) -> None:
        # Trailers, or a head behind a request that is still answered: an answer would come out of turn.
        if not self._in_head or not (self.cycle is None or self.cycle.response_complete):
            self.transport.abort()
            return
        self._is_refused, self._overrun = True, 0
        self.transport.write(_ANSWER)
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self._set_timer(LINGER_S)

    def _set_timer(self, seconds: float) -> None:
        self._clear_timer()
        self._timer = self.loop.call_later(seconds, self._give_up)

    def _clear_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _clear_stalled(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None

    def _give_up(self) -> None:
        self._timer = None
        if self.cycle is not None and not self.cycle.response_complete:
            # The client waits for an answer; what it sent behind its request, if only a stray line end, has time.
            self._set_timer(HEAD_S)
        elif not self.transport.is_closing():
            self.transport.abort()
