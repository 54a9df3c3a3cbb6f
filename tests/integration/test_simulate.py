"""The simulated city against the real broker, ingestor and database."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from subprocess import Popen
from urllib.parse import urlsplit

import psycopg
import pytest
from paho.mqtt import subscribe

from cityhub.catalogue import Catalogue, read
from cityhub.config import Settings
from cityhub.observing.topics import telemetry
from simulators import simulate
from simulators.publish import Publisher
from tests.waiting import eventually
from tools import demo


@pytest.fixture
def hub(hub_settings: Settings, start_ingest: Callable[[Settings], "Popen[bytes]"]) -> Iterator[Settings]:
    """A running ingestor; what it stored is removed afterwards."""
    ingest = start_ingest(hub_settings)
    yield hub_settings
    ingest.terminate()
    ingest.wait(20)
    with psycopg.connect(hub_settings.require("database_url"), autocommit=True) as conn:
        conn.execute("TRUNCATE observation, observation_hourly, latest, quarantine")


def until(settings: Settings, query: str, expected: int, timeout_s: float = 30) -> None:
    """Wait until the query's one number is at least `expected`."""
    with psycopg.connect(settings.require("database_url"), autocommit=True) as conn:

        def found() -> int:
            [(number,)] = conn.execute(query).fetchall()  # type: ignore[arg-type]
            return int(number)

        eventually(
            lambda: found() >= expected, timeout_s, told=lambda: f"{query}: {found()}, expected {expected}"
        )


