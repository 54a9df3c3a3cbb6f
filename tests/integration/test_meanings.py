"""What messages mean, from the real broker through the real ingestor to what the API's figures are made of."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from subprocess import Popen
from typing import Any

import psycopg
import pytest

from cityhub.config import Settings
from cityhub.observing import topics
from cityhub.observing.quality import LATE, names
from cityhub.store import connect, quarantine, rain
from tests.integration.test_ingest import Device, stored, wait_until

NOW = datetime.now(UTC).replace(microsecond=0)


class Town:
    """A broker, an ingestor and devices."""

    def __init__(self, settings: Settings, conn: psycopg.Connection) -> None:
        self.settings, self.conn = settings, conn
        self._device = Device(settings.require("mqtt_url"))

    def say(self, kind: str, sensor: str, payload: Any, property: str = "") -> None:
        topic = topics.telemetry(self.settings.topic_prefix, kind, sensor) + property
        self._device.publish(topic, payload if isinstance(payload, bytes) else json.dumps(payload).encode())

    def rows(self, sensor: str, property: str, count: int) -> list[tuple[float, list[str]]]:
        wait_until(self.settings, stored(sensor, property), count)
        found = self.conn.execute(
            "SELECT o.value, o.quality FROM observation o JOIN datastream d ON d.id = o.datastream_id"
            " WHERE d.sensor_id = %s AND d.property = %s ORDER BY o.time",
            (sensor, property),
        )
        return [(value, names(quality & ~LATE)) for value, quality in found]

    def rejected(self, sensor: str) -> list[str]:
        return sorted(row.reason for row in quarantine.list(self.conn, sensor_id=sensor))

    def close(self) -> None:
        self._device.close()


@pytest.fixture
def town(hub_settings: Settings, start_ingest: Callable[[Settings], "Popen[bytes]"]) -> Iterator[Town]:
    start_ingest(hub_settings)
    with connect(hub_settings.require("database_url"), "tests", autocommit=True) as conn:
        town = Town(hub_settings, conn)
        yield town
        town.close()


def test_a_sign_for_missing_in_another_unit_is_a_fault_and_the_next_level_carries_no_flag(town: Town) -> None:
    for age, unit, value in ((30, "mm", 1200), (20, "mm", -9999), (10, "cm", -999), (0, "cm", 123)):
        time = (NOW - timedelta(minutes=age)).timestamp()
        town.say("flood", "flood-hoa-bang", [{"bt": time, "n": "level", "u": unit, "v": value}])
    found = town.rows("flood-hoa-bang", "level", 4)
    assert found == [(1.2, []), (-9999, ["fault"]), (-999, ["fault"]), (1.23, [])]


def test_a_list_of_amounts_without_times_is_all_of_the_rain(town: Town) -> None:
    town.say("rain", "rain-ba-dinh", [{"values": {"rain": mm}} for mm in (0.2, 0.4, 0.6)])
    town.say("rain", "rain-ba-dinh", [0.1, 0.1], "/rain")
    town.rows("rain-ba-dinh", "rain", 5)
    sums = rain.sums(town.conn, datetime.now(UTC) + timedelta(seconds=1))["rain-ba-dinh"]
    assert sums.windows["mm_1h"].mm == pytest.approx(1.4)
    [(hour,)] = town.conn.execute(
        "SELECT sum(h.sum) FROM observation_hourly h JOIN datastream d ON d.id = h.datastream_id"
        " WHERE d.sensor_id = 'rain-ba-dinh' AND d.property = 'rain'"
    )
    assert hour == pytest.approx(1.4)
    assert town.rejected("rain-ba-dinh") == []


def test_good_values_are_stored_whatever_stands_beside_them(town: Town) -> None:
    bad = ["nan", "-nan", "inf", "Infinity", "1.#QNAN", "9" * 5000, ""]
    for number, literal in enumerate(bad):
        time = (NOW - timedelta(minutes=number)).isoformat()
        text = f'{{"time": "{time}", "values": {{"pm2_5": {literal}, "pm10": 40}}}}'
        town.say("air", "air-tay-mo", text.encode())
    message = {"time": (NOW - timedelta(hours=1)).isoformat(), "values": {"pm10": 40}}
    town.say("air", "air-tay-mo", json.dumps(message).encode("utf-8-sig") + b"\0\0")
    assert town.rows("air-tay-mo", "pm10", len(bad) + 1) == [(40, [])] * (len(bad) + 1)
    wait_until(town.settings, stored("air-tay-mo"), 0)
    assert set(town.rejected("air-tay-mo")) == {"not_a_number"}


def test_truth_is_a_state_and_zero_has_no_sign(town: Town) -> None:
    town.say("parking", "ltk-01-b01", {"values": {"occupied": True}})
    town.say("parking", "ltk-01-b02", b"false", "/occupied")
    town.say("flood", "flood-cau-giay", b'{"values": {"depth": -0.0}}')
    assert town.rows("ltk-01-b01", "occupied", 1) == [(1, [])]
    assert town.rows("ltk-01-b02", "occupied", 1) == [(0, [])]
    [(depth, flags)] = town.rows("flood-cau-giay", "depth", 1)
    assert (str(depth), flags) == ("0.0", [])


def test_clocks_that_were_never_set_tell_no_reading(town: Town) -> None:
    for time in ("2000-01-01T00:00:07Z", "2007-04-11T03:00:00Z", "1980-01-06T00:00:01Z"):
        town.say("air", "air-tan-mai", {"time": time, "values": {"pm2_5": 20}})
    town.say("air", "air-tan-mai", {"time": NOW.isoformat(), "values": {"pm2_5": 21}})
    assert town.rows("air-tan-mai", "pm2_5", 1) == [(21, [])]
    assert town.rejected("air-tan-mai") == ["time"] * 3


def test_what_a_device_measures_besides_fills_no_quarantine(town: Town) -> None:
    for number in range(3):
        uplink = {
            "deviceInfo": {"devEui": "1"},
            "time": (NOW - timedelta(minutes=number)).isoformat(),
            "object": {"temperature": 25 + number, "light": 30 + number, "motion": 2, "co2": 700},
        }
        town.say("air", "air-my-dinh", uplink)
    assert len(town.rows("air-my-dinh", "temperature", 3)) == 3
    assert town.rejected("air-my-dinh") == []
