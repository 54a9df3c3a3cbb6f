"""What the rain around a flood point lets expect, by the city's scenario for it."""

import csv
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhub.catalogue import read
from cityhub.flood.features import Around, features
from cityhub.flood.passability import Limits
from cityhub.flood.risk import GaugeHour, Risk, floods_from, near, risk
from cityhub.model import SensorState
from tests.sites import reading, sensor_row

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
LEVELS = ["none", "watch", "likely", "flooded"]


def gauge(
    mm_1h: float | None, *, north_m: float = 0, is_enough: bool = True, id: str = "rain-1"
) -> GaugeHour:
    return GaugeHour(id, "Trạm", "Gauge", 105.8, 21.0 + north_m / 111_195, mm_1h, is_enough)


@pytest.mark.parametrize(
    ("scenario", "mm"),
    [("50-70", 50), (">100", 100), ("50_70mm/h", 50), ("70-100", 70), ("", None), (None, None)],
)
def test_scenarios_as_the_city_writes_them(scenario: str | None, mm: float | None) -> None:
    assert floods_from(scenario) == mm


@pytest.mark.parametrize(
    ("mm", "level"),
    [(0, "none"), (29.9, "none"), (30, "watch"), (49.9, "watch"), (50, "likely"), (120, "likely")],
)
def test_rain_of_the_last_hour_makes_the_level(mm: float, level: str) -> None:
    found = risk("50-70", [gauge(mm)], 0.0)
    assert isinstance(found, Risk)
    assert (found.level, found.basis, found.floods_from) == (level, "rain", 50)


def test_water_that_stands_there_is_flooded_without_any_rain() -> None:
    for scenario in ("50-70", None):
        found = risk(scenario, [], 10.0)
        assert isinstance(found, Risk)
        assert (found.level, found.basis) == ("flooded", "sensor")
    confirmed = risk(None, [], None, is_confirmed=True)
    assert isinstance(confirmed, Risk)
    assert (confirmed.level, confirmed.basis) == ("flooded", "report")


def test_the_wettest_gauge_counts_and_a_gap_is_not_dry() -> None:
    found = risk(">100", [gauge(3), gauge(70, id="rain-2"), gauge(None)], None)
    assert isinstance(found, Risk)
    assert found.gauge is not None
    assert (found.level, found.gauge.id) == ("watch", "rain-2")
    assert risk(">100", [gauge(3, is_enough=False)], None) == "no_rain_data"
    assert isinstance(risk(">100", [gauge(101, is_enough=False)], None), Risk)


def test_without_a_scenario_a_gauge_or_its_rain_there_is_a_reason_and_no_level() -> None:
    assert risk(None, [gauge(99)], 0.0) == "no_scenario"
    assert risk("50-70", [], 0.0) == "no_gauge"
    assert risk("50-70", [gauge(None)], 0.0) == "no_rain_data"


def test_gauges_within_three_kilometres_or_else_the_nearest_within_six() -> None:
    gauges = [gauge(1, north_m=metres, id=f"rain-{metres}") for metres in (5000, 2000, 2900, 4000)]
    assert [one.id for one in near(105.8, 21.0, gauges)] == ["rain-2000", "rain-2900"]
    assert [one.id for one in near(105.8, 21.0, [gauges[0], gauges[3]])] == ["rain-4000"]
    assert near(105.8, 21.0, [gauge(1, north_m=6100)]) == []


@given(st.floats(0, 300), st.floats(0, 300), st.sampled_from(["50-70", "70-100", ">100"]))
def test_more_rain_is_never_less_risk(mm: float, more: float, scenario: str) -> None:
    before, after = risk(scenario, [gauge(mm)], 0.0), risk(scenario, [gauge(mm + more)], 0.0)
    assert isinstance(before, Risk)
    assert isinstance(after, Risk)
    assert LEVELS.index(before.level) <= LEVELS.index(after.level)


def test_a_point_shows_which_gauge_told_how_much_of_what() -> None:
    sensor = sensor_row("one", kind="flood", attributes={"scenario": "50-70"})
    state = SensorState(sensor, [reading(NOW, "depth", 0.0)])
    [feature] = features([state], Around(gauges=[gauge(42.5)]), Limits(), NOW)
    assert msgspec.to_builtins(feature.properties)["risk"] == {
        "level": "watch",
        "basis": "rain",
        "floods_from": 50.0,
        "mm_1h": 42.5,
        "gauge": "rain-1",
        "gauge_name": "Trạm",
        "gauge_name_en": "Gauge",
    }


def test_the_catalogue_has_the_scenarios_of_the_citys_list(shared_data: Path) -> None:
    with (shared_data / "hanoi_flood_points_city_list.csv").open(encoding="utf-8") as file:
        listed = {row["id"]: floods_from(row["scenario"]) for row in csv.DictReader(file)}
    points = [sensor.attributes for sensor in read().sensors if sensor.kind == "flood"]
    ours = {
        point["city_list_id"]: floods_from(point.get("scenario"))
        for point in points
        if point.get("city_list_id")
    }
    assert ours == listed
