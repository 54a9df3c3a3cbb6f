"""How sets of areas follow each other in time, without any database."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhub.catalogue.areas import Span, place, shown, words
from cityhub.errors import InvalidInput

TODAY = date(2026, 11, 22)
REFORM = date(2025, 7, 1)
BEFORE = Span(None, REFORM - timedelta(days=1))
SINCE = Span(REFORM)


def test_the_set_in_force_today_is_shown_else_the_last_one_else_the_next() -> None:
    older = Span(None, date(2008, 7, 31))
    next_year = Span(date(2027, 1, 1))
    assert shown({1: BEFORE, 2: SINCE, 3: next_year}, TODAY) == 2
    assert shown({1: BEFORE, 4: older, 3: next_year}, TODAY) == 1
    assert shown({3: next_year, 5: Span(date(2028, 1, 1))}, TODAY) == 3
    assert shown({}, TODAY) is None


def test_the_first_set_is_placed_as_it_is() -> None:
    placed = place({}, Span(), TODAY)
    assert (placed.span, placed.replaces, placed.ends) == (Span(), None, {})


def test_a_set_without_dates_corrects_the_one_in_force_and_keeps_its_days() -> None:
    placed = place({1: BEFORE, 2: SINCE}, Span(), TODAY)
    assert (placed.span, placed.replaces, placed.ends) == (SINCE, 2, {})


def test_a_set_with_a_first_day_ends_the_one_before() -> None:
    placed = place({2: SINCE}, Span(date(2027, 1, 1)), TODAY)
    assert (placed.span, placed.replaces) == (Span(date(2027, 1, 1)), None)
    assert placed.ends == {2: date(2026, 12, 31)}


def test_a_set_with_the_first_day_of_another_corrects_it() -> None:
    assert place({1: BEFORE, 2: SINCE}, SINCE, TODAY).replaces == 2


def test_a_set_of_before_ends_where_the_next_begins() -> None:
    placed = place({2: SINCE}, Span(date(2008, 8, 1)), TODAY)
    assert (placed.span, placed.replaces, placed.ends) == (Span(date(2008, 8, 1), BEFORE.valid_to), None, {})


def test_a_set_that_only_ends_begins_after_the_one_before_it() -> None:
    older = Span(None, date(2008, 7, 31))
    placed = place({1: older, 2: SINCE}, BEFORE, TODAY)
    assert (placed.span, placed.replaces) == (Span(date(2008, 8, 1), BEFORE.valid_to), None)


def test_a_set_that_would_cover_another_whole_is_refused() -> None:
    sets = {1: BEFORE, 2: Span(REFORM, date(2026, 6, 30)), 3: Span(date(2026, 7, 1))}
    with pytest.raises(InvalidInput, match="in force from 2025-07-01 until 2026-06-30"):
        place(sets, Span(date(2020, 1, 1), date(2026, 12, 31)), TODAY)


def test_days_the_wrong_way_round_are_refused() -> None:
    with pytest.raises(InvalidInput, match="valid-to: 2025-01-01 is before 2025-07-01"):
        Span(REFORM, date(2025, 1, 1))


@given(
    st.lists(
        st.tuples(
            st.none() | st.dates(date(2000, 1, 1), date(2030, 1, 1)),
            st.none() | st.dates(date(2000, 1, 1), date(2030, 1, 1)),
        ),
        max_size=6,
    )
)
def test_whatever_is_placed_no_two_sets_are_in_force_on_one_day(
    wanted: list[tuple[date | None, date | None]],
) -> None:
    sets: dict[int, Span] = {}
    for id, (first, last) in enumerate(wanted):
        try:
            placed = place(sets, Span(first, last), TODAY)
        except InvalidInput:
            continue
        for ended, day in placed.ends.items():
            sets[ended] = Span(sets[ended].valid_from, day)
        sets[id if placed.replaces is None else placed.replaces] = placed.span
        spans = list(sets.values())
        assert not any(one.overlaps(other) for at, one in enumerate(spans) for other in spans[:at])


def test_a_span_is_told_in_words() -> None:
    assert words(BEFORE) == "until 2025-06-30"
    assert words(SINCE) == "from 2025-07-01"
    assert words(Span()) == "without dates"
