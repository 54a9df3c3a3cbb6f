"""Numbers and times as the languages write them."""

from datetime import UTC, datetime

import pytest

from cityhub.words.formats import clock, date, number


@pytest.mark.parametrize(
    ("value", "decimals", "vietnamese", "english"),
    [
        (35.2, 1, "35,2", "35.2"),
        (35.25, 1, "35,3", "35.3"),
        (0.35, 1, "0,4", "0.4"),
        (7.0, 1, "7", "7"),
        (1234567.891, 2, "1.234.567,89", "1,234,567.89"),
        (50.699999999999996, 1, "50,7", "50.7"),
        (-0.04, 1, "0", "0"),
        (-0.0, 0, "0", "0"),
        (-12.5, 0, "-13", "-13"),
        (11, 0, "11", "11"),
        (1e8, 0, "100.000.000", "100,000,000"),
    ],
)
def test_numbers(value: float, decimals: int, vietnamese: str, english: str) -> None:
    assert number(value, decimals, "vi") == vietnamese
    assert number(value, decimals, "en") == english


def test_a_moment_is_told_in_the_time_of_viet_nam() -> None:
    time = datetime(2026, 11, 5, 18, 4, 59, tzinfo=UTC)
    assert clock(time) == "01:04"
    assert date(time, "vi") == "6 tháng 11, 2026"
    assert date(time, "en") == "November 6, 2026"
