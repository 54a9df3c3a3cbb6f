"""Classes of depth, and who can still pass: project rules with their ground, which an operator may set."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhub.config import read_settings
from cityhub.errors import SettingsError
from cityhub.flood.classes import depth_class, trend_word
from cityhub.flood.passability import VEHICLES, Limits, read

DEPTHS = st.floats(0, 300, allow_nan=False)
ORDER = ["yes", "caution", "no"]


@pytest.mark.parametrize(
    ("depth_cm", "level"),
    [(0, 0), (9.9, 0), (10, 1), (19.9, 1), (20, 2), (29.9, 2), (30, 3), (49.9, 3), (50, 4), (300, 4)],
)
def test_project_classes_of_depth(depth_cm: float, level: int) -> None:
    assert depth_class(depth_cm).level == level
    assert depth_class(depth_cm).name_en.endswith("cm")


@pytest.mark.parametrize(
    ("depth_cm", "motorbike", "car", "pedestrian"),
    [
        (0, "yes", "yes", "yes"),
        (9.9, "yes", "yes", "yes"),
        (10, "caution", "yes", "yes"),
        (15, "caution", "caution", "yes"),
        (20, "caution", "caution", "caution"),
        (25, "no", "caution", "caution"),
        (29.9, "no", "caution", "caution"),
        (30, "no", "no", "caution"),
        (50, "no", "no", "no"),
    ],
)
def test_who_passes_at_which_depth(depth_cm: float, motorbike: str, car: str, pedestrian: str) -> None:
    assert Limits().at(depth_cm) == {"motorbike": motorbike, "car": car, "pedestrian": pedestrian}


@given(DEPTHS, DEPTHS)
def test_deeper_water_lets_nobody_through_who_could_not_pass_before(depth_cm: float, more: float) -> None:
    before, after = Limits().at(depth_cm), Limits().at(depth_cm + more)
    assert all(ORDER.index(before[one]) <= ORDER.index(after[one]) for one in VEHICLES)
    assert depth_class(depth_cm).level <= depth_class(depth_cm + more).level


@pytest.mark.parametrize("bad", [-1, math.nan, math.inf])
def test_what_is_no_depth_is_refused(bad: float) -> None:
    with pytest.raises(ValueError, match="no depth"):
        depth_class(bad)
    with pytest.raises(ValueError, match="no depth"):
        Limits().at(bad)


def test_an_operator_sets_limits_and_their_ground_says_so() -> None:
    limits = read("car=10:20, motorbike=10:25")
    assert limits.at(20)["car"] == "no"
    assert "operator" in limits.by_vehicle["car"].ground_en
    assert limits.by_vehicle["motorbike"] == read("").by_vehicle["motorbike"]


@pytest.mark.parametrize("text", ["car=30:15", "car=0:10", "tram=1:2"])
def test_limits_that_make_no_sense_are_told(text: str) -> None:
    with pytest.raises(ValueError, match=r"limits of|must be VEHICLE"):
        read(text)


def test_a_setting_that_is_no_limit_at_all_is_told() -> None:
    with pytest.raises(SettingsError, match="FLOOD_LIMITS"):
        read_settings(flood_limits="cars may pass")
    assert read_settings(flood_limits="car=10:20,motorbike=5:15").flood_limits


@pytest.mark.parametrize(("trend", "word"), [(0, "steady"), (1.9, "steady"), (2, "rising"), (-3, "falling")])
def test_the_trend_in_a_word(trend: float, word: str) -> None:
    assert trend_word(trend) == word
