"""Several ingestors share the messages; killing one, or wanting fewer, loses nothing."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from cityhub import topics
from cityhub.config import Settings

SENSOR = "rain-hoan-kiem"
START = datetime.now(UTC) - timedelta(hours=6)


class Ingestors:
    """`ingest.workers` as `./hub ingest --workers N` runs it."""

    def __init__(self, settings: Settings, log: Path) -> None:
        self._environment = os.environ | {
            f"CITYHUB_{name.upper()}": str(value)
            for name, value in settings.model_dump().items()
            if value != ""
        }
        self._log = log
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, count: int) -> None:
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "cityhub", "ingest", "--workers", str(count)],
                env=self._environment,
                stdout=log,
                stderr=log,
            )
        self.wait_for('"subscribed"', count)

    def wait_for(self, words: str, times: int) -> None:
        deadline = time.monotonic() + 30
        while self._log.read_text().count(words) < times:
            assert self.process is not None
            assert self.process.poll() is None, self._log.read_text()
            assert time.monotonic() < deadline, self._log.read_text()
            time.sleep(0.05)

    def children(self) -> list[int]:
        assert self.process is not None
        file = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [
            pid
            for pid in map(int, file.read_text().split())
            if Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[2:3] == [b"ingest"]
        ]

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(30)


@pytest.fixture
def ingestors(services: Any, hub_settings: Settings, tmp_path: Path) -> Iterator[Ingestors]:
    if services.mqtt_version != "5":
        pytest.skip("the embedded broker has no shared subscriptions")
    ingestors = Ingestors(hub_settings, tmp_path / "workers.log")
    yield ingestors
    ingestors.stop()


def publish(settings: Settings, numbers: range) -> None:
    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    address = urlsplit(settings.mqtt_url)
    client.connect(address.hostname or "", address.port or 0)
    client.loop_start()
    topic = topics.telemetry(settings.topic_prefix, "rain", SENSOR)
    for number in numbers:
        moment = (START + timedelta(seconds=number)).isoformat()
        message = client.publish(topic, json.dumps({"time": moment, "values": {"rain": 0.1}}), qos=1)
        message.wait_for_publish(10)
    client.disconnect()
    client.loop_stop()


def stored(settings: Settings) -> tuple[int, int]:
    with psycopg.connect(settings.database_url) as conn:
        [found] = conn.execute(
            "SELECT (SELECT count(*) FROM observation o JOIN datastream d ON d.id = o.datastream_id"
            " WHERE d.sensor_id = %(id)s AND o.time >= %(start)s),"
            " (SELECT coalesce(sum(n), 0) FROM observation_hourly h JOIN datastream d ON d.id = h.datastream_id"
            " WHERE d.sensor_id = %(id)s)",
            {"id": SENSOR, "start": START},
        ).fetchall()
    return int(found[0]), int(found[1])


def eventually(true: Callable[[], bool], what: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline, what()
        time.sleep(0.1)


def test_killing_one_and_wanting_fewer_loses_nothing(hub_settings: Settings, ingestors: Ingestors) -> None:
    ingestors.start(2)
    first, second = ingestors.children()
    publish(hub_settings, range(300))
    eventually(lambda: stored(hub_settings) == (300, 300), lambda: stored(hub_settings))

    os.kill(second, signal.SIGKILL)
    publish(hub_settings, range(300, 600))
    eventually(lambda: stored(hub_settings) == (600, 600), lambda: stored(hub_settings))
    assert first in ingestors.children()
    assert len(ingestors.children()) == 2

    ingestors.stop()
    publish(hub_settings, range(600, 900))  # both sessions get a part of these
    ingestors.start(1)
    eventually(lambda: stored(hub_settings) == (900, 900), lambda: stored(hub_settings))
    ingestors.wait_for("emptied a session that is not wanted any more", 1)
    publish(hub_settings, range(900, 1000))
    eventually(lambda: stored(hub_settings) == (1000, 1000), lambda: stored(hub_settings))
