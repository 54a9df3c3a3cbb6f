"""What the public sees of flood points: depth, class, who passes, trend, since when, and reasons in their place."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import msgspec
import pytest

from cityhub.flood.features import Around, features
from cityhub.flood.forecast import NAME, Horizon, Learnt, Model
from cityhub.flood.passability import Limits
from cityhub.flood.water import Water
from cityhub.latest import GREY
from cityhub.model import Reading, SensorState
from cityhub.observing.quality import FAULT
from tests import sites
from tests.sites import sensor_row

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)

reading = partial(sites.reading, NOW)


def shown(*readings: Reading, water: Water | None = None) -> dict[str, Any]:
    point = SensorState(sensor_row("one", kind="flood"), readings)
    [feature] = features([point], Around({} if water is None else {"one": water}), Limits(), NOW)
    return dict(msgspec.to_builtins(feature.properties))


def test_a_flooded_street() -> None:
    found = shown(reading("depth", 27.0, 30), water=Water(12.345678, NOW - timedelta(minutes=45)))
    assert (found["depth"], found["class"], found["class_en"], found["class_level"]) == (
        27.0,
        "20 đến dưới 30 cm",
        "20 to below 30 cm",
        2,
    )
    assert found["passable"] == {"motorbike": "no", "car": "caution", "pedestrian": "caution"}
    assert found["passable_ground"]["car"]["closed_from"] == 30
    assert found["passable_ground"]["motorbike"]["ground_en"] == "Project rule, no official source"
    assert (found["trend"], found["trend_word"]) == (12.346, "rising")
    assert found["since"] == "2026-11-22T09:15:00+07:00"
    assert found["risk"]["level"] == "flooded"
    assert found["why"] == {"forecast": "no_model"}


def test_a_dry_street_is_open_and_not_unknown() -> None:
    found = shown(reading("depth", 0.0), water=Water(0.0))
    assert (found["depth"], found["class_level"], found["passable"]["pedestrian"]) == (0.0, 0, "yes")
    assert (found["since"], found["why"]) == (
        None,
        {"since": "not_flooded", "risk": "no_scenario", "forecast": "no_model"},
    )


@pytest.mark.parametrize(
    ("readings", "why"),
    [
        ([], "no_reports"),
        ([reading("level", 3.2)], "not_measured"),
        ([reading("depth", 500.0, quality=FAULT)], "rejected"),
        ([reading("depth", 40.0, 800)], "old"),
        ([reading("depth", 40.0, 10_000), reading("level", 3.2)], "old"),
    ],
)
def test_what_nobody_knows_now_is_null_with_its_reason_and_nobody_is_let_through(
    readings: list[Reading], why: str
) -> None:
    found = shown(*readings, water=Water(5.0, NOW))
    for name in ("depth", "class", "since"):
        assert (found[name], found["why"][name]) == (None, why)
    assert set(found["passable"].values()) == {None}
    assert found["marker"]["color"] == GREY


def test_a_late_point_still_shows_its_depth() -> None:
    found = shown(reading("depth", 40.0, 300))
    assert (found["status"], found["depth"], found["passable"]["car"]) == ("late", 40.0, "no")


def test_too_few_readings_make_no_trend_and_a_silent_point_none_either() -> None:
    assert shown(reading("depth", 5.0))["why"]["trend"] == "few_readings"
    silent = shown(reading("depth", 5.0, 800), water=Water(5.0))
    assert (silent["trend"], silent["why"]["trend"]) == (None, "old")


def test_a_river_shows_the_trend_of_its_level() -> None:
    found = shown(reading("level", 3.2), water=Water(-8.0))
    assert (found["trend_word"], found["values"]) == ("falling", {"level": 3.2})


def learnt(model: Model | None, why: Any = None) -> Learnt:
    return Learnt(NOW - timedelta(hours=5), NOW - timedelta(days=90), NOW - timedelta(hours=5), model, why)


def told(around: Around) -> dict[str, Any]:
    point = SensorState(sensor_row("one", kind="flood"), [reading("depth", 20.0, 30)])
    [feature] = features([point], around, Limits(), NOW)
    return dict(msgspec.to_builtins(feature.properties))


def test_a_forecast_says_by_which_model_how_sure_and_of_when_it_is() -> None:
    horizon = Horizon(30, 0.5, 0.25, 0.0, -2.0, 3.0, 1.5, 2.0, 120)
    water = {"one": Water(8.0, None, NOW - timedelta(seconds=30), 8.0)}
    found = told(Around(water, models={"one": learnt(Model((horizon,)))}))
    assert found["forecast"]["issued"] == "2026-11-22T09:59:30+07:00"
    assert (found["forecast"]["model"], found["forecast"]["trained"]) == (NAME, "2026-11-22T05:00:00+07:00")
    assert found["forecast"]["depths"] == [
        {
            "minutes": 30,
            "time": "2026-11-22T10:29:30+07:00",
            "depth": 24.0,
            "low": 22.0,
            "high": 27.0,
            "skill": 0.25,
            "cases": 120,
        }
    ]


@pytest.mark.parametrize(
    ("model", "change", "why"),
    [
        (None, 8.0, "no_model"),
        (learnt(None, "no_skill"), 8.0, "no_skill"),
        (learnt(None, "short_history"), 8.0, "short_history"),
        (learnt(Model((Horizon(30, 0.5, 0.25, 0.0, -2.0, 3.0, 1.5, 2.0, 120),))), 0.0, "still"),
        (learnt(Model((Horizon(30, 0.5, 0.25, 0.0, -2.0, 3.0, 1.5, 2.0, 120),))), None, "few_readings"),
    ],
)
def test_why_there_is_no_forecast(model: Learnt | None, change: float | None, why: str) -> None:
    water = {"one": Water(0.0, None, NOW, change)}
    found = told(Around(water, models={} if model is None else {"one": model}))
    assert (found["forecast"], found["why"]["forecast"]) == (None, why)
