"""VN_AQI by Decision 1459/QD-TCMT: its worked examples, and what holds for all concentrations."""

import csv
import gzip
import math
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhub.air.breakpoints import BREAKPOINTS, INDICES, Column, rounded, sub_index
from cityhub.air.categories import CATEGORIES, category
from cityhub.air.limits import beside, limits
from cityhub.air.nowcast import nowcast
from cityhub.air.vn_aqi import (
    NOT_PUBLISHED,
    POLLUTANTS,
    Completeness,
    daily,
    highest_eight_hours,
    hourly,
    withheld,
)
from cityhub.errors import InvalidInput
from cityhub.kinds import KINDS

# PM2.5 of 09:00 to 20:00.
PM25 = [26.9, 24.7, 20.5, 23.5, 19.5, 16.5, 19.0, 16.5, 20.3, 22.4, 19.6, 20.6]
# Ozone of 18:00 to 00:00 of the next day.
OZONE = [
    15.7,
    14.2,
    17.7,
    18.9,
    19.3,
    15.7,
    19.7,
    22.6,
    27.1,
    29.0,
    31.9,
    25.3,
    34.7,
    35.2,
    41.6,
    45.7,
    49.2,
    55.8,
]
OZONE += [69.6, 78.3, 91.5, 97.7, 81.2, 71.8, 43.5, 34.3, 21.5, 20.5, 19.4, 20.4, 21.3]

columns = st.sampled_from(sorted(BREAKPOINTS))
hours = st.lists(st.none() | st.floats(0, 2000), min_size=1, max_size=12)


def test_the_nowcast_of_the_decision() -> None:
    found = nowcast(PM25[::-1])
    assert found is not None
    assert round(found, 2) == 20.27


@pytest.mark.parametrize(
    ("column", "concentration", "exact", "published"),
    [
        ("o3_1h", 136.1, 42.53, 43),
        ("pm2_5", 20.3, 40.6, 41),
        ("no2", 118.7, 59.35, 59),
        ("o3_8h", 89.3, 44.65, 45),
        ("o3_1h", 114.6, 35.81, 36),
        ("no2", 130.8, 65.4, 65),
        ("pm2_5", 55.7, 109.5, 110),
    ],
)
def test_the_sub_indices_of_the_decision(
    column: Column, concentration: float, exact: float, published: int
) -> None:
    found = sub_index(column, concentration)
    assert found is not None
    assert round(found, 2) == exact
    assert rounded(found) == published


def test_the_hour_of_the_decision() -> None:
    found = hourly({"pm2_5": PM25[::-1], "o3": [136.1], "no2": [118.7]})
    assert found.index.sub_indices == {"pm2_5": 41, "o3": 43, "no2": 59}
    assert (found.index.value, found.index.driver, found.index.why) == (59, "no2", None)
    assert round(found.nowcast["pm2_5"], 1) == 20.3


def test_the_ozone_of_the_decision() -> None:
    found = highest_eight_hours(OZONE, 24)
    assert found is not None
    assert round(found, 2) == 74.39


def test_the_day_of_the_decision() -> None:
    ozone = [50.0] * 7 + [89.3] * 10 + [114.6] + [40.0] * 13
    found = daily({"pm2_5": [55.7] * 24, "no2": [130.8] + [20.0] * 23, "o3": ozone[7:]}, ozone[:7])
    assert (found.sub_indices["pm2_5"], found.sub_indices["no2"]) == (110, 65)
    assert (found.value, found.driver) == (110, "pm2_5")
    assert found.category is not None
    assert found.category.name == "poor"


def test_a_days_ozone_is_the_worse_of_its_hour_and_its_eight_hours() -> None:
    before, day = OZONE[:7], OZONE[7:]
    # 1 h: 97.7 -> 30.5; 8 h: 74.39 -> 37.2.
    assert daily({"pm10": [10.0] * 24, "o3": day}, before).sub_indices["o3"] == 37
    # The eight hours that end at 01:00 reach back to 18:00 of the day before.
    reaching = daily({"pm10": [10.0] * 24, "o3": [100.0] + [0.0] * 23}, [100.0] * 7)
    assert reaching.sub_indices["o3"] == 50
    # Above 400 µg/m³ the 8-hour column says nothing.
    assert daily({"pm10": [10.0] * 24, "o3": [450.0] * 24}).sub_indices["o3"] == 213


@pytest.mark.parametrize(("index", "published"), [(100.5, 101), (100.4999, 100), (0.5, 1), (149.5, 150)])
def test_halves_are_rounded_up(index: float, published: int) -> None:
    assert rounded(index) == published


def test_a_half_is_a_half_whatever_binary_arithmetic_makes_of_it() -> None:
    # 50/30 * 0.3 + 100 is 100.49999999999999 in floats.
    found = sub_index("pm2_5", 50.3)
    assert found is not None
    assert rounded(found) == 101


@given(columns, st.floats(0, 3e5), st.floats(0, 3e5))
def test_sub_indices_never_fall_as_concentrations_rise(column: Column, one: float, other: float) -> None:
    low, high = sub_index(column, min(one, other)), sub_index(column, max(one, other))
    assert high is None or (low is not None and low <= high <= 500)


@pytest.mark.parametrize("column", sorted(BREAKPOINTS))
def test_sub_indices_are_continuous_at_breakpoints(column: Column) -> None:
    for index, concentration in zip(INDICES, BREAKPOINTS[column], strict=False):
        assert sub_index(column, concentration) == index
        after = sub_index(column, math.nextafter(concentration, math.inf))
        assert after is None or after == pytest.approx(index)


