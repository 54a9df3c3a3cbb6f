"""Figures as they are written: as measured, or rounded to what a mean is known to."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhub.kinds.figures import as_measured, derived


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (142 * 0.1, "14.2"),
        (0.1 + 0.2, "0.3"),
        (298.15 - 273.15, "25.0"),
        (273.25 - 273.15, "0.1"),
        (35.123456, "35.123456"),
        (1e8, "100000000.0"),
        (0.000125, "0.000125"),
        (-999.0, "-999.0"),
        (-0.0, "0.0"),
        (0, "0.0"),
    ],
)
def test_a_value_is_written_as_the_device_wrote_it(value: float, written: str) -> None:
    assert str(as_measured(value)) == written


@given(st.decimals(-99_999, 99_999, places=6, allow_nan=False))
def test_no_digit_that_a_device_writes_is_lost(written: object) -> None:
    assert as_measured(float(str(written))) == float(str(written))


@pytest.mark.parametrize(
    ("property", "value", "written"),
    [
        ("pm2_5", 50.699999999999996, "50.7"),
        ("pm2_5", 100 / 3, "33.333"),
        ("humidity", 200 / 3, "66.67"),
        ("ph", 7.1234567, "7.1235"),
        ("no2_n", 1 / 3, "0.33333"),
        ("rain", 0.1 + 0.2, "0.3"),
        ("occupied", 2 / 3, "0.67"),
        ("coliform", 1234.5678, "1234.57"),
        ("battery", 87.0, "87.0"),
        ("temperature", -0.00001, "0.0"),
        ("mm_1h", 0.35000000000000003, "0.35"),
    ],
)
def test_a_mean_has_two_decimals_more_than_its_property(property: str, value: float, written: str) -> None:
    assert str(derived(property, value)) == written


@given(st.floats(-1e9, 1e9), st.sampled_from(["pm2_5", "co", "no2_n", "rain"]))
def test_a_figure_is_never_far_from_what_it_was_and_zero_has_no_sign(value: float, property: str) -> None:
    assert derived(property, value) == pytest.approx(value, abs=0.005, rel=1e-12)
    for figure in (as_measured(value), derived(property, value)):
        assert figure != 0 or math.copysign(1, figure) == 1
