"""What devices and their last wills say of being connected, from the broker to the API's answer."""

import json
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from paho.mqtt import client as mqtt
from paho.mqtt import subscribe
from paho.mqtt.enums import CallbackAPIVersion

from cityhub.config import Settings
from cityhub.devices.status import status_of
from cityhub.observing import topics
from cityhub.observing.decoded import Details, Rejected
from cityhub.store import connect, quarantine, sensors, statuses
from cityhub.store.statuses import Report
from ingest.inbox import Inbox
from ingest.link import Link
from ingest.readiness import Readiness
from jobs import quarantine as replaying
from tests.waiting import eventually

AIR, OTHER, THIRD, FOURTH = "air-trung-yen-3", "air-kim-lien", "air-my-dinh", "air-hoan-kiem"
NOW = datetime.now(UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def conn(database_url: str) -> Iterator[psycopg.Connection]:
    """A transaction that is rolled back."""
    with connect(database_url, "tests") as conn:
        yield conn
        conn.rollback()


def known(conn: psycopg.Connection, sensor_id: str = AIR) -> tuple[bool | None, datetime | None]:
    row = sensors.get(conn, sensor_id)
    return row.status_online, row.status_time


def test_what_a_device_said_of_itself_last_is_known_with_its_age(conn: psycopg.Connection) -> None:
    assert statuses.details(conn, AIR) is None
    old, new = Details("1.4.1", "power-on", 5), Details("1.4.2", "brownout", 60)
    statuses.record(conn, [Report(AIR, True, NOW, None, details=new), Report(AIR, True, NOW, None)])
    assert statuses.details(conn, AIR) == (new, NOW)
    statuses.record(conn, [Report(AIR, True, NOW - MINUTE, None, details=old)])
    # Kept by the broker for nobody knows how long, or since before.
    statuses.record(conn, [Report(AIR, True, NOW + MINUTE, None, kept=True, details=old)])
    statuses.record(conn, [Report(AIR, True, NOW + MINUTE, NOW - MINUTE, kept=True, details=old)])
    statuses.record(conn, [Report(AIR, False, NOW + MINUTE, None)])
    assert statuses.details(conn, AIR) == (new, NOW)


def test_the_last_word_counts_by_when_it_was_received_and_not_by_its_own_time(
    conn: psycopg.Connection,
) -> None:
    assert known(conn) == (None, None)
    hour_ago = NOW - timedelta(hours=1)
    said = [Report(AIR, True, NOW - 2 * MINUTE, NOW - 2 * MINUTE), Report(AIR, False, NOW - MINUTE, hour_ago)]
    assert statuses.record(conn, said) == [AIR]
    assert known(conn) == (False, NOW - MINUTE)
    assert statuses.record(conn, [Report(AIR, True, NOW - 2 * MINUTE, None)]) == []
    assert statuses.record(conn, [Report(OTHER, True, NOW, None), Report(AIR, True, NOW, None)]) == [
        OTHER,
        AIR,
    ]
    assert known(conn) == known(conn, OTHER) == (True, NOW)


def test_words_of_one_batch_count_by_when_they_were_received(conn: psycopg.Connection) -> None:
    statuses.record(conn, [Report(AIR, True, NOW, None), Report(AIR, False, NOW - MINUTE, None)])
    assert known(conn) == (True, NOW)


def test_the_first_words_of_a_sensor_may_come_through_two_ingestors_at_once(database_url: str) -> None:
    with (
        connect(database_url, "one") as one,
        connect(database_url, "two") as two,
        ThreadPoolExecutor(1) as pool,
    ):
        statuses.record(one, [Report(FOURTH, True, NOW, None)])
        waiting = pool.submit(statuses.record, two, [Report(FOURTH, False, NOW - MINUTE, None)])
        query = "SELECT cardinality(pg_blocking_pids(%s))"
        pid = two.info.backend_pid
        eventually(lambda: one.execute(query, (pid,)).fetchone() == (1,))
        one.commit()
        assert waiting.result(10) == []
        assert known(one, FOURTH) == (True, NOW)


def test_old_news_that_agrees_does_not_look_new_and_old_news_that_contradicts_counts(
    conn: psycopg.Connection,
) -> None:
    statuses.record(conn, [Report(AIR, False, NOW - MINUTE, None)])
    assert statuses.record(conn, [Report(AIR, False, NOW, None, kept=True)]) == []
    assert known(conn) == (False, NOW - MINUTE)
    assert statuses.record(conn, [Report(AIR, True, NOW, None, kept=True)]) == [AIR]
    assert known(conn) == (True, NOW)


@pytest.mark.parametrize("delivery", ["kept", "redelivered"])
def test_a_goodbye_that_comes_again_does_not_put_out_a_device_that_is_back(
    conn: psycopg.Connection, delivery: str
) -> None:
    connected, again = NOW - timedelta(hours=1), {delivery: True}
    goodbye = Report(AIR, False, NOW - 10 * MINUTE, connected)
    # Both may come in one batch, or each in its own.
    statuses.record(conn, [Report(AIR, False, NOW - 70 * MINUTE, NOW - timedelta(hours=2))])
    statuses.record(conn, [goodbye, Report(AIR, True, NOW - 5 * MINUTE, NOW - 5 * MINUTE)])
    for old in (goodbye.device_time, NOW - timedelta(hours=2)):
        assert statuses.record(conn, [Report(AIR, False, NOW, old, **again)]) == []
    assert known(conn) == (True, NOW - 5 * MINUTE)
    # The will of the connection that the device has now was never taken.
    assert statuses.record(conn, [Report(AIR, False, NOW, NOW - 6 * MINUTE, **again)]) == [AIR]
    assert known(conn) == (False, NOW)


def test_an_online_that_comes_again_with_the_goodbye_after_it_is_old(conn: psycopg.Connection) -> None:
    connected = NOW - 10 * MINUTE
    online, goodbye = Report(AIR, True, connected, connected), Report(AIR, False, NOW - MINUTE, connected)
    statuses.record(conn, [online, goodbye])
    again = [one._replace(received_at=NOW, redelivered=True) for one in (online, goodbye)]
    assert statuses.record(conn, again) == []
    assert known(conn) == (False, NOW - MINUTE)
    # What it says for the first time counts, wherever the old stands between.
    back = Report(AIR, True, NOW, NOW)
    assert statuses.record(conn, [back, *again]) == [AIR]
    assert known(conn) == (True, NOW)


@pytest.mark.parametrize("own_time", [NOW - 30 * MINUTE, None])
def test_another_goodbye_that_was_delivered_before_but_not_taken_is_as_new_as_its_receipt(
    conn: psycopg.Connection, own_time: datetime | None
) -> None:
    statuses.record(conn, [Report(AIR, False, NOW - 60 * MINUTE, NOW - 90 * MINUTE)])
    assert statuses.record(conn, [Report(AIR, False, NOW, own_time, redelivered=True)]) == [AIR]
    assert known(conn) == (False, NOW)


def test_old_news_of_a_sensor_of_which_nothing_is_known_counts_as_of_its_own_time(
    conn: psycopg.Connection,
) -> None:
    hour_ago = NOW - timedelta(hours=1)
    statuses.record(
        conn, [Report(AIR, False, NOW, hour_ago, kept=True), Report(OTHER, False, NOW, None, kept=True)]
    )
    assert known(conn) == (False, hour_ago)
    assert known(conn, OTHER) == (False, NOW)


def test_old_news_is_nothing_beside_what_is_said_in_the_same_batch(conn: psycopg.Connection) -> None:
    said, kept = Report(AIR, True, NOW - MINUTE, None), Report(AIR, False, NOW, None, kept=True)
    for words in ([said, kept], [kept, said]):
        statuses.record(conn, words)
        assert known(conn) == (True, NOW - MINUTE)


def test_a_status_in_quarantine_counts_when_it_is_replayed_as_of_its_receipt(database_url: str) -> None:
    payload = b'{"online": false}'
    entry = quarantine.Entry(
        f"hanoi/air/{THIRD}/status",
        payload,
        len(payload),
        Rejected("unknown_sensor", "x", THIRD),
        NOW - MINUTE,
    )
    with connect(database_url, "tests", autocommit=True) as conn:
        quarantine.add(conn, [entry])
        done = replaying.replay(conn, "hanoi", 1000)
        assert (done.messages, done.still_bad) == (1, 0)
        assert known(conn, THIRD) == (False, NOW - MINUTE)
        assert quarantine.list(conn) == []


class Device:
    """A device with a last will, as the interface asks for it."""

    def __init__(self, settings: Settings, kind: Any, sensor_id: str) -> None:
        self._telemetry = topics.telemetry(settings.topic_prefix, kind, sensor_id)
        self._status = topics.status(settings.topic_prefix, kind, sensor_id)
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2)
        address = settings.broker()
        self._client.will_set(self._status, self._said(False), qos=1, retain=True)
        self._client.connect(address.host, address.port)
        self._client.loop_start()
        self._publish(self._status, self._said(True), retain=True)

    @staticmethod
    def _said(online: bool) -> str:
        return json.dumps({"online": online, "time": datetime.now(UTC).isoformat()})

    def _publish(self, topic: str, payload: str, *, retain: bool) -> None:
        self._client.publish(topic, payload, qos=1, retain=retain).wait_for_publish(10)

    def report(self) -> None:
        body = {"time": datetime.now(UTC).isoformat(), "values": {"pm2_5": 20}}
        self._publish(self._telemetry, json.dumps(body), retain=False)

    def die(self) -> None:
        """The connection ends without a DISCONNECT."""
        self._client.loop_stop()
        found = self._client.socket()
        assert isinstance(found, socket.socket)
        found.shutdown(socket.SHUT_RDWR)
        found.close()

    def leave(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


def test_a_device_that_dies_is_offline_at_once_by_its_last_will_until_it_is_back(
    hub_settings: Settings, start_ingest: Callable[[Settings], Any]
) -> None:
    start_ingest(hub_settings)
    with connect(hub_settings.require("database_url"), "tests", autocommit=True) as conn:

        def status(sensor_id: str = AIR) -> str:
            row = sensors.get(conn, sensor_id)
            return status_of(row, row.last_seen, datetime.now(UTC))

        device = Device(hub_settings, "air", AIR)
        device.report()
        eventually(lambda: status() == "online" and known(conn)[0] is True)
        device.die()
        eventually(lambda: known(conn)[0] is False)
        assert status() == "offline"
        back = Device(hub_settings, "air", AIR)
        eventually(lambda: status() == "online")
        back.leave()
        # A proper DISCONNECT takes the will away: whatever it says would come before what comes after it.
        other = Device(hub_settings, "air", OTHER)
        eventually(lambda: known(conn, OTHER)[0] is True)
        other.leave()
        assert known(conn)[0] is True
        assert reasons(conn, topics.status(hub_settings.topic_prefix, "air", AIR)) == []


def test_what_the_broker_kept_while_nobody_listened_is_learned_and_what_is_known_stays_old(
    hub_settings: Settings, start_ingest: Callable[[Settings], Any]
) -> None:
    Device(hub_settings, "air", OTHER).die()
    Device(hub_settings, "air", AIR).leave()
    address = hub_settings.broker()

    def will_is_kept() -> bool:
        topic = topics.status(hub_settings.topic_prefix, "air", OTHER)
        kept = subscribe.simple(topic, hostname=address.host, port=address.port)
        return b'"online": false' in kept.payload

    eventually(will_is_kept)
    with connect(hub_settings.require("database_url"), "tests", autocommit=True) as conn:
        long_ago = NOW - timedelta(days=1)
        conn.execute("TRUNCATE sensor_status")
        statuses.record(conn, [Report(AIR, True, long_ago, None)])
        begun = datetime.now(UTC)
        start_ingest(hub_settings)
        eventually(lambda: known(conn, OTHER)[0] is False)
        _, heard_at = known(conn, OTHER)
        assert heard_at is not None
        assert heard_at < begun
        assert known(conn) == (True, long_ago)


def test_a_goodbye_that_was_stored_and_not_acknowledged_is_delivered_again_and_known(
    hub_settings: Settings, start_ingest: Callable[[Settings], Any]
) -> None:
    """As of an ingestor that dies between commit and acknowledgement; what came meanwhile went through another."""
    inbox, health = Inbox(), Readiness()
    link = Link(hub_settings, inbox, health)
    link.start()
    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    address = hub_settings.broker()
    client.connect(address.host, address.port)
    client.loop_start()

    def say(sensor_id: str, online: bool) -> None:
        topic = topics.status(hub_settings.topic_prefix, "air", sensor_id)
        payload = json.dumps({"online": online, "time": (NOW - 60 * MINUTE).isoformat()})
        client.publish(topic, payload, qos=1).wait_for_publish(10)

    eventually(lambda: not health.faults())
    say(AIR, False)
    [first] = inbox.take(1, 1)
    assert (first.kept, first.redelivered) == (False, False)
    link.stop()
    with connect(hub_settings.require("database_url"), "tests", autocommit=True) as conn:
        conn.execute("TRUNCATE sensor_status")
        goodbye = Report(AIR, False, first.received_at, NOW - 60 * MINUTE)
        statuses.record(conn, [goodbye, Report(AIR, True, datetime.now(UTC), datetime.now(UTC))])
        start_ingest(hub_settings)
        say(OTHER, False)
        eventually(lambda: known(conn, OTHER)[0] is False)
        assert known(conn)[0] is True
    client.disconnect()
    client.loop_stop()


def reasons(conn: psycopg.Connection, topic: str) -> list[str]:
    return sorted(row.reason for row in quarantine.list(conn) if row.topic == topic)


def test_an_unusable_status_goes_to_quarantine(
    hub_settings: Settings, start_ingest: Callable[[Settings], Any]
) -> None:
    start_ingest(hub_settings)
    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    address = hub_settings.broker()
    client.connect(address.host, address.port)
    client.loop_start()
    topic = topics.status(hub_settings.topic_prefix, "air", AIR)
    for payload in (
        b"offline",
        b'{"online": "no"}',
        b"x" * (hub_settings.max_payload_bytes + 1),
        b'{"online": true, "time": "2126-01-01T00:00:00Z"}',
        b"",
    ):
        client.publish(topic, payload, qos=1).wait_for_publish(10)
    client.disconnect()
    client.loop_stop()
    with connect(hub_settings.require("database_url"), "tests", autocommit=True) as conn:
        eventually(lambda: len(reasons(conn, topic)) == 3)
        assert reasons(conn, topic) == ["json", "schema", "too_large"]
        eventually(lambda: known(conn)[0] is True)
