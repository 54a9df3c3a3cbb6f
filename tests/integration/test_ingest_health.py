"""Ingest's own web server says whether it can do its work."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from subprocess import Popen

from cityhub.config import Settings
from cityhub.services.ports import free_port


def ask(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_a_subscribed_ingestor_is_ready_and_shows_its_metrics(
    settings_for: Callable[..., Settings], start_ingest: Callable[[Settings], "Popen[bytes]"]
) -> None:
    port = free_port()
    start_ingest(settings_for(ingest_metrics_port=port))
    assert ask(port, "/healthz") == (200, '{"status":"ok"}')
    assert ask(port, "/readyz") == (200, '{"status":"ok"}')
    status, text = ask(port, "/metrics")
    assert status == 200
    for line in (
        "cityhub_ingest_subscribed 1.0",
        "cityhub_ingest_database_up",
        "cityhub_ingest_inflight_messages 0.0",
    ):
        assert line in text
    assert ask(port, "/nothing")[0] == 404


def test_an_ingestor_without_a_broker_is_alive_but_not_ready(
    settings_for: Callable[..., Settings], start_ingest: Callable[..., "Popen[bytes]"]
) -> None:
    port = free_port()
    nowhere = settings_for(ingest_metrics_port=port, mqtt_url="mqtt://127.0.0.1:1")
    process = start_ingest(nowhere, subscribed=False)
    deadline = time.monotonic() + 20
    while True:
        try:
            status, text = ask(port, "/readyz")
            break
        except urllib.error.URLError:
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)
    assert status == 503
    assert "broker" in json.loads(text)["detail"]
    assert ask(port, "/healthz")[0] == 200
