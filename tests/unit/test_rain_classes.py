"""What sums of rain are called: classes, the city's thresholds for an hour, bands of Decision 18/2021."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhub.rain.classes import city_threshold, disaster_band, rain_class

AMOUNTS = st.floats(0, 1000, allow_nan=False)


@pytest.mark.parametrize(
    ("mm", "level", "name"),
    [
        (0, 0, "không mưa"),
        (0.1, 1, "mưa nhỏ"),
        (5.9, 1, "mưa nhỏ"),
        (6, 2, "mưa"),
        (15, 2, "mưa"),
        (15.1, 3, "mưa vừa"),
        (16, 3, "mưa vừa"),
        (50, 3, "mưa vừa"),
        (50.1, 4, "mưa to"),
        (100, 4, "mưa to"),
        (100.1, 5, "mưa rất to"),
        (700, 5, "mưa rất to"),
    ],
)
def test_classes_of_24_hours(mm: float, level: int, name: str) -> None:
    found = rain_class(mm, 24)
    assert (found.level, found.name_vi) == (level, name)


@pytest.mark.parametrize(
    ("mm", "level"),
    [(0, 0), (0.2, 1), (2.9, 1), (3, 2), (7.9, 2), (8, 3), (25, 3), (25.1, 4), (50, 4), (50.1, 5)],
)
def test_classes_of_12_hours(mm: float, level: int) -> None:
    assert rain_class(mm, 12).level == level


@pytest.mark.parametrize(
    ("mm", "level"), [(0, 0), (49.9, 0), (50, 1), (69.9, 1), (70, 2), (100, 2), (100.1, 3)]
)
def test_the_citys_thresholds_of_an_hour(mm: float, level: int) -> None:
    assert city_threshold(mm).level == level


@pytest.mark.parametrize(
    ("mm_12h", "mm_24h", "band"),
    [
        (49.9, 99.9, None),
        (50, 60, "50–100 mm in 12 hours"),
        (120, 130, "100–200 mm in 24 hours"),
        (None, 200, "200–400 mm in 24 hours"),
        (300, 400, "200–400 mm in 24 hours"),
        (300, 400.1, "above 400 mm in 24 hours"),
        (60, None, "50–100 mm in 12 hours"),
        (None, None, None),
    ],
)
def test_bands_of_disaster_risk_are_bands_and_no_level(
    mm_12h: float | None, mm_24h: float | None, band: str | None
) -> None:
    found = disaster_band(mm_12h, mm_24h)
    assert (None if found is None else found.name_en) == band


@pytest.mark.parametrize("bad", [-0.1, math.nan, math.inf])
def test_what_is_no_amount_is_refused(bad: float) -> None:
    for name in (lambda: rain_class(bad, 24), lambda: city_threshold(bad), lambda: disaster_band(bad, None)):
        with pytest.raises(ValueError, match="no amount"):
            name()


@given(AMOUNTS, AMOUNTS)
def test_more_rain_is_never_a_lower_class(mm: float, more: float) -> None:
    assert rain_class(mm, 24).level <= rain_class(mm + more, 24).level <= rain_class(mm + more, 12).level
    assert city_threshold(mm).level <= city_threshold(mm + more).level
