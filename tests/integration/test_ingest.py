"""Messages through the real broker and the real ingestor into the real database."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from subprocess import Popen
from typing import Any

import psycopg
import pytest
from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from psycopg import sql

from cityhub import addresses
from cityhub.catalogue import Catalogue, read
from cityhub.config import Settings
from cityhub.observing import topics
from cityhub.store import catalogue as store_catalogue
from cityhub.store import connect, quarantine
from cityhub.store.migrations import migrate
from tests.waiting import eventually
from tools.services.instance import Instance

AIR = "air-us-embassy"


class Device:
    """A device that publishes at QoS 1 and waits for the broker's word."""

    def __init__(self, url: str) -> None:
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2)
        address = addresses.broker(url)
        self._client.connect(address.host, address.port)
        self._client.loop_start()

    def publish(self, topic: str, payload: bytes | dict[str, Any] | list[Any], qos: int = 1) -> None:
        data = payload if isinstance(payload, bytes) else json.dumps(payload)
        self._client.publish(topic, data, qos).wait_for_publish(10)

    def retain(self, topic: str, payload: bytes | dict[str, Any]) -> None:
        """Publish for whoever subscribes later, too; an empty payload takes it back."""
        data = payload if isinstance(payload, bytes) else json.dumps(payload)
        self._client.publish(topic, data, 1, retain=True).wait_for_publish(10)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@pytest.fixture
def device(hub_settings: Settings) -> Iterator[Device]:
    device = Device(hub_settings.require("mqtt_url"))
    yield device
    device.close()


@pytest.fixture
def ingest(hub_settings: Settings, start_ingest: Callable[[Settings], "Popen[bytes]"]) -> "Popen[bytes]":
    return start_ingest(hub_settings)


def wait_until(settings: Settings, query: str, expected: int, timeout_s: float = 20) -> None:
    def found() -> int:
        with psycopg.connect(settings.require("database_url")) as conn:
            [(number,)] = conn.execute(query).fetchall()  # type: ignore[arg-type]
        return int(number)

    eventually(
        lambda: found() == expected, timeout_s, told=lambda: f"{query}: {found()}, expected {expected}"
    )


def stored(sensor_id: str, name: str = "pm2_5") -> str:
    return (
        sql.SQL(
            "SELECT count(*) FROM observation o JOIN datastream d ON d.id = o.datastream_id"
            " WHERE d.sensor_id = {} AND d.property = {}"
        )
        .format(sensor_id, name)
        .as_string()
    )


@pytest.mark.usefixtures("ingest")
def test_a_message_is_stored_summed_up_and_latest(hub_settings: Settings, device: Device) -> None:
    topic = topics.telemetry(hub_settings.topic_prefix, "air", AIR)
    now = datetime.now(UTC)
    message = {
        "time": now.isoformat(),
        "values": {"pm2_5": 35.2, "pm10": 60.1},
        "battery": 87,
        "rssi": -71,
        "seq": 1,
    }
    device.publish(topic, message)
    device.publish(topic, message)
    wait_until(hub_settings, stored(AIR), 1)
    with psycopg.connect(hub_settings.require("database_url")) as conn:
        found = conn.execute(
            "SELECT d.property, l.value, l.time, h.n FROM latest l JOIN datastream d ON d.id = l.datastream_id"
            " JOIN observation_hourly h ON h.datastream_id = d.id WHERE d.sensor_id = %s ORDER BY 1",
            (AIR,),
        ).fetchall()
    assert found == [
        ("battery", 87, now, 1),
        ("pm10", 60.1, now, 1),
        ("pm2_5", 35.2, now, 1),
        ("rssi", -71, now, 1),
        ("seq", 1, now, 1),
    ]


