"""A year's mean beside its limit: of which days it is made, and when there are too few to compare."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhub.air.history import DayRow, PollutantDay
from cityhub.air.vn_aqi import PROJECT_RULE, DayFigures, Pollutant, of_day
from cityhub.air.years import ENOUGH_DAYS, of_days


def day(
    on: date, mean: float | None, hours: int = 24, pollutant: Pollutant = "pm2_5", *, is_over: bool = True
) -> DayRow:
    figures = None if mean is None else DayFigures(hours, mean, mean)
    known = {} if figures is None else {pollutant: figures}
    return DayRow(on, of_day(known), {pollutant: PollutantDay(figures, hours)}, is_over)


def days(first: date, *means: float | None, hours: int = 24) -> list[DayRow]:
    return [day(first + timedelta(days=n), mean, hours=hours) for n, mean in enumerate(means)]


def test_a_year_so_far_is_the_mean_of_its_days_beside_the_limit() -> None:
    today = day(date(2026, 1, 5), 900.0, is_over=False)
    [year] = of_days([*days(date(2026, 1, 1), 20.0, 30.0, None, 40.0), today], PROJECT_RULE)
    assert (year.year, year.days, year.is_over) == (2026, 4, False)
    found = year.means["pm2_5"]
    assert (found.days, found.mean) == (3, 30.0)
    assert found.beside is not None
    assert (found.beside.limit.limit, found.beside.over) == (25, 5.0)


def test_below_three_quarters_of_the_days_nothing_is_compared() -> None:
    [year] = of_days(days(date(2026, 1, 1), 20.0, 30.0, None, None), PROJECT_RULE)
    assert (year.means["pm2_5"].days, year.means["pm2_5"].beside) == (2, None)
    [year] = of_days(days(date(2026, 1, 1), 20.0, 30.0, hours=PROJECT_RULE.day - 1), PROJECT_RULE)
    assert year.means == {}


def test_a_year_whose_first_days_were_not_asked_for_has_no_mean() -> None:
    assert of_days(days(date(2025, 1, 2), 20.0), PROJECT_RULE) == []
    assert of_days([], PROJECT_RULE) == []


def test_what_has_no_limit_of_a_year_is_left_out() -> None:
    [year] = of_days([day(date(2026, 1, 1), 50.0, pollutant="o3")], PROJECT_RULE)
    assert year.means == {}


@given(st.lists(st.none() | st.floats(0, 500), min_size=366, max_size=900))
def test_only_whole_years_are_over_and_every_mean_lies_between_its_days(means: list[float | None]) -> None:
    found = of_days(days(date(2023, 1, 1), *means), PROJECT_RULE)
    assert [year.is_over for year in found] == [len(means) >= 365, len(means) >= 731, False][: len(found)]
    start = 0
    for year in found:
        known = [mean for mean in means[start : start + year.days] if mean is not None]
        start += year.days
        if known:
            one = year.means["pm2_5"]
            assert one.days == len(known)
            assert one.mean == pytest.approx(sum(known) / len(known))
            assert (one.beside is None) == (len(known) < ENOUGH_DAYS * year.days)
