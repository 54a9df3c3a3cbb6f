"""Ingest's own little web server: /metrics for Prometheus, /healthz and /readyz for whoever restarts it."""

import json
import socket
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from prometheus_client import make_wsgi_app

from cityhub.listening import listen
from ingest import metrics

MOST_CONNECTIONS = 32
# A batch that takes longer hangs, or the database cannot keep up.
HANGS_S = 8.0
_ADVICE = (
    "set CITYHUB_INGEST_METRICS_PORT to a free one (0: no metrics) and CITYHUB_INGEST_METRICS_HOST to an address"
    " of this machine"
)


class Readiness:
    """Whether the broker delivers, the database takes and the workers live. For any number of threads."""

    def __init__(self, *, receives: bool = True) -> None:
        """`receives`: this process has a connection to the broker of its own."""
        self._lock = threading.Lock()
        self._subscribed = not receives
        self._waiting: set[int] = set()
        self._under_way: dict[int, float] = {}
        self._failures: dict[int, int] = {}

    def subscribed(self, is_subscribed: bool) -> None:
        """The broker delivers to this ingestor, or no longer does."""
        with self._lock:
            self._subscribed = is_subscribed
            metrics.SUBSCRIBED.set(is_subscribed)

    def storing(self, is_storing: bool, worker: int = 0) -> None:
        """A batch, of the worker if there are several, is under way from now on, or is over."""
        with self._lock:
            self._under_way.pop(worker, None)
            if is_storing:
                self._under_way[worker] = time.monotonic()

    def database(self, is_up: bool, worker: int = 0) -> None:
        """The last batch, of the worker if there are several, was committed, or has to wait."""
        with self._lock:
            (self._waiting.discard if is_up else self._waiting.add)(worker)
            metrics.DATABASE_UP.set(not self._waiting)

    def worker(self, number: int, failures: int) -> None:
        """So many times in a row the worker ended before it had stored anything."""
        with self._lock:
            self._failures[number] = failures

    def faults(self) -> dict[str, str]:
        """What is wrong now, by dependency; empty when ready."""
        found = {}
        now = time.monotonic()
        with self._lock:
            if not self._subscribed:
                found["broker"] = "not subscribed"
            if self._waiting:
                found["database"] = "the last batch could not be committed yet"
            elif any(now - began > HANGS_S for began in self._under_way.values()):
                found["database"] = f"a batch has been under way for more than {HANGS_S:.0f} s"
            for number, failures in self._failures.items():
                # One end is an accident, and over when the process is there again.
                if failures > 1:
                    found[f"worker {number}"] = f"ended {failures} times in a row and stored nothing"
        return found


class Handler(WSGIRequestHandler):
    """Answers one connection."""

    # Whoever asks asks at once; seconds of a connection's silence.
    timeout = 5

    def log_message(self, format: str, *args: Any) -> None:
        """Scrapes every few seconds are not worth a line each."""


class _Server(ThreadingMixIn, WSGIServer):
    """A thread a connection, so that one that says nothing does not hold up who restarts this process.

    Of more than `MOST_CONNECTIONS` the oldest gives way.
    """

    daemon_threads = True
    block_on_close = False

    def __init__(self, listening: socket.socket) -> None:
        super().__init__(listening.getsockname()[:2], Handler, bind_and_activate=False)
        self._open: deque[socket.socket] = deque()
        self.socket.close()
        self.socket = listening
        self.server_name, self.server_port = listening.getsockname()[:2]
        self.setup_environ()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve a new connection in a thread of its own."""
        self._open.append(request)
        if len(self._open) > MOST_CONNECTIONS:
            with suppress(OSError):
                # Its thread sees an end and closes it.
                self._open.popleft().shutdown(socket.SHUT_RDWR)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """A connection is over."""
        with suppress(ValueError):
            self._open.remove(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Who hangs up or falls silent is no error of ours."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


def serve(
    readiness: Readiness, host: str, port: int, probe: Callable[[], str | None] = lambda: None
) -> WSGIServer:
    """Serve in the background until the process ends; raises ServiceError without that port.

    `probe`: what is wrong with the database, asked where nothing is known to be.
    """
    show_metrics = make_wsgi_app()

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path == "/metrics":
            shown: Iterable[bytes] = show_metrics(environ, start_response)
            return shown
        if path not in ("/healthz", "/readyz"):
            start_response("404 Not Found", [("Content-Type", "application/problem+json")])
            return [b'{"type":"about:blank","title":"Not Found","status":404}']
        faults = readiness.faults() if path == "/readyz" else {}
        if path == "/readyz" and "database" not in faults and (fault := probe()) is not None:
            faults["database"] = fault
        if not faults:
            start_response("200 OK", [("Content-Type", "application/json")])
            return [b'{"status":"ok"}']
        start_response("503 Service Unavailable", [("Content-Type", "application/problem+json")])
        detail = "; ".join(f"{name}: {fault}" for name, fault in faults.items())
        problem = {"type": "about:blank", "title": "Not ready", "status": 503, "detail": detail}
        return [json.dumps(problem).encode()]

    server = _Server(listen(host, port, _ADVICE))
    server.set_app(application)
    threading.Thread(target=server.serve_forever, name="readiness", daemon=True).start()
    return server
