"""A sensor with its own password tries to take the production broker from everybody else. TLS is on."""

import socket
import ssl
import uuid
from typing import Any

import paho.mqtt.client as paho
import pytest

from tools.services.production_broker import INGEST

NOT_AUTHORIZED = 135
DEVICE, OTHER = "air-test-1", "air-test-2"
INGEST_ID = "cityhub-ingest"
OWN, OTHERS = f"hanoi/air/{DEVICE}/telemetry", f"hanoi/air/{OTHER}/telemetry"
MIB = 1024 * 1024


@pytest.fixture
def waiting(broker: Any, client: Any) -> Any:
    """A session of ingest's that is away while twenty readings of a good sensor are acknowledged."""
    first = client(INGEST, client_id=INGEST_ID)
    first.connect(broker, keeps_session=True)
    first.subscribe("hanoi/#")
    first.close()
    sensor = client(OTHER)
    sensor.connect(broker)
    readings = [f"{uuid.uuid4()}".encode() for _ in range(20)]
    assert [sensor.publish(OTHERS, reading) for reading in readings] == [0] * 20

    def come_back() -> None:
        again = client(INGEST, client_id=INGEST_ID)
        again.connect(broker, keeps_session=True)
        received = [again.next()[1] for _ in readings]
        again.close()
        assert received == readings

    return come_back


def test_a_sensor_that_calls_itself_ingest_takes_nothing_of_what_waits(
    broker: Any, client: Any, waiting: Any
) -> None:
    thief = client(DEVICE, client_id=INGEST_ID)
    assert thief.connect(broker, keeps_session=True) == 0
    thief.subscribe("hanoi/#")
    thief.close()
    # Nor by ending the session that it would have taken over.
    wrecker = client(DEVICE, client_id=INGEST_ID)
    assert wrecker.connect(broker) == 0
    wrecker.close()
    assert wrecker.messages.empty()
    assert thief.messages.empty()
    waiting()


def test_a_sensor_does_not_throw_ingest_or_another_sensor_out(broker: Any, client: Any) -> None:
    ingest, sensor = client(INGEST, client_id=INGEST_ID), client(OTHER)
    ingest.connect(broker)
    ingest.subscribe("hanoi/#")
    sensor.connect(broker)
    for victim in (INGEST_ID, OTHER):
        assert client(DEVICE, client_id=victim).connect(broker) == 0
    assert sensor.publish(OTHERS, b"still here") == 0
    assert ingest.next() == (OTHERS, b"still here")


def test_what_is_larger_than_the_hub_takes_ends_the_connection_unacknowledged(
    broker: Any, passwords: dict[str, str], client: Any
) -> None:
    ingest, sensor = client(INGEST), client(OTHER)
    ingest.connect(broker)
    ingest.subscribe("hanoi/#")
    before = broker.resident_bytes()
    with _raw_client(broker, DEVICE, passwords[DEVICE]) as line:
        payload = bytes(MIB)
        body = len(OWN).to_bytes(2, "big") + OWN.encode() + b"\x00\x01" + payload
        try:
            # QoS 1, retained.
            line.sendall(b"\x33" + _length(len(body)) + body)
            answer = line.recv(64)
        except (ConnectionError, ssl.SSLError):
            answer = b""
    assert answer[:1] != b"\x40", "MQTT 3.1.1 was told that it is stored"
    sensor.connect(broker)
    assert sensor.publish(OTHERS, b"good") == 0
    assert ingest.next() == (OTHERS, b"good")
    assert broker.resident_bytes() - before < 4 * MIB


def test_what_sensors_can_leave_behind_retained_is_bounded(broker: Any, client: Any) -> None:
    sensor, ingest = client(OTHER), client(INGEST)
    before = broker.resident_bytes()
    for number in range(20):
        # Mosquitto before 2.0.22 ends the connection with the refusal.
        greedy = client(DEVICE)
        greedy.connect(broker)
        assert greedy.publish(f"{OWN}/topic-{number}", bytes(200_000), retain=True) == NOT_AUTHORIZED
    assert broker.resident_bytes() - before < 4 * MIB
    sensor.connect(broker)
    ingest.connect(broker)
    ingest.subscribe(OTHERS)
    assert sensor.publish(OTHERS, b"good") == 0
    assert ingest.next() == (OTHERS, b"good")


def test_messages_that_a_sensor_never_releases_do_not_fill_the_broker(broker: Any, client: Any) -> None:
    greedy, sensor = client(DEVICE), client(OTHER)
    greedy.connect(broker)
    ended = greedy.paho.publish(OWN, b"at quality of service 2", qos=2)
    sensor.connect(broker)
    assert sensor.publish(OTHERS, b"good") in (0, 16)
    # Where the broker's goodbye was read before, the library never sent it, and says so by an error.
    assert ended.rc == paho.MQTT_ERR_NO_CONN or not ended.is_published()


def _length(count: int) -> bytes:
    """The remaining length of an MQTT packet."""
    digits = bytearray()
    while True:
        count, digit = divmod(count, 128)
        digits.append(digit | (128 if count else 0))
        if not count:
            return bytes(digits)


def _raw_client(broker: Any, user: str, password: str) -> ssl.SSLSocket:
    """A connection over TLS that has sent CONNECT (MQTT 3.1.1) and got its answer: no library bounds what it sends."""
    context = ssl.create_default_context(cafile=str(broker.authority))
    line = socket.create_connection(("127.0.0.1", broker.tls_port), timeout=5)
    wrapped = context.wrap_socket(line, server_hostname="localhost")
    words = b"".join(len(text).to_bytes(2, "big") + text.encode() for text in ("raw", user, password))
    body = b"\x00\x04MQTT\x04\xc2\x00\x3c" + words
    wrapped.sendall(b"\x10" + _length(len(body)) + body)
    assert wrapped.recv(4) == b"\x20\x02\x00\x00"
    return wrapped