def test_each_kind_of_bad_input_has_its_reason_and_good_values_beside_it_are_stored(
    hub_settings: Settings, device: Device, ingest: "Popen[bytes]"
) -> None:
    prefix = hub_settings.topic_prefix
    sensor = "air-hoan-kiem"
    topic = topics.telemetry(prefix, "air", sensor)
    start = datetime.now(UTC) - timedelta(minutes=4)
    times = (start + timedelta(seconds=second) for second in range(100))

    def message(values: str) -> bytes:
        return f'{{"time": "{next(times).isoformat()}", "values": {values}}}'.encode()

    device.publish(f"{prefix}/nonsense", b"1")
    device.publish(f"{prefix}/noise/{sensor}/telemetry", b"{}")
    device.publish(topics.telemetry(prefix, "air", "air-nobody"), message('{"pm2_5": 1}'))
    device.publish(topic, b"\x00\xffnot json")
    device.publish(topic, b'{"pm2_5": 5}')
    device.publish(topic, b"x" * 10_000_000)
    device.publish(topic, message('{"pm2_5": NaN, "pm10": 1}'))
    device.publish(topic, message('{"pm2_5": 1e999, "pm10": 2}'))
    device.publish(topic, message('{"pm2_5": "12", "pm10": 3}'))
    device.publish(topic, message('{"pm2_5": true, "pm10": 4}'))
    device.publish(topic, message('{"radon": 7, "pm10": 5}'))
    device.publish(topic, b'{"time": "2026-11-22T10:00:00", "values": {"pm10": 6}}')
    device.publish(topic, b'{"time": "2126-11-22T10:00:00Z", "values": {"pm10": 7}}')
    device.publish(topic, message('{"pm2_5": -999, "pm10": 99999}'))
    device.publish(topic, message('{"pm10": 8}'))

    wait_until(hub_settings, stored(sensor, "pm10"), 7)
    with psycopg.connect(hub_settings.require("database_url")) as conn:
        rows = quarantine.list(conn, limit=100)
        [large] = [quarantine.get(conn, row.id) for row in rows if row.reason == "too_large"]
        good = conn.execute(
            "SELECT o.value, o.quality FROM observation o JOIN datastream d ON d.id = o.datastream_id"
            " WHERE d.sensor_id = %s AND d.property = 'pm10' ORDER BY o.time",
            (sensor,),
        ).fetchall()
        flagged = conn.execute(
            "SELECT o.value, o.quality FROM observation o JOIN datastream d ON d.id = o.datastream_id"
            " WHERE d.sensor_id = %s AND d.property = 'pm2_5'",
            (sensor,),
        ).fetchall()
    assert good == [(1, 0), (2, 0), (3, 0), (4, 0), (5, 0), (99999, 1), (8, 0)]
    assert flagged == [(-999, 2)]
    mine = sorted(row.reason for row in rows if row.topic.startswith(prefix))
    assert mine == sorted(
        [
            "topic",
            "topic",
            "unknown_sensor",
            "json",
            "schema",
            "too_large",
            "unknown_property",
            "time",
            "future",
        ]
        + ["not_a_number"] * 4
    )
    assert (large.payload_bytes, len(large.payload)) == (10_000_000, 4096)
    assert ingest.poll() is None
    assert resident_mb(ingest.pid) < 250


def resident_mb(pid: int) -> float:
    with open(f"/proc/{pid}/status") as status:
        [line] = [line for line in status if line.startswith("VmRSS")]
    return int(line.split()[1]) / 1024


@pytest.mark.usefixtures("ingest")
def test_a_sensor_is_known_as_soon_as_the_catalogue_is_loaded(hub_settings: Settings, device: Device) -> None:
    known = read()
    new = tuple(replace(sensor, id=f"{sensor.id}-new") for sensor in known.sensors if sensor.id == AIR)
    topic = topics.telemetry(hub_settings.topic_prefix, "air", new[0].id)
    device.publish(topic, {"values": {"pm2_5": 1}})
    judged = sql.SQL("SELECT count(*) FROM quarantine WHERE topic = {}").format(topic).as_string()
    wait_until(hub_settings, judged, 1)
    with connect(hub_settings.require("database_url"), "tests") as conn:
        store_catalogue.save(conn, Catalogue((), new))
    device.publish(topic, {"values": {"pm2_5": 2}})
    wait_until(hub_settings, stored(new[0].id), 1)


def test_what_was_published_while_ingest_was_killed_is_stored_afterwards(
    hub_settings: Settings,
    device: Device,
    ingest: "Popen[bytes]",
    start_ingest: Callable[[Settings], "Popen[bytes]"],
) -> None:
    sensor = "air-tay-mo"
    topic = topics.telemetry(hub_settings.topic_prefix, "air", sensor)
    start = datetime.now(UTC) - timedelta(hours=5)

    def publish(numbers: range) -> None:
        for number in numbers:
            device.publish(
                topic, {"time": (start + timedelta(seconds=number)).isoformat(), "values": {"pm2_5": 1}}
            )

    publish(range(100))
    ingest.kill()
    ingest.wait(10)
    publish(range(100, 300))
    start_ingest(hub_settings)
    publish(range(300, 400))
    wait_until(hub_settings, stored(sensor), 400)


def test_database_and_broker_restarts_lose_nothing(
    services: Any, start_ingest: Callable[[Settings], "Popen[bytes]"], settings_for: Callable[..., Settings]
) -> None:
    if services.edition == "plain":
        pytest.skip("the embedded broker keeps its queue in memory: a restart of it loses messages")
    own = Instance(f"{services.instance.name}-outage", services.instance.kind, throwaway=True)
    try:
        endpoints = own.start()
        migrate(endpoints.database_url)
        with connect(endpoints.database_url, "tests") as conn:
            store_catalogue.save(conn, read())
        settings = settings_for(database_url=endpoints.database_url, mqtt_url=endpoints.mqtt_url)
        ingest = start_ingest(settings)
        topic = topics.telemetry(settings.topic_prefix, "air", AIR)
        start = datetime.now(UTC) - timedelta(hours=1)

        def publish(numbers: range) -> None:
            device = Device(endpoints.mqtt_url)
            for number in numbers:
                moment = (start + timedelta(seconds=number)).isoformat()
                device.publish(topic, {"time": moment, "values": {"pm2_5": number}})
            device.close()

        publish(range(200))
        own.processes()["postgres"].stop()
        publish(range(200, 400))
        assert own.start() == endpoints  # starts both anew on their old ports: the broker restarts too
        publish(range(400, 500))
        wait_until(settings, stored(AIR), 500, timeout_s=40)
        assert ingest.poll() is None
    finally:
        own.remove()
