"""The backlog of the ingest bench: generated air messages that wait in the broker for sessions that are away."""

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from cityhub import addresses
from cityhub.catalogue import Catalogue, Sensor
from cityhub.kinds import KINDS
from cityhub.observing import topics
from tools.services import Endpoints

PREFIX = "bench"
VALUES = ("pm2_5", "pm10", "no2", "so2", "o3", "co")
SENSORS = 334  # times six values: 2,004 datastreams


@dataclass(frozen=True, slots=True)
class Backlog:
    """`messages` of six values each, spread evenly over the sensors, one second apart, generated."""

    messages: int
    start: datetime

    def __iter__(self) -> Iterator[tuple[str, bytes]]:
        """Topic and payload of each message; phenomenon times lie within the last hours."""
        for number in range(self.messages):
            sensor, turn = number % SENSORS, number // SENSORS
            moment = self.start + timedelta(seconds=turn)
            values = {name: (number * 7 + 13 * at) % 400 / 10 for at, name in enumerate(VALUES)}
            message = {"time": moment.isoformat(), "values": values}
            yield topics.telemetry(PREFIX, "air", sensor_id(sensor)), json.dumps(message).encode()

    @property
    def observations(self) -> int:
        """How many rows the backlog makes."""
        return self.messages * len(VALUES)

    @property
    def end(self) -> datetime:
        """No message has this time or a later one."""
        return self.start + timedelta(seconds=-(-self.messages // SENSORS))


def backlog(messages: int) -> Backlog:
    """A backlog whose newest message is a few seconds old."""
    return backlogs(messages, 1)[0]


def backlogs(messages: int, count: int) -> list[Backlog]:
    """Backlogs one after the other in time, none with a time of another's; the newest ends a few seconds ago."""
    seconds = messages // SENSORS + 1
    first = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=count * seconds + 9)
    return [Backlog(messages, first + timedelta(seconds=number * seconds)) for number in range(count)]


def sensor_id(number: int) -> str:
    """The id of the bench's sensor `number`."""
    return f"bench-air-{number:04d}"


def datastreams(ids: Mapping[tuple[str, str], int]) -> list[int]:
    """Of the ids by sensor and property those that a backlog reports; a sensor of its kind may have more."""
    return [ids[sensor_id(number), name] for number in range(SENSORS) for name in VALUES]


def catalogue() -> Catalogue:
    """The bench's sensors; generated, not listed."""
    properties = tuple(name for name in KINDS["air"].properties if name in VALUES)
    return Catalogue(
        (),
        tuple(
            Sensor(
                id=sensor_id(number),
                kind="air",
                name_vi=f"Trạm sinh ra để đo tốc độ {number}",
                name_en=f"Generated for the bench {number}",
                lon=105.85,
                lat=21.03,
                basis="illustrative",
                basis_note="",
                interval_s=60,
                properties=properties,
                listed=False,
            )
            for number in range(SENSORS)
        ),
    )


def client(client_id: str, **options: Any) -> mqtt.Client:
    """A client of MQTT 5 that is not connected yet."""
    return mqtt.Client(
        CallbackAPIVersion.VERSION2, client_id=client_id, protocol=MQTTProtocolVersion.MQTTv5, **options
    )


def connect(client: mqtt.Client, endpoints: Endpoints, *, fresh: bool = False) -> None:
    """Connect with a session that stays for an hour and a wide window; `fresh`: what an older one held is dropped."""
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = 3600
    properties.ReceiveMaximum = 20_000
    broker = addresses.broker(endpoints.mqtt_url)
    client.connect(broker.host, broker.port, clean_start=fresh, properties=properties)


def open_session(client_id: str, subscription: str, endpoints: Endpoints) -> None:
    """Leave a new session at the broker that collects what is published while its client is away."""
    subscribed: list[int] = []
    visitor = client(client_id)
    visitor.on_connect = lambda c, *_: c.subscribe(subscription, qos=1)
    visitor.on_subscribe = lambda *_: subscribed.append(1)
    connect(visitor, endpoints, fresh=True)
    deadline = time.monotonic() + 10
    while not subscribed and time.monotonic() < deadline:
        visitor.loop(0.1)
    visitor.disconnect()


def close_session(client: mqtt.Client) -> None:
    """Disconnect and let the broker forget the session at once."""
    properties = Properties(PacketTypes.DISCONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = 0
    client.disconnect(properties=properties)


def publish(messages: Backlog, endpoints: Endpoints) -> None:
    """Publish all at QoS 1 and wait until the broker has acknowledged each."""
    sender = client("bench-publisher")
    acknowledged = 0

    def on_publish(*_: Any) -> None:
        nonlocal acknowledged
        acknowledged += 1

    sender.on_publish = on_publish
    sender.max_inflight_messages_set(10_000)
    broker = addresses.broker(endpoints.mqtt_url)
    sender.connect(broker.host, broker.port)
    sent = 0
    for topic, payload in messages:
        sender.publish(topic, payload, qos=1)
        sent += 1
        while sent - acknowledged > 1000:
            sender.loop(0.01)
    while acknowledged < sent:
        sender.loop(0.1)
    sender.disconnect()
