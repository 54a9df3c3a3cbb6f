"""Telemetry that the broker keeps for whoever subscribes next: old news, whoever asks and however often."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from subprocess import Popen
from typing import Any

import pytest

from cityhub.config import Settings
from cityhub.observing import topics
from cityhub.store import connect, quarantine
from cityhub.store import latest as store_latest
from jobs.quarantine import replay
from tests.integration.test_ingest import Device, stored, wait_until

pytestmark = pytest.mark.usefixtures("services")

Start = Callable[[Settings], "Popen[bytes]"]


@pytest.fixture(params=["5", "3.1.1"])
def settings(
    request: pytest.FixtureRequest, settings_for: Callable[..., Settings], services: Any
) -> Iterator[Settings]:
    if services.mqtt_version != "5" and request.param == "5":
        pytest.skip("the embedded broker speaks MQTT 3.1.1 only")
    settings = settings_for(mqtt_version=request.param)
    yield settings
    with connect(settings.require("database_url"), "tests", autocommit=True) as conn:
        conn.execute("TRUNCATE observation, observation_hourly, latest, quarantine")


def stop(process: "Popen[bytes]") -> None:
    process.terminate()
    assert process.wait(20) == 0


def kept(topic: str) -> str:
    return f"SELECT count(*) FROM quarantine WHERE retained AND topic = '{topic}'"  # noqa: S608 - our own


def in_quarantine(settings: Settings) -> list[tuple[str, str, int]]:
    with connect(settings.require("database_url"), "tests") as conn:
        rows = quarantine.list(conn, reason="time")
    return [
        (row.topic, row.detail, row.n) for row in rows if row.topic.startswith(f"{settings.topic_prefix}/")
    ]


def test_retained_readings_without_a_time_make_no_sensor_look_alive_nor_rain_fall_again(
    settings: Settings, start_ingest: Start
) -> None:
    device = Device(settings.require("mqtt_url"))
    air = topics.telemetry(settings.topic_prefix, "air", "air-tan-mai")
    rain = topics.telemetry(settings.topic_prefix, "rain", "rain-ba-dinh")
    alive = topics.telemetry(settings.topic_prefix, "air", "air-tay-mo")
    device.retain(air, {"values": {"pm2_5": 77.7}, "battery": 80})
    device.retain(rain, {"values": {"rain": 12.5}})
    taken = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=2)
    device.retain(alive, {"time": taken.isoformat(), "values": {"pm2_5": 20}})
    other = settings.model_copy(update={"ingest_client_id": f"{settings.ingest_client_id}-other"})
    # Subscribed anew by another session, and over 3.1.1 at every connection.
    sign = f"{settings.topic_prefix}/sign"
    for count, session in enumerate((settings, settings, other), start=1):
        process = start_ingest(session)
        # What was retained is delivered before what is published from now on.
        device.publish(sign, b"")
        wait_until(settings, f"SELECT coalesce(max(n), 0) FROM quarantine WHERE topic = '{sign}'", count)  # noqa: S608 - our own
        stop(process)
        wait_until(settings, stored("air-tay-mo"), 1)
    told = in_quarantine(settings)
    assert {(topic, detail[:22]) for topic, detail, _ in told} == {
        (air, "retained by the broker"),
        (rain, "retained by the broker"),
    }
    assert all(n >= 2 for _, _, n in told)
    wait_until(settings, stored("air-tan-mai"), 0)
    wait_until(settings, stored("air-tan-mai", "battery"), 0)
    wait_until(settings, stored("rain-ba-dinh", "rain"), 0)
    with connect(settings.require("database_url"), "tests", autocommit=True) as conn:
        states = {state.sensor.id: state for state in store_latest.of_kind(conn, "air")}
        assert states["air-tan-mai"].sensor.last_seen is None
        assert states["air-tay-mo"].sensor.last_seen == taken
        # Reading the quarantine again does not make them new either.
        done = replay(conn, settings.topic_prefix, settings.max_payload_bytes, reason="time")
        assert (done.stored, done.messages, done.still_bad) == (0, len(told), len(told))
    for topic in (air, rain, alive):
        device.retain(topic, b"")
    device.close()


def test_a_reading_published_live_counts_once_though_the_broker_keeps_it(
    settings: Settings, start_ingest: Start
) -> None:
    device = Device(settings.require("mqtt_url"))
    topic = topics.telemetry(settings.topic_prefix, "air", "air-my-dinh")
    process = start_ingest(settings)
    device.retain(topic, {"values": {"pm2_5": 31.5}})
    wait_until(settings, stored("air-my-dinh"), 1)
    stop(process)
    other = settings.model_copy(update={"ingest_client_id": f"{settings.ingest_client_id}-other"})
    start_ingest(other)
    wait_until(settings, kept(topic), 1)
    wait_until(settings, stored("air-my-dinh"), 1)
    device.retain(topic, b"")
    device.close()
