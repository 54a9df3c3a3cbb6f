"""From stored readings to public Features: states, hidden values, old ones."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhub.devices.status import status, status_of
from cityhub.kinds import KINDS, KindName
from cityhub.latest import GREY
from cityhub.latest.sensors import features
from cityhub.model import Reading, SensorRow, SensorState
from cityhub.observing.quality import FAULT, RANGE
from cityhub.rfc3339 import local_time
from tests import sites
from tests.sites import sensor_row

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


reading = partial(sites.reading, NOW)


def shown_of(kind: KindName, state: SensorState) -> dict[str, Any]:
    [feature] = features(KINDS[kind], [state], NOW)
    return dict(msgspec.to_builtins(feature.properties))


def properties(kind: KindName, *readings: Reading) -> dict[str, Any]:
    return shown_of(kind, SensorState(sensor_row("one"), readings))


@pytest.mark.parametrize(
    ("age_s", "expected"),
    [(0, "online"), (180, "online"), (181, "late"), (720, "late"), (721, "offline"), (None, "offline")],
)
def test_status_follows_the_reporting_interval(age_s: float | None, expected: str) -> None:
    assert status(age_s, 60) == expected


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(1, 10**5))
def test_status_never_improves_with_age(age_s: int, more_s: int, interval_s: int) -> None:
    order = ["online", "late", "offline"]
    assert order.index(status(age_s, interval_s)) <= order.index(status(age_s + more_s, interval_s))


def test_a_reading_is_shown_with_its_time_unit_and_colour() -> None:
    shown = properties("air", reading("pm2_5", 35.2, 12, unit="µg/m³"))
    assert shown["values"] == {"pm2_5": 35.2}
    assert shown["units"] == {"pm2_5": "µg/m³"}
    assert shown["time"] == "2026-11-22T09:59:48+07:00"
    assert (shown["age_s"], shown["status"]) == (12, "online")
    assert shown["marker"] == {
        "property": "pm2_5",
        "value": 35.2,
        "unit": "µg/m³",
        "color": "#ffff00",
        "band": "25 đến dưới 50",
        "band_en": "25 to below 50",
    }


def test_zero_is_a_reading() -> None:
    shown = properties("flood", reading("depth", 0.0))
    assert shown["values"] == {"depth": 0.0}
    assert shown["marker"]["value"] == 0.0
    assert shown["marker"]["color"] == KINDS["flood"].bands[0].color


@pytest.mark.parametrize(("quality", "words"), [(RANGE, ["range"]), (FAULT, ["fault"])])
def test_a_rejected_value_is_null_with_its_reason(quality: int, words: list[str]) -> None:
    shown = properties("air", reading("pm2_5", -999.0, quality=quality), reading("pm10", 40.0))
    assert shown["values"] == {"pm2_5": None, "pm10": 40.0}
    assert shown["quality"] == {"pm2_5": words, "pm10": []}
    assert (shown["marker"]["value"], shown["marker"]["color"]) == (None, GREY)


def test_battery_and_signal_are_no_public_values_and_do_not_keep_a_sensor_alive() -> None:
    shown = properties("air", reading("battery", 80), reading("pm2_5", 10.0, age_s=10_000))
    assert shown["values"] == {"pm2_5": 10.0}
    assert shown["status"] == "offline"


def test_an_offline_marker_is_grey_but_keeps_its_last_value() -> None:
    marker = properties("air", reading("pm2_5", 10.0, age_s=721))["marker"]
    assert (marker["value"], marker["color"], marker["band"]) == (10.0, GREY, None)


def test_a_quantity_that_stopped_is_shown_as_old_with_its_own_time_and_colours_no_marker() -> None:
    shown = properties("air", reading("pm2_5", 10.0, age_s=10_000), reading("pm10", 40.0, age_s=5))
    assert shown["values"] == {"pm2_5": 10.0, "pm10": 40.0}
    assert shown["quality"] == {"pm2_5": ["old"], "pm10": []}
    assert shown["times"] == {"pm2_5": "2026-11-22T07:13:20+07:00", "pm10": "2026-11-22T09:59:55+07:00"}
    assert (shown["age_s"], shown["status"]) == (5, "online")
    assert (shown["marker"]["value"], shown["marker"]["color"]) == (None, GREY)


@pytest.mark.parametrize(("seldom_s", "words"), [(720, []), (721, ["old"]), (90 * 86_400, ["old"])])
@pytest.mark.parametrize(
    ("kind", "seldom", "often"),
    [("water", "coliform", "ph"), ("air", "o3", "pm2_5"), ("flood", "level", "depth")],
)
def test_what_is_measured_seldom_stays_beside_what_is_measured_often(
    kind: Any, seldom: str, often: str, seldom_s: int, words: list[str]
) -> None:
    shown = properties(kind, reading(seldom, 7.0, age_s=seldom_s), reading(often, 7.1))
    assert shown["values"] == {seldom: 7.0, often: 7.1}
    assert shown["times"][seldom] == local_time(NOW - timedelta(seconds=seldom_s))
    assert shown["quality"] == {seldom: words, often: []}


def test_an_old_value_keeps_its_flags_and_a_rejected_one_stays_hidden() -> None:
    shown = properties("air", reading("pm2_5", 5000, age_s=10_000, quality=RANGE), reading("pm10", 40.0))
    assert shown["values"] == {"pm2_5": None, "pm10": 40.0}
    assert shown["quality"]["pm2_5"] == ["range", "old"]


def test_a_sensor_that_never_reported_is_offline_without_a_time() -> None:
    shown = properties("water")
    assert (shown["time"], shown["age_s"], shown["status"]) == (None, None, "offline")
    assert shown["values"] == {}


def test_a_clock_slightly_ahead_is_no_negative_age() -> None:
    assert properties("air", reading("pm2_5", 10.0, age_s=-30))["age_s"] == 0


@given(st.integers(0, 229 * 365 * 86_400))
def test_local_time_is_the_same_moment_at_plus_seven(seconds: int) -> None:
    time = datetime.fromtimestamp(seconds, UTC)
    text = local_time(time)
    assert text.endswith("+07:00")
    assert datetime.fromisoformat(text) == time


def test_features_are_geojson_points_with_longitude_first() -> None:
    state = SensorState(sensor_row("one", lon=105.0, lat=21.0), ())
    [feature] = msgspec.json.decode(msgspec.json.encode(features(KINDS["air"], [state], NOW)))
    assert list(feature) == ["type", "id", "geometry", "properties"]
    assert (feature["type"], feature["id"]) == ("Feature", "one")
    assert feature["geometry"] == {"type": "Point", "coordinates": [105.0, 21.0]}


def said(online: bool, age_s: float) -> SensorRow:
    return sensor_row("one", status_online=online, status_time=NOW - timedelta(seconds=age_s))


@pytest.mark.parametrize(
    ("online", "said_s", "reading_s", "expected"),
    [
        (False, 10, 20, "offline"),
        (False, 20, 20, "offline"),
        # A device's clock may be five minutes ahead: its last reading seems to come after the goodbye.
        (False, 200, -100, "offline"),
        (False, 400, 100, "offline"),
        (False, 401, 100, "online"),
        (True, 10, 20, "online"),
        (True, 10, 200, "late"),
        (True, 10, 10_000, "offline"),
        (False, 10_000, 200, "late"),
    ],
)
def test_a_goodbye_after_the_newest_reading_is_offline_until_the_sensor_reports_or_says_otherwise(
    online: bool, said_s: float, reading_s: float, expected: str
) -> None:
    sensor = said(online, said_s)
    shown = shown_of("air", SensorState(sensor, [reading("pm2_5", 10.0, reading_s)]))
    assert shown["status"] == expected
    assert status_of(sensor, NOW - timedelta(seconds=reading_s), NOW) == expected


def test_a_sensor_that_said_goodbye_and_never_reported_is_offline() -> None:
    assert status_of(said(False, 5), None, NOW) == status_of(said(True, 5), None, NOW) == "offline"


def test_any_message_after_a_goodbye_is_a_report() -> None:
    state = SensorState(said(False, 360), [reading("pm2_5", 10.0, 100), reading("battery", 80, 30)])
    assert shown_of("air", state)["status"] == "online"
