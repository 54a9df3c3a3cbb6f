"""Ingest's own little web server: /metrics for Prometheus, /healthz and /readyz for whoever restarts it."""

import json
import threading
from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import make_wsgi_app

from cityhub.errors import ServiceError
from ingest import metrics


class Health:
    """Whether the broker delivers and the database takes. Written by two threads, read by a third."""

    def __init__(self) -> None:
        self._subscribed = False
        self._database = True

    def subscribed(self, is_subscribed: bool) -> None:
        """The broker delivers to this ingestor, or no longer does."""
        self._subscribed = is_subscribed
        metrics.SUBSCRIBED.set(is_subscribed)

    def database(self, is_up: bool) -> None:
        """The last batch was committed, or has to wait."""
        self._database = is_up
        metrics.DATABASE_UP.set(is_up)

    def faults(self) -> dict[str, str]:
        """What is wrong now, by dependency; empty when ready."""
        found = {}
        if not self._subscribed:
            found["broker"] = "not subscribed"
        if not self._database:
            found["database"] = "the last batch could not be committed yet"
        return found


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Scrapes every few seconds are not worth a line each."""


def serve(health: Health, host: str, port: int) -> WSGIServer:
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
        faults = health.faults() if path == "/readyz" else {}
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
    threading.Thread(target=server.serve_forever, name="health", daemon=True).start()
    return server
