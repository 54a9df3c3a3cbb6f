"""The API's own figures for Prometheus, in a registry of its own: several apps in one process do not collide."""

from collections.abc import Mapping
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

# Hot answers take under a millisecond, history some tens.
_BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Metrics:
    """Requests by route template and status class, their durations, live clients, ages of snapshots."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._requests = Counter(
            "cityhub_http_requests", "HTTP requests", ["route", "status"], registry=self._registry
        )
        self._seconds = Histogram(
            "cityhub_http_request_seconds",
            "Time to answer an HTTP request",
            ["route"],
            buckets=_BUCKETS_S,
            registry=self._registry,
        )
        self._clients = Gauge("cityhub_live_clients", "Open live streams", registry=self._registry)
        self._snapshot_age = Gauge(
            "cityhub_snapshot_age_seconds", "Age of the snapshot", ["kind"], registry=self._registry
        )
        self._observations = Counter(
            "cityhub_http_observations", "Values stored that partners posted", registry=self._registry
        )
        self._rejected = Counter(
            "cityhub_http_rejected",
            "Parts of partners' posts that could not be used",
            ["reason"],
            registry=self._registry,
        )
        self._policy_reports = Counter(
            "cityhub_http_policy_reports",
            "What browsers say that a page's content security policy kept from it",
            ["directive"],
            registry=self._registry,
        )
        # Looking labels up costs more than counting; there are only as many pairs as routes and status classes.
        self._children: dict[tuple[str, int], tuple[Any, Any]] = {}

    def request(self, route: str, status: int, seconds: float) -> None:
        """Count one answered request of the route template `route`."""
        key = (route, status // 100)
        children = self._children.get(key)
        if children is None:
            # A series that begins with its first failure shows no increase to whoever watches.
            self._requests.labels(route, "5xx")
            children = self._requests.labels(route, f"{key[1]}xx"), self._seconds.labels(route)
            self._children[key] = children
        children[0].inc()
        children[1].observe(seconds)

    def posted(self, stored: int, rejected: Mapping[str, int]) -> None:
        """Count what became of one post: values stored, parts rejected by reason."""
        self._observations.inc(stored)
        for reason, parts in rejected.items():
            self._rejected.labels(reason).inc(parts)

    def policy_report(self, directive: str) -> None:
        """Count something that a page's policy kept from it; `directive` is one of a closed list."""
        self._policy_reports.labels(directive).inc()

    def show(self, live_clients: int, snapshot_ages_s: dict[str, float]) -> bytes:
        """The text that Prometheus scrapes."""
        self._clients.set(live_clients)
        for kind, age_s in snapshot_ages_s.items():
            self._snapshot_age.labels(kind).set(age_s)
        return generate_latest(self._registry)
