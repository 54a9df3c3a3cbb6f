"""Permits of whole months: their days, what they give back; what other apps may have sold."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhub.errors import InvalidInput, RuleBroken
from cityhub.parking.rights import Right, add_months, check_first_day, check_sold, midnight, span
from cityhub.rfc3339 import HANOI_TIME

DAYS = st.dates(date(2018, 1, 1), date(2099, 12, 31))
DAY = timedelta(days=1)
NOW = datetime(2026, 11, 26, 12, 0, tzinfo=HANOI_TIME)


@pytest.mark.parametrize(
    ("first", "months", "end"),
    [
        ("2026-01-01", 1, "2026-02-01"),
        ("2026-01-15", 1, "2026-02-15"),
        ("2026-01-28", 1, "2026-02-28"),
        ("2026-01-31", 1, "2026-03-01"),
        ("2028-01-29", 1, "2028-02-29"),
        ("2028-01-30", 1, "2028-03-01"),
        ("2026-08-31", 1, "2026-10-01"),
        ("2026-12-31", 1, "2027-01-31"),
        ("2026-11-30", 3, "2027-03-01"),
        ("2028-02-29", 12, "2029-03-01"),
        ("2026-10-31", 1, "2026-12-01"),
    ],
)
def test_a_month_ends_before_the_day_of_its_number_or_with_its_month(
    first: str, months: int, end: str
) -> None:
    assert add_months(date.fromisoformat(first), months) == date.fromisoformat(end)


@given(DAYS, st.integers(1, 12))
def test_a_permit_is_of_whole_days_of_vietnam_and_of_no_month_less(first: date, months: int) -> None:
    start, end = span(first, months)
    for moment in (start, end):
        assert (moment.hour, moment.minute, moment.utcoffset()) == (0, 0, timedelta(hours=7))
    last = end.date() - DAY
    assert 28 * months <= (end - start).days <= 31 * months + 1
    assert end.day in (first.day, 1)
    # The last day is that before the same number, or the last of its month.
    assert last + DAY == end.date()
    assert end.date() <= add_months(first, months + 1)


@given(DAYS, DAYS, st.integers(1, 12))
def test_who_begins_later_never_ends_earlier(one: date, other: date, months: int) -> None:
    earlier, later = sorted((one, other))
    assert add_months(earlier, months) <= add_months(later, months)


@given(DAYS, st.integers(1, 12))
def test_renewed_month_by_month_there_is_no_gap_and_no_day_is_lost(first: date, months: int) -> None:
    day = first
    for _ in range(months):
        day = add_months(day, 1)
    assert day >= add_months(first, months)


def permit(first: date, months: int, amount: int = 1_000_000) -> Right:
    start, end = span(first, months)
    return Right(
        "id", "token", "spec", months, "cityhub", "id", "30A12345", "car", "zone", None, None, start, end,
        amount, "active", None, NOW, None,
    )  # fmt: skip


@given(DAYS, st.integers(1, 12), st.integers(0, 10**9), st.integers(-40, 400))
def test_what_is_given_back_falls_with_time_and_is_of_months_not_begun(
    first: date, months: int, amount: int, days: int
) -> None:
    right = permit(first, months, amount)
    now = right.valid_from + days * DAY
    back = right.given_back(now)
    assert 0 <= right.given_back(now + DAY) <= back <= amount
    if now < right.valid_from:
        assert back == amount
    elif now >= midnight(add_months(first, months - 1)):
        assert back == 0


def test_what_is_not_valid_gives_nothing_back_and_is_not_withdrawn() -> None:
    right = permit(date(2026, 12, 1), 12)
    for state in ("requested", "lapsed", "withdrawn"):
        assert replace(right, state=state).given_back(NOW) == 0
    assert replace(right, months=None).given_back(NOW) == 0
    with pytest.raises(RuleBroken):
        right.to_withdraw(right.valid_to)


@pytest.mark.parametrize(("days", "rule"), [(-1, "start_in_past"), (61, "start_too_far")])
def test_a_permit_begins_today_or_within_sixty_days(days: int, rule: str) -> None:
    check_first_day(NOW.date(), NOW)
    # In Viet Nam it is the next day already.
    check_first_day(date(2026, 11, 27), datetime(2026, 11, 26, 17, 30, tzinfo=UTC))
    with pytest.raises(RuleBroken) as caught:
        check_first_day(NOW.date() + days * DAY, NOW)
    assert caught.value.rule == rule


def test_what_no_app_can_have_sold_is_refused() -> None:
    check_sold(NOW - DAY, NOW, NOW)
    with pytest.raises(InvalidInput):
        check_sold(NOW, NOW, NOW)
    for start, days, rule in (
        (NOW, 367, "right_too_long"),
        (NOW - 4 * DAY, 1, "start_in_past"),
        (NOW + 367 * DAY, 1, "start_too_far"),
    ):
        with pytest.raises(RuleBroken) as caught:
            check_sold(start, start + days * DAY, NOW)
        assert caught.value.rule == rule
