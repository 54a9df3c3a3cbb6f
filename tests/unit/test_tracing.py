"""Traces are sent where a collector is named, and say nothing of people."""

import time
from importlib.machinery import ModuleSpec

import pytest

from cityhub import tracing
from cityhub.config import read_settings
from cityhub.errors import SettingsError
from cityhub.tracing import Tracing
from tests.collector import collecting
from tests.unit.test_imports import loaded


def test_spans_reach_the_collector_with_what_the_hub_says_of_them() -> None:
    with collecting() as collector:
        traces = Tracing.of(read_settings(otlp_url=collector.url + "/"), "api")
        assert traces is not None
        traces.request("GET", "/p/{token}", 200, "0123456789abcdef", time.time_ns())
        traces.request("POST", "/api/v1/payments", 503, "0123456789abcdef", time.time_ns())
        traces.request("GET", "/api/v1/live", 0, "0123456789abcdef", time.time_ns())
        traces.job("review", 7, 2, time.time_ns(), "StoreUnavailable")
        traces.close()
    assert collector.spans == [
        (
            "GET /p/{token}",
            {
                "http.request.method": "GET",
                "http.route": "/p/{token}",
                "http.response.status_code": 200,
                "cityhub.request_id": "0123456789abcdef",
            },
        ),
        (
            "POST /api/v1/payments",
            {
                "http.request.method": "POST",
                "http.route": "/api/v1/payments",
                "http.response.status_code": 503,
                "cityhub.request_id": "0123456789abcdef",
                "error.type": "503",
            },
        ),
        (
            "GET /api/v1/live",
            {
                "http.request.method": "GET",
                "http.route": "/api/v1/live",
                "cityhub.request_id": "0123456789abcdef",
                "error.type": "no answer",
            },
        ),
        (
            "job review",
            {
                "cityhub.task": "review",
                "cityhub.job": 7,
                "cityhub.run": 2,
                "error.type": "StoreUnavailable",
            },
        ),
    ]
    assert collector.resources[0]["service.name"] == "api"


def test_without_a_collector_there_is_nothing_and_nothing_is_loaded() -> None:
    assert Tracing.of(read_settings(), "api") is None
    statements = (
        "from cityhub.config import read_settings\nfrom cityhub.tracing import Tracing\n"
        "assert Tracing.of(read_settings(), 'api') is None"
    )
    assert not loaded(statements) & {"opentelemetry", "google", "requests"}


def test_a_collector_that_is_away_holds_up_no_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracing, "GRACE_S", 0.05)
    traces = Tracing.of(read_settings(otlp_url="http://127.0.0.1:9"), "api")
    assert traces is not None
    traces.request("GET", "/", 200, "0123456789abcdef", time.time_ns())
    traces.close()


def test_a_collector_without_the_packages_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_: str) -> ModuleSpec | None:
        return None

    monkeypatch.setattr(tracing, "find_spec", missing)
    with pytest.raises(SettingsError, match=r"install requirements-otel\.lock"):
        tracing.check(read_settings(otlp_url="http://127.0.0.1:4318"))