def rows(settings: Settings, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(settings.require("database_url")) as conn:
        return conn.execute(query).fetchall()  # type: ignore[arg-type]


def started(settings: Settings, *arguments: str) -> "Popen[str]":
    environment = {
        "CITYHUB_MQTT_URL": settings.require("mqtt_url"),
        "CITYHUB_TOPIC_PREFIX": settings.topic_prefix,
    }
    environment["CITYHUB_MQTT_VERSION"] = settings.mqtt_version
    return subprocess.Popen(
        [sys.executable, "-m", "tools", "simulate", *arguments],
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def rejected(settings: Settings) -> dict[str, int]:
    """Messages in quarantine by reason. The embedded broker also brings what other tests' devices left retained."""
    query = "SELECT reason, sum(n)::int FROM quarantine WHERE topic LIKE %s GROUP BY 1"
    with psycopg.connect(settings.require("database_url")) as conn:
        return dict(conn.execute(query, (f"{settings.topic_prefix}/%",)).fetchall())


BATTERIES = "SELECT count(*) FROM observation o JOIN datastream d ON d.id = o.datastream_id WHERE property = 'battery'"


def test_every_sensor_is_alive_after_one_round_and_nothing_is_quarantined(hub: Settings) -> None:
    begun = datetime.now(UTC)
    done = simulate.run(hub, rate=200, for_s=2.5, storm=True)
    assert done.published == done.acknowledged
    assert done.live == pytest.approx(500, abs=60)
    until(hub, BATTERIES, done.published - done.statuses)
    until(hub, "SELECT count(*) FROM sensor_status WHERE online", done.statuses)
    heard = rows(hub, "SELECT DISTINCT d.sensor_id FROM latest l JOIN datastream d ON d.id = l.datastream_id")
    assert {name for (name,) in heard} == {sensor.id for sensor in read().sensors}
    assert done.statuses == len(heard)
    [(oldest,)] = rows(hub, "SELECT min(time) FROM observation")
    assert oldest >= begun - timedelta(seconds=3)  # type: ignore[operator]
    assert rows(hub, "SELECT quality, count(*) FROM observation WHERE quality <> 0 GROUP BY 1") == []
    assert rejected(hub) == {}


def test_history_fills_every_hour_before_now(hub: Settings) -> None:
    done = simulate.run(hub, days=0.25, for_s=0)
    assert done.history == done.published == done.acknowledged
    until(hub, BATTERIES, done.published)
    per_gauge = rows(
        hub,
        "SELECT d.sensor_id, sum(n), count(*) FROM observation_hourly h JOIN datastream d ON d.id = h.datastream_id"
        " WHERE d.property = 'rain' GROUP BY 1",
    )
    assert len(per_gauge) == sum(sensor.kind == "rain" for sensor in read().sensors)
    # Slots are aligned to the clock: the run begins and ends within one. The last three hours have every minute.
    assert all(35 + 17 * 9 <= n <= 36 + 18 * 9 for _, n, _ in per_gauge)
    assert {hours for _, _, hours in per_gauge} <= {6, 7}
    [(newest,)] = rows(
        hub,
        "SELECT max(o.time) FROM observation o JOIN datastream d ON d.id = o.datastream_id WHERE d.property = 'rain'",
    )
    assert demo.newest_rain(hub.require("database_url")) == newest


def test_history_may_be_older_than_the_sensors_for_it_says_so(hub: Settings) -> None:
    # Its places count once an hour.
    known = read()
    place = next(
        sensor
        for sensor in known.sensors
        if sensor.kind == "parking" and "occupied_count" in sensor.properties
    )
    street = tuple(one for one in known.places if one.id == place.place_id)
    done = simulate.run(hub, days=410, for_s=0, catalogue=Catalogue(places=street, sensors=(place,)))
    assert done.published == done.history > 9_000
    until(hub, "SELECT count(DISTINCT time) FROM observation", done.published, timeout_s=90)
    [(oldest,)] = rows(hub, "SELECT min(time) FROM observation")
    assert oldest <= datetime.now(UTC) - timedelta(days=409)  # type: ignore[operator]
    assert rejected(hub) == {}


def test_the_same_history_again_is_stored_once(hub: Settings) -> None:
    first = simulate.run(hub, days=0.1, for_s=0)
    until(hub, BATTERIES, first.published)
    second = simulate.run(hub, days=0.1, for_s=0)
    with Publisher(hub) as publisher:
        # Stored after all before it.
        now = datetime.now(UTC).isoformat()
        publisher.publish(
            telemetry(hub.topic_prefix, "air", "air-kim-lien"),
            f'{{"time":"{now}","values":{{"pm2_5":77.25}}}}'.encode(),
        )
        publisher.finish()
    until(hub, "SELECT count(*) FROM observation WHERE value = 77.25", 1)
    [(batteries,)] = rows(hub, BATTERIES)
    # The clock may have passed one whole slot in between.
    assert first.published <= batteries <= first.published + second.published / 10  # type: ignore[operator]


def test_faults_end_in_flags_and_quarantine_and_the_rest_is_stored(hub: Settings) -> None:
    done = simulate.run(hub, days=0.15, for_s=0, faults="many", seed=5)
    assert done.published == done.acknowledged
    lost = sum(done.faults.get(name, 0) for name in ("naive_time", "future_time", "clock_not_set", "garbage"))
    until(hub, BATTERIES, done.published - done.faults["duplicate"] - lost)
    [(batteries,)] = rows(hub, BATTERIES)
    assert batteries == done.published - done.faults["duplicate"] - lost
    assert rejected(hub) == {
        "time": done.faults["naive_time"] + done.faults["clock_not_set"],
        "future": done.faults["future_time"],
        "json": done.faults["garbage"],
        "not_a_number": done.faults["not_a_number"] + done.faults["text_number"],
    }
    sentinels = rows(hub, "SELECT DISTINCT value, quality & 3 FROM observation WHERE quality & 3 <> 0")
    assert sentinels == [(-999.0, 2)]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("arguments", [("--rate", "20"), ("--days", "30")], ids=["live", "history"])
def test_signal_ends_a_run_cleanly_with_its_summary(
    hub_settings: Settings, number: int, arguments: tuple[str, ...]
) -> None:
    process = started(hub_settings, *arguments)
    # Its first message: before that, a slow machine is still importing and nothing awaits a signal.
    broker = hub_settings.broker()
    subscribe.simple(f"{hub_settings.topic_prefix}/#", hostname=broker.host, port=broker.port)
    process.send_signal(number)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 0, err
    assert "acknowledged" in out
    assert "Traceback" not in err


def test_program_without_a_broker_ends_with_one_line(hub_settings: Settings) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"mqtt://127.0.0.1:{unused.getsockname()[1]}"
        out, err = started(hub_settings.model_copy(update={"mqtt_url": url})).communicate(timeout=20)
    assert out == ""
    assert err.startswith("hub: no MQTT broker answers at mqtt://127.0.0.1:")
    assert err.count("\n") == 1


class Cable:
    """A line to the broker that can be cut."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._broker = (parts.hostname, parts.port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._ends: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()
        self.url = f"mqtt://127.0.0.1:{self._listener.getsockname()[1]}"
        self.connections = 0

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            far = socket.create_connection(self._broker)
            self._ends += [near, far]
            self.connections += 1
            for source, sink in ((near, far), (far, near)):
                thread = threading.Thread(target=self._carry, args=(source, sink))
                thread.start()
                self._threads.append(thread)

    def _carry(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(4096):
                sink.sendall(data)

    def cut(self) -> None:
        """Break every connection."""
        for end in self._ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self.cut()
        self._listener.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)
        for end in (*self._ends, self._listener):
            end.close()


@pytest.fixture
def cable(hub: Settings) -> Iterator[Cable]:
    cable = Cable(hub.require("mqtt_url"))
    yield cable
    cable.close()


def test_cut_connection_loses_and_doubles_nothing(hub: Settings, cable: Cable) -> None:
    topic = telemetry(hub.topic_prefix, "air", "air-kim-lien")
    start, count = datetime(2026, 1, 1, tzinfo=UTC), 3000
    with Publisher(hub.model_copy(update={"mqtt_url": cable.url}), window=100) as publisher:
        for n in range(count):
            when = (start + timedelta(seconds=n)).isoformat()
            publisher.publish(topic, f'{{"time": "{when}", "values": {{"pm2_5": {n % 50}}}}}'.encode())
            assert publisher.in_flight <= 100
            if n in (700, 2200):
                cable.cut()
        assert publisher.drain(30)
    assert cable.connections >= 3
    assert (publisher.published, publisher.acknowledged) == (count, count)
    until(hub, "SELECT count(*) FROM observation", count)
    [(stored, total)] = rows(hub, "SELECT count(*), sum(value)::int FROM observation")
    assert (stored, total) == (count, sum(n % 50 for n in range(count)))
