"""Devices with a mistaken topic are seen once each, with a hint, by the real broker and ingestor."""

from collections.abc import Callable
from subprocess import Popen

import pytest

from cityhub.config import Settings
from cityhub.observing import topics
from cityhub.store import connect, quarantine
from tests.integration.test_ingest import Device, stored, wait_until


@pytest.mark.parametrize("version", ["5", "3.1.1"])
def test_a_mistaken_topic_is_seen_once_and_good_ones_as_ever(
    settings_for: Callable[..., Settings],
    start_ingest: Callable[[Settings], "Popen[bytes]"],
    services: object,
    version: str,
) -> None:
    if getattr(services, "mqtt_version", "5") != "5" and version == "5":
        pytest.skip("the embedded broker speaks MQTT 3.1.1 only")
    settings = settings_for(mqtt_version=version)
    start_ingest(settings)
    prefix = settings.topic_prefix
    own = topics.telemetry(prefix, "air", "air-thanh-cong")
    mistaken = [f"/{own}", f"{own}/", own.replace(prefix, prefix.upper()), own.replace("/air/", "/Air/")]
    device = Device(settings.require("mqtt_url"))
    for number in range(3):
        for topic in mistaken:
            device.publish(topic, {"values": {"pm2_5": number}})
    device.publish(own, {"values": {"pm2_5": 20}})
    wait_until(settings, stored("air-thanh-cong"), 1)
    device.publish(f"{prefix}/sign", b"")
    wait_until(settings, f"SELECT count(*) FROM quarantine WHERE topic = '{prefix}/sign'", 1)  # noqa: S608
    with connect(settings.require("database_url"), "tests", autocommit=True) as conn:
        rows = [row for row in quarantine.list(conn, reason="topic") if row.topic in mistaken]
        conn.execute("TRUNCATE observation, observation_hourly, latest, quarantine")
    beside = [row for row in rows if not row.topic.startswith(f"{prefix}/")]
    assert {row.topic for row in rows} == set(mistaken)
    assert [row.n for row in beside] == [1, 1]
    assert all(row.detail.endswith(f"; write {own}") for row in rows)
    device.close()