def test_above_its_end_a_column_is_500_and_the_8_hour_column_says_nothing() -> None:
    assert sub_index("pm2_5", 9000) == 500
    assert sub_index("o3_8h", 400.1) is None


@pytest.mark.parametrize("bad", [-0.1, math.nan, math.inf])
def test_what_is_no_concentration_is_refused(bad: float) -> None:
    with pytest.raises(InvalidInput):
        sub_index("pm2_5", bad)
    with pytest.raises(InvalidInput):
        nowcast([1.0, bad, 1.0])
    with pytest.raises(InvalidInput):
        hourly({"pm10": [1.0, 1.0], "co": [bad]})
    with pytest.raises(InvalidInput):
        daily({"pm10": [bad] * 24})
    with pytest.raises(InvalidInput):
        beside(next(limits("co", date(2026, 1, 1))), bad)


@pytest.mark.parametrize("unit", ["mg/m³", "ppb", ""])
def test_other_units_are_refused(unit: str) -> None:
    with pytest.raises(InvalidInput, match="µg/m³"):
        sub_index("co", 12.0, unit)


@given(hours)
def test_a_nowcast_lies_among_its_hours_or_needs_two_of_the_newest_three(means: list[float | None]) -> None:
    found = nowcast(means)
    recent = [mean for mean in means[:3] if mean is not None]
    assert (found is None) == (len(recent) < 2)
    known = [mean for mean in means if mean is not None]
    assert found is None or min(known) - 1e-9 <= found <= max(known) + 1e-9


def test_a_gap_does_not_lower_the_nowcast() -> None:
    # The form that the Decision prints for a weight of 1/2 makes 27.6 of such hours.
    found = nowcast([55.1, None, 55.1, None, None, 20.0])
    assert found is not None
    assert found > 50


def test_more_than_twelve_hours_are_refused() -> None:
    with pytest.raises(InvalidInput):
        nowcast([1.0] * 13)


@given(st.dictionaries(st.sampled_from(POLLUTANTS), hours))
def test_the_index_is_its_drivers_and_the_highest(means: Any) -> None:
    found = hourly(means).index
    if found.value is None:
        assert found.why in ("no_data", "no_particles", "few_hours")
        assert found.driver is None
    else:
        assert found.why is None
        assert found.driver is not None
        assert found.value == found.sub_indices[found.driver] == max(found.sub_indices.values())
        assert {"pm2_5", "pm10"} & found.sub_indices.keys()


def test_gases_alone_make_no_index() -> None:
    found = hourly({"no2": [300.0], "o3": [100.0]}).index
    assert (found.value, found.why, found.driver) == (None, "no_particles", None)
    assert found.sub_indices == {"no2": 110, "o3": 31}


def test_no_hours_and_too_few_are_told_apart() -> None:
    assert hourly({"pm2_5": [None] * 12}).index.why == "no_data"
    assert hourly({"pm2_5": [None, None, 5.0, 6.0]}).index.why == "few_hours"
    assert hourly({}).index.why == "no_data"
    assert daily({"pm2_5": [None] * 24}).why == "no_data"
    assert daily({"pm2_5": [10.0] * 17 + [None] * 7}).why == "few_hours"
    assert daily({"pm2_5": [10.0] * 18 + [None] * 6}).value == 20
    assert daily({"no2": [10.0] * 24}).why == "no_particles"


def test_how_many_hours_make_a_day_may_be_set() -> None:
    assert daily({"pm2_5": [10.0]}, completeness=Completeness(day=1)).value == 20


def test_a_station_that_may_not_publish_shows_no_index() -> None:
    assert withheld(hourly({"pm2_5": [10.0, 10.0]}).index) == NOT_PUBLISHED
    assert withheld(hourly({}).index).why == "no_data"


@pytest.mark.parametrize(
    ("index", "name"),
    [(0, "good"), (50, "good"), (51, "moderate"), (101, "poor"), (151, "unhealthy"), (201, "very_unhealthy")],
)
def test_categories_begin_where_the_decision_says(index: int, name: str) -> None:
    assert category(index).name == name


def test_the_last_category_has_no_end_and_maps_have_the_same_categories() -> None:
    assert category(500).name == category(301).name == "hazardous"
    bands = KINDS["air"].bands
    assert [(one.start, one.color) for one in CATEGORIES] == [(band.start, band.color) for band in bands]
    assert all(band.name_vi.startswith(one.name_vi) for one, band in zip(CATEGORIES, bands, strict=True))


def test_the_daily_limit_of_pm2_5_fell_in_2026() -> None:
    [before, *_], [after, *_] = limits("pm2_5", date(2025, 12, 31)), limits("pm2_5", date(2026, 1, 1))
    assert (before.limit, after.limit) == (50, 45)
    found = beside(after, 54.0)
    assert (found.over, found.ratio) == (9.0, 1.2)


def test_nowcasts_are_those_of_a_real_station(shared_data: Path) -> None:
    with gzip.open(shared_data / "hanoi_usembassy_pm25_2017_06.csv.gz", "rt", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    means = [float(row["Raw Conc."]) if row["QC Name"] == "Valid" else None for row in rows]
    means = [mean if mean is not None and mean >= 0 else None for mean in means]
    compared = 0
    for at in range(12, len(rows)):
        published = float(rows[at]["NowCast Conc."])
        found = nowcast(means[at - 11 : at + 1][::-1])
        if published >= 0 and found is not None:
            compared += 1
            assert abs(found - published) <= 0.11, rows[at]
    assert compared > 70
