"""Who may do what at the production broker: passwords, topics, TLS, a queue that survives."""

import os
import signal
import socket
import ssl
from typing import Any

import pytest

from cityhub.observing import mistaken_topics
from tools.services.production_broker import INGEST

NOT_AUTHORIZED = 135
DEVICE, OTHER = "air-test-1", "air-test-2"
WAIT_S = 5


def test_the_broker_refuses_who_has_no_password_or_a_wrong_one(broker: Any, client: Any) -> None:
    assert client(None).connect(broker, tls=False) == NOT_AUTHORIZED
    assert client(None).connect(broker) == NOT_AUTHORIZED
    assert client(INGEST, "wrong").connect(broker) == NOT_AUTHORIZED


def test_a_sensor_reports_for_itself_over_tls_and_ingest_reads_it(broker: Any, client: Any) -> None:
    ingest, sensor = client(INGEST), client(DEVICE)
    assert ingest.connect(broker) == 0
    assert ingest.subscribe("$share/ingest/hanoi/#") == 1
    assert sensor.connect(broker) == 0
    for channel in ("telemetry", "status"):
        topic = f"hanoi/air/{DEVICE}/{channel}"
        assert sensor.publish(topic, channel.encode(), retain=channel == "status") in (0, 16)
        assert ingest.next() == (topic, channel.encode())


@pytest.mark.parametrize(
    "topic",
    [
        f"hanoi/air/{OTHER}/telemetry",
        f"hanoi/air/{OTHER}/status",
        f"hanoi/{DEVICE}",
        f"x/air/{DEVICE}/status",
    ],
)
def test_a_sensor_cannot_report_for_another_nor_elsewhere(broker: Any, client: Any, topic: str) -> None:
    ingest, forger, sensor = client(INGEST), client(DEVICE), client(DEVICE)
    ingest.connect(broker)
    ingest.subscribe("hanoi/#")
    # Mosquitto before 2.0.22 ends the connection with the refusal, so the true report has one of its own.
    forger.connect(broker)
    assert forger.publish(topic, b"forged") == NOT_AUTHORIZED
    sensor.connect(broker)
    assert sensor.publish(f"hanoi/air/{DEVICE}/telemetry", b"own") == 0
    received = [ingest.next()[1]]
    while received[-1] != b"own":
        received.append(ingest.next()[1])
    assert b"forged" not in received


@pytest.mark.parametrize("own", mistaken_topics.writable("hanoi")[:6])
def test_a_topic_that_is_nearly_right_reaches_ingest_from_its_own_sensor_only(
    broker: Any, client: Any, own: str
) -> None:
    ingest, sensor, forger = client(INGEST), client(DEVICE), client(OTHER)
    ingest.connect(broker)
    for topic in ("hanoi/#", *mistaken_topics.subscriptions("hanoi")):
        assert ingest.subscribe(topic) in (0, 1)
    forger.connect(broker)
    topic = own.replace("%u", DEVICE)
    assert forger.publish(topic, b"forged") == NOT_AUTHORIZED
    sensor.connect(broker)
    assert sensor.publish(topic, b"nearly") in (0, 16)
    received = [ingest.next()]
    while received[-1][0].endswith("/status"):
        received.append(ingest.next())
    assert received[-1] == (topic, b"nearly")


def test_a_sensor_and_the_monitor_cannot_listen_to_sensors(broker: Any, client: Any) -> None:
    listeners = [client(OTHER), client("monitor")]
    for one in listeners:
        one.connect(broker)
        one.subscribe("hanoi/#")
    ingest, sensor = client(INGEST), client(DEVICE)
    ingest.connect(broker)
    ingest.subscribe(f"hanoi/air/{DEVICE}/telemetry")
    sensor.connect(broker)
    sensor.publish(f"hanoi/air/{DEVICE}/telemetry", b"heard by ingest only")
    assert ingest.next()[1] == b"heard by ingest only"
    assert all(one.messages.empty() for one in listeners)


def test_the_health_check_of_the_broker_gets_its_answer(broker: Any, client: Any) -> None:
    # mosquitto_sub leaves its client id to the broker.
    monitor = client("monitor", client_id="")
    assert monitor.connect(broker) == 0
    monitor.subscribe("$SYS/broker/uptime")
    assert b"seconds" in monitor.next()[1]


def test_who_does_not_trust_the_authority_gets_no_connection(broker: Any) -> None:
    with (
        socket.create_connection(("127.0.0.1", broker.tls_port), timeout=WAIT_S) as line,
        pytest.raises(ssl.SSLCertVerificationError),
    ):
        ssl.create_default_context().wrap_socket(line, server_hostname="localhost")


def test_the_public_port_does_not_speak_without_encryption(broker: Any) -> None:
    connect = bytes.fromhex("10 12 00 04 4d515454 05 02 003c 00 0005") + b"plain"
    with socket.create_connection(("127.0.0.1", broker.tls_port), timeout=WAIT_S) as line:
        line.sendall(connect)
        try:
            answer = line.recv(64)
        except ConnectionResetError:
            answer = b""
    # 0x15 is a TLS alert; 0x20 would be the broker's CONNACK.
    assert answer[:1] in (b"", b"\x15")


def test_more_than_the_default_of_twenty_messages_are_under_way_at_once(broker: Any, client: Any) -> None:
    ingest, sensor = client(INGEST, acknowledges=False), client(DEVICE)
    ingest.connect(broker)
    ingest.subscribe(f"hanoi/air/{DEVICE}/telemetry")
    sensor.connect(broker)
    for number in range(200):
        sensor.publish(f"hanoi/air/{DEVICE}/telemetry", b"%d" % number)
    assert [ingest.next()[1] for _ in range(200)] == [b"%d" % number for number in range(200)]


def test_the_queue_outlives_a_restart_and_exceeds_the_default_limit(broker: Any, client: Any) -> None:
    topic, count = f"hanoi/air/{DEVICE}/telemetry", 1500
    first = client(INGEST, client_id="ingest-queue")
    first.connect(broker, keeps_session=True)
    first.subscribe(topic)
    first.close()
    sensor = client(DEVICE)
    sensor.connect(broker)
    for number in range(count):
        sensor.paho.publish(topic, b"%d" % number, qos=1)
    assert [sensor.answer() for _ in range(count)] == [0] * count
    sensor.close()
    broker.stop()
    broker.start()
    second = client(INGEST, client_id="ingest-queue")
    assert second.connect(broker, keeps_session=True) == 0
    assert sorted(int(second.next()[1]) for _ in range(count)) == list(range(count))


def test_a_new_sensor_is_let_in_after_a_hangup_signal(broker: Any, prepared: Any, client: Any) -> None:
    ((name, password),) = prepared.passwords(["rain-test-1"]).items() - prepared.passwords([]).items()
    broker.take_passwords()
    assert client(name, password).connect(broker) == NOT_AUTHORIZED
    assert broker.running is not None
    os.kill(broker.running.pid, signal.SIGHUP)
    assert client(name, password).connect(broker) == 0
    assert client(DEVICE).connect(broker) == 0
