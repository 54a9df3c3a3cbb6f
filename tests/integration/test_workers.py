"""Several processes store what one receives; killing any of them, or wanting fewer, loses nothing."""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from cityhub.config import Settings
from cityhub.observing import topics
from ingest.inbox import Inbox
from ingest.message import Message
from ingest.workers import Sorter
from tests.waiting import eventually
from tools.services.ports import free_port, is_free

SENSORS = ("rain-hoan-kiem", "rain-tay-ho", "rain-ba-dinh", "rain-lang")
START = datetime.now(UTC) - timedelta(hours=6)


class Ingestors:
    """`ingest.workers` as `./hub ingest --workers N` runs it."""

    def __init__(self, settings: Settings, log: Path) -> None:
        self._environment = os.environ | settings.environment()
        self._log = log
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, count: int) -> None:
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tools", "ingest", "--workers", str(count)],
                env=self._environment,
                stdout=log,
                stderr=log,
            )
        self.wait_for('"subscribed"', 1)

    def wait_for(self, words: str, times: int) -> None:
        eventually(
            lambda: self._log.read_text().count(words) >= times,
            30,
            told=self._log.read_text,
            lives=lambda: self.process is not None and self.process.poll() is None,
        )

    def children(self) -> list[int]:
        assert self.process is not None
        # Each thread has a list of its own, and a worker is started again by whichever saw first that it ended.
        files = Path(f"/proc/{self.process.pid}/task").glob("*/children")
        pids = sorted(int(pid) for file in files for pid in file.read_text().split())
        return [
            pid
            for pid in pids
            if Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[2:3] == [b"ingest.worker"]
        ]

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(30)


@pytest.fixture
def ingestors(hub_settings: Settings, tmp_path: Path) -> Iterator[Ingestors]:
    ingestors = Ingestors(hub_settings, tmp_path / "workers.log")
    yield ingestors
    ingestors.stop()


def publish(settings: Settings, numbers: range) -> None:
    """Each message goes to one of four gauges in turn, so that every worker gets some."""
    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    address = settings.broker()
    client.connect(address.host, address.port)
    client.loop_start()
    for number in numbers:
        topic = topics.telemetry(settings.topic_prefix, "rain", SENSORS[number % len(SENSORS)])
        moment = (START + timedelta(seconds=number)).isoformat()
        message = client.publish(topic, json.dumps({"time": moment, "values": {"rain": 0.1}}), qos=1)
        message.wait_for_publish(10)
    client.disconnect()
    client.loop_stop()


def stored(settings: Settings) -> tuple[int, int]:
    with psycopg.connect(settings.require("database_url")) as conn:
        [found] = conn.execute(
            "SELECT (SELECT count(*) FROM observation o JOIN datastream d ON d.id = o.datastream_id"
            " WHERE d.sensor_id = ANY(%(ids)s) AND o.time >= %(start)s),"
            " (SELECT coalesce(sum(n), 0) FROM observation_hourly h JOIN datastream d ON d.id = h.datastream_id"
            " WHERE d.sensor_id = ANY(%(ids)s))",
            {"ids": list(SENSORS), "start": START},
        ).fetchall()
    return int(found[0]), int(found[1])


