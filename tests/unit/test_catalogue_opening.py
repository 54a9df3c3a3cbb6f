"""Opening hours, at their edges."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhub.catalogue.opening import Opening, parse
from cityhub.rfc3339 import HANOI_TIME

MONDAY = datetime(2026, 11, 23, tzinfo=HANOI_TIME)
BY_KIND = parse("working_day 06:00-12:00; working_day 13:00-22:00; weekend 07:00-24:00; holiday closed")


def kind_of(day: date) -> str:
    return "weekend" if day.weekday() >= 5 else "working_day"


@pytest.mark.parametrize(
    ("clock", "is_open"),
    [("05:59", False), ("06:00", True), ("11:59", True), ("12:00", False), ("13:00", True), ("22:00", False)],
)
def test_a_place_is_open_from_the_first_minute_to_before_the_last(clock: str, is_open: bool) -> None:
    hours, minutes = map(int, clock.split(":"))
    assert BY_KIND.is_open(MONDAY + timedelta(hours=hours, minutes=minutes), kind_of) == is_open


def test_it_depends_on_the_kind_of_day() -> None:
    saturday = MONDAY + timedelta(days=5)
    assert BY_KIND.is_open(saturday + timedelta(hours=23), kind_of)
    assert not BY_KIND.is_open(saturday + timedelta(hours=6), kind_of)
    assert not BY_KIND.is_open(MONDAY + timedelta(hours=9), lambda _: "holiday")


def test_a_whole_stay_is_open_only_without_a_break() -> None:
    def throughout(opening: Opening, first: float, last: float) -> bool:
        return opening.is_open_throughout(
            MONDAY + timedelta(hours=first), MONDAY + timedelta(hours=last), kind_of
        )

    assert throughout(BY_KIND, 6, 12)
    assert not throughout(BY_KIND, 11, 14)
    assert not throughout(BY_KIND, 21, 22.5)
    assert throughout(parse("24/7"), 20, 80)
    assert not throughout(parse("06:00-22:00"), 20, 80)


@given(st.integers(0, 10_000), st.integers(1, 5_000))
def test_a_stay_is_open_throughout_if_each_minute_is(begin: int, minutes: int) -> None:
    start = MONDAY + timedelta(minutes=begin)
    every = all(BY_KIND.is_open(start + timedelta(minutes=minute), kind_of) for minute in range(minutes))
    assert BY_KIND.is_open_throughout(start, start + timedelta(minutes=minutes), kind_of) == every


@pytest.mark.parametrize(
    "text",
    ["", "open", "6-22", "22:00-06:00", "06:00-25:00", "06:60-07:00", "working_day 06:00-22:00", "monday 06:00-07:00",
     "working_day 06:00-10:00; working_day 09:00-11:00; weekend closed; holiday closed"],
)  # fmt: skip
def test_what_says_no_hours_is_refused_in_words(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        parse(text)
