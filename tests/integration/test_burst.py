"""A burst while ingest is down waits at the broker, and all of it is stored afterwards within bounded memory."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from subprocess import Popen

import pytest
from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from cityhub import addresses
from cityhub.catalogue import read
from cityhub.config import Settings
from cityhub.store import connect
from tests.waiting import eventually
from tools import proof
from tools.chaos.numbering import Numbering
from tools.chaos.verdict import Delivery, compare

MESSAGES = 50_000
MOST_MB = 300


@pytest.mark.timeout(240)
def test_a_burst_of_50_000_messages_while_ingest_is_down_is_stored_completely(
    hub_settings: Settings,
    start_ingest: Callable[[Settings], "Popen[bytes]"],
    topic_prefix: str,
) -> None:
    sensor_ids = sorted(sensor.id for sensor in read().sensors if sensor.kind == "air")
    numbering = Numbering.ending_before(datetime.now(UTC), MESSAGES, sensor_ids, topic_prefix)
    first = start_ingest(hub_settings)  # from its first subscription on the broker keeps messages for it
    first.terminate()
    assert first.wait(20) == 0

    assert publish(hub_settings.require("mqtt_url"), numbering) == MESSAGES

    ingest = start_ingest(hub_settings)
    peak_mb = drain(hub_settings.require("database_url"), ingest)
    assert peak_mb < MOST_MB
    with connect(hub_settings.require("database_url"), "tests") as conn:
        delivery = compare(numbering, MESSAGES, range(MESSAGES), proof.rows(conn))
        assert delivery == Delivery(stored=MESSAGES, lost=0, duplicated=0, altered=0)
        assert (proof.hours_apart(conn), proof.latest_apart(conn)) == (0, 0)


def publish(url: str, numbering: Numbering) -> int:
    """Publishes all as fast as it can; returns how many the broker acknowledged."""
    acknowledged: list[int] = []
    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    client.on_publish = lambda _client, _data, mid, _reason, _properties: acknowledged.append(mid)
    client.max_inflight_messages_set(1000)
    address = addresses.broker(url)
    client.connect(address.host, address.port)
    client.loop_start()
    for number in range(MESSAGES):
        client.publish(*numbering.message(number), qos=1)
    eventually(lambda: len(acknowledged) >= MESSAGES, 60, told=lambda: len(acknowledged))
    client.disconnect()
    client.loop_stop()
    return len(acknowledged)


def drain(url: str, ingest: "Popen[bytes]") -> float:
    """Waits until all is stored, or 90 s; returns ingest's greatest resident memory in MB."""
    with connect(url, "tests", autocommit=True) as conn:
        eventually(lambda: proof.count(conn) >= MESSAGES, 90, lives=lambda: ingest.poll() is None)
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{ingest.pid}/status").read_text())
    assert found is not None
    return int(found[1]) / 1024
