"""Ingest's own little web server: /metrics for Prometheus, /healthz and /readyz for whoever restarts it."""

import json
import threading
from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import make_wsgi_app

from cityhub.errors import ServiceError
from ingest import metrics


class Readiness:
    """Whether the broker delivers, the database takes and the workers live. For any number of threads."""

    def __init__(self, *, receives: bool = True) -> None:
        """`receives`: this process has a connection to the broker of its own."""
        self._lock = threading.Lock()
        self._subscribed = not receives
        self._waiting: set[int] = set()
        self._failures: dict[int, int] = {}

    def subscribed(self, is_subscribed: bool) -> None:
        """The broker delivers to this ingestor, or no longer does."""
        with self._lock:
            self._subscribed = is_subscribed
            metrics.SUBSCRIBED.set(is_subscribed)

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
        with self._lock:
            if not self._subscribed:
                found["broker"] = "not subscribed"
            if self._waiting:
                found["database"] = "the last batch could not be committed yet"
            for number, failures in self._failures.items():
                # One end is an accident, and over when the process is there again.
                if failures > 1:
                    found[f"worker {number}"] = f"ended {failures} times in a row and stored nothing"
        return found


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Scrapes every few seconds are not worth a line each."""


def serve(readiness: Readiness, host: str, port: int) -> WSGIServer:
    """Serve in the background until the process ends; raises ServiceError when the port is taken."""
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
        if not faults:
            start_response("200 OK", [("Content-Type", "application/json")])
            return [b'{"status":"ok"}']
        start_response("503 Service Unavailable", [("Content-Type", "application/problem+json")])
        detail = "; ".join(f"{name}: {fault}" for name, fault in faults.items())
        problem = {"type": "about:blank", "title": "Not ready", "status": 503, "detail": detail}
        return [json.dumps(problem).encode()]

    try:
        server = make_server(host, port, application, handler_class=_Quiet)
    except OSError as exc:
        raise ServiceError(
            f"port {port} for ingest's metrics is taken;"
            " set CITYHUB_INGEST_METRICS_PORT to another one, or 0 for none"
        ) from exc
    threading.Thread(target=server.serve_forever, name="readiness", daemon=True).start()
    return server
