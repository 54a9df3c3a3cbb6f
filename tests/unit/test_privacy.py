"""Whose data somebody asks for, and by when."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhub.errors import InvalidInput
from cityhub.parking.tariffs.calendar import day_kind
from cityhub.privacy import DAYS_TO_DO, Subject, deadlines, subject


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("30A-123.45", Subject("plate", "30A12345")),
        ("29-M1 123.45", Subject("plate", "29M112345")),
        ("0912 345 678", Subject("phone", "+84912345678")),
        ("+84912345678", Subject("phone", "+84912345678")),
    ],
)
def test_phones_and_plates_are_told_apart(text: str, found: Subject) -> None:
    assert subject(text) == found


def test_what_is_neither_is_refused_without_repeating_it() -> None:
    with pytest.raises(InvalidInput) as caught:
        subject("nguyen van an")
    assert "nguyen" not in str(caught.value)


@pytest.mark.parametrize("text", ["30A-123.45", "0912345678"])
def test_nobody_reads_it_in_a_log(text: str) -> None:
    about = subject(text)
    assert about.text not in repr(about)
    assert about.text not in about.masked


def test_a_token_needs_the_key() -> None:
    plate = subject("30A-123.45")
    assert plate.token(b"one") == plate.token(b"one") != plate.token(b"other")


def working(day: date) -> bool:
    return day_kind(day) == "working_day"


def test_an_answer_is_due_within_two_working_days() -> None:
    # A Thursday; and the Friday before Tết of 2026 (17 February), whose days off last until the 22nd.
    assert deadlines("export", date(2026, 11, 26), working) == (date(2026, 11, 30), date(2026, 12, 6))
    assert deadlines("erase", date(2026, 2, 13), working)[0] == date(2026, 2, 24)


@given(
    st.dates(date(2026, 1, 1), date(2035, 12, 31)),
    st.sampled_from(sorted(DAYS_TO_DO)),
)
def test_deadlines_are_never_in_the_past_nor_far_away(day: date, kind: str) -> None:
    answer_by, do_by = deadlines(kind, day, working)  # type: ignore[arg-type]
    assert day < answer_by <= day + timedelta(days=16)
    assert working(answer_by)
    assert do_by == day + timedelta(days=DAYS_TO_DO[kind])  # type: ignore[index]