def is_running(pid: int) -> bool:
    """A process that ended may be left as a zombie by an init that does not wait for it."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_killing_any_of_them_and_wanting_fewer_loses_nothing(
    hub_settings: Settings, ingestors: Ingestors
) -> None:
    ingestors.start(2)
    first, second = ingestors.children()
    publish(hub_settings, range(300))
    eventually(lambda: stored(hub_settings) == (300, 300), 30, told=lambda: stored(hub_settings))

    os.kill(second, signal.SIGKILL)
    publish(hub_settings, range(300, 600))
    eventually(lambda: stored(hub_settings) == (600, 600), 30, told=lambda: stored(hub_settings))
    assert first in ingestors.children()
    eventually(lambda: len(ingestors.children()) == 2, 30, told=ingestors.children)

    assert ingestors.process is not None
    ingestors.process.kill()
    ingestors.process.wait()
    publish(hub_settings, range(600, 900))
    ingestors.start(1)
    eventually(lambda: stored(hub_settings) == (900, 900), 30, told=lambda: stored(hub_settings))
    eventually(lambda: not is_running(first), 30, told=lambda: first)
    ingestors.stop()
    assert ingestors.process.returncode == 0


def test_a_worker_that_dies_with_nothing_to_do_is_there_again(ingestors: Ingestors) -> None:
    ingestors.start(2)
    first, second = ingestors.children()
    os.kill(first, signal.SIGKILL)
    eventually(lambda: len(set(ingestors.children()) - {first}) == 2, 30, told=ingestors.children)
    assert second in ingestors.children()


def ready(port: int) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


@pytest.mark.timeout(120)
def test_a_worker_that_cannot_come_back_is_told_and_ends_all_in_the_end(
    hub_settings: Settings, tmp_path: Path
) -> None:
    """Its port for metrics is taken while it is away."""
    port = free_ports(2)
    log = tmp_path / "workers.log"
    ingestors = Ingestors(hub_settings.model_copy(update={"ingest_metrics_port": port}), log)
    try:
        ingestors.start(1)
        assert ready(port)[0] == 200
        [worker] = ingestors.children()
        assert ingestors.process is not None
        # While it is halted it starts no other worker. The port is free only when all threads of the old one are gone.
        ingestors.process.send_signal(signal.SIGSTOP)
        try:
            os.kill(worker, signal.SIGKILL)
            eventually(lambda: is_free(port + 1), 30, told=lambda: port)
            taken = socket.create_server(("127.0.0.1", port + 1))
        finally:
            ingestors.process.send_signal(signal.SIGCONT)
        with taken:
            eventually(lambda: ready(port)[0] == 503, 30, told=lambda: ready(port))
            assert "worker 1: ended" in json.loads(ready(port)[1])["detail"]
            assert ingestors.process.wait(60) == 1
    finally:
        ingestors.stop()
    assert log.read_text().splitlines()[-1].startswith("hub: worker 1 of ingest ended 10 times in a row")


def free_ports(count: int) -> int:
    """The first of so many free ports in a row."""
    while True:
        first = free_port()
        with ExitStack() as stack:
            try:
                for port in range(first, first + count):
                    stack.enter_context(socket.create_server(("127.0.0.1", port)))
            except OSError:
                continue
        return first


def test_each_sensors_messages_stay_in_order_with_one_worker(hub_settings: Settings) -> None:
    inboxes = [Inbox() for _ in range(3)]
    sorter = Sorter(inboxes)
    now = datetime.now(UTC)
    for number in range(300):
        topic = topics.telemetry(hub_settings.topic_prefix, "rain", SENSORS[number % len(SENSORS)])
        sorter.put(Message(topic, b"", 0, number + 1, 1, now))
    assert sorter.unanswered() == 300
    homes: dict[str, int] = {}
    for home, inbox in enumerate(inboxes):
        inbox.close()
        last: dict[str, int] = {}
        for message in inbox.take(1000, 0):
            assert homes.setdefault(message.topic, home) == home
            assert message.packet_id > last.get(message.topic, 0)
            last[message.topic] = message.packet_id
    assert len(homes) == len(SENSORS)


def test_a_worker_that_cannot_begin_is_told_in_one_line(hub_settings: Settings, tmp_path: Path) -> None:
    """Its port for metrics is taken."""
    port = free_ports(2)
    with socket.create_server(("127.0.0.1", port + 1)):
        ingestors = Ingestors(
            hub_settings.model_copy(update={"ingest_metrics_port": port}), tmp_path / "workers.log"
        )
        with pytest.raises(AssertionError):
            ingestors.start(1)
        assert ingestors.process is not None
        assert ingestors.process.wait(20) == 1
    *_, cause, told = (tmp_path / "workers.log").read_text().splitlines()
    assert cause.startswith(
        f"ingest worker 1: cannot listen on 127.0.0.1 port {port + 1}: Address already in use"
    )
    assert told.startswith("hub: worker 1 of ingest did not begin")


def test_ingestors_of_several_machines_share_by_the_brokers_means(
    services: Any, hub_settings: Settings, start_ingest: Callable[[Settings], Any]
) -> None:
    if services.mqtt_version != "5":
        pytest.skip("the embedded broker has no shared subscriptions")
    before = stored(hub_settings)[0]
    for name in ("one", "two"):
        client_id = f"{hub_settings.ingest_client_id}-{name}"
        start_ingest(hub_settings.model_copy(update={"ingest_shared": True, "ingest_client_id": client_id}))
    publish(hub_settings, range(1000, 1200))
    eventually(lambda: stored(hub_settings)[0] == before + 200, 30, told=lambda: stored(hub_settings))
