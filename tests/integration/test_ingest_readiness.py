"""Ingest's own web server says whether it can do its work."""

import json
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from subprocess import Popen

import psycopg
from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from cityhub.config import Settings
from cityhub.kinds import KindName
from cityhub.observing import topics
from tests.waiting import eventually
from tools.services.ports import answers, free_port


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


def test_what_happens_is_counted_by_kind(
    settings_for: Callable[..., Settings], start_ingest: Callable[[Settings], "Popen[bytes]"]
) -> None:
    port = free_port()
    settings = settings_for(ingest_metrics_port=port)
    start_ingest(settings)
    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    address = settings.broker()
    client.connect(address.host, address.port)
    client.loop_start()

    def publish(kind: KindName, sensor_id: str, document: object) -> None:
        topic = topics.telemetry(settings.topic_prefix, kind, sensor_id)
        client.publish(topic, json.dumps(document), qos=1).wait_for_publish(10)

    now = datetime.now(UTC)
    air = {"time": now.isoformat(), "values": {"pm2_5": 12, "pm10": -5, "o4": 1}}
    publish("air", "air-hoan-kiem", air)
    publish("air", "air-hoan-kiem", air)
    publish("rain", "rain-hoan-kiem", {"time": (now - timedelta(hours=2)).isoformat(), "values": {"rain": 0}})
    publish("water", "water-nobody", {"values": {"ph": 7}})
    client.publish(f"{settings.topic_prefix}/noise", b"", qos=1).wait_for_publish(10)
    client.disconnect()
    client.loop_stop()

    def figures() -> dict[str, float]:
        lines = ask(port, "/metrics")[1].splitlines()
        found = (line.rpartition(" ") for line in lines if not line.startswith("#"))
        return {name.removeprefix("cityhub_ingest_"): float(value) for name, _, value in found}

    def messages() -> float:
        return sum(value for name, value in figures().items() if name.startswith("messages_total"))

    eventually(lambda: messages() >= 5, told=figures)
    found = figures()
    expected = {
        'messages_total{kind="air"}': 2,
        'messages_total{kind="rain"}': 1,
        'messages_total{kind="water"}': 1,
        'messages_total{kind="none"}': 1,
        'observations_total{kind="air"}': 4,
        'observations_total{kind="rain"}': 1,
        "duplicates_total": 2,
        'rejected_total{kind="air",reason="unknown_property"}': 2,
        'rejected_total{kind="water",reason="unknown_sensor"}': 1,
        'rejected_total{kind="none",reason="topic"}': 1,
        'flagged_total{flag="range",kind="air"}': 2,
        'flagged_total{flag="late",kind="rain"}': 1,
        'phenomenon_to_commit_seconds_bucket{kind="rain",le="3600.0"}': 0,
        'phenomenon_to_commit_seconds_bucket{kind="rain",le="86400.0"}': 1,
        "batch_messages_sum": 5,
        "inflight_messages": 0,
        "broker_connections_total": 1,
        "database_up": 1,
    }
    assert {name: found.get(name) for name in expected} == expected
    batches = found["batch_messages_count"]
    assert batches == found["commit_seconds_count"] == found["receive_to_commit_seconds_count"]
    assert 1 <= batches <= 5


def test_an_ingestor_without_a_broker_is_alive_but_not_ready(
    settings_for: Callable[..., Settings], start_ingest: Callable[..., "Popen[bytes]"]
) -> None:
    port = free_port()
    nowhere = settings_for(ingest_metrics_port=port, mqtt_url="mqtt://127.0.0.1:1")
    process = start_ingest(nowhere, subscribed=False)
    eventually(lambda: answers(port), lives=lambda: process.poll() is None)
    status, text = ask(port, "/readyz")
    assert status == 503
    assert "broker" in json.loads(text)["detail"]
    assert ask(port, "/healthz")[0] == 200


def test_an_ingestor_whose_database_hangs_is_not_ready_whether_it_has_something_to_store_or_not(
    settings_for: Callable[..., Settings], start_ingest: Callable[..., "Popen[bytes]"], database_url: str
) -> None:
    port = free_port()
    settings = settings_for(ingest_metrics_port=port)
    start_ingest(settings)
    eventually(lambda: ask(port, "/readyz")[0] == 200)
    # The first hinders whoever reads, the second only who stores.
    for mode, has_work in (("ACCESS EXCLUSIVE", False), ("SHARE", True)):
        with psycopg.connect(database_url) as conn:
            conn.execute(f"LOCK TABLE latest IN {mode} MODE")  # type: ignore[arg-type]
            if has_work:
                publish(settings, {"values": {"rain": 0.2}})
            eventually(lambda: ask(port, "/readyz")[0] == 503)
            assert "database" in json.loads(ask(port, "/readyz")[1])["detail"]
            assert ask(port, "/healthz")[0] == 200
        eventually(lambda: ask(port, "/readyz")[0] == 200)
    assert ask(port, "/metrics")[1].count("cityhub_ingest_inflight_messages 0.0") == 1


def publish(settings: Settings, document: object) -> None:
    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    address = settings.broker()
    client.connect(address.host, address.port)
    client.loop_start()
    topic = topics.telemetry(settings.topic_prefix, "rain", "rain-hoan-kiem")
    client.publish(topic, json.dumps(document), qos=1).wait_for_publish(10)
    client.disconnect()
    client.loop_stop()
