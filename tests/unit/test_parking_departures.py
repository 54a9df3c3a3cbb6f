"""When a car has left, by the word of a sensor that may flap, lie or fall silent."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhub.parking.departures import CONFIRMED, LONGEST_SILENCE, Seen, left_at
from cityhub.rfc3339 import HANOI_TIME

START = datetime(2026, 11, 23, 10, 0, tzinfo=HANOI_TIME)
MINUTE = timedelta(minutes=1)


def minute_by_minute(story: str) -> list[Seen]:
    """`1`: occupied, `0`: free, a blank: no report."""
    return [Seen(START + n * MINUTE, sign == "1") for n, sign in enumerate(story) if sign != " "]


@pytest.mark.parametrize(
    ("story", "left"),
    [
        ("111" + "0" * 11, 3),
        ("111" + "0" * 10, None),  # nine minutes are not enough
        ("0" * 30, None),  # it never saw this stay
        ("111000011" + "0" * 5, None),  # it flaps
        ("1110000110" + "0" * 10, 9),
        ("111" + "0" + " " * 12 + "0", None),  # it was silent: nothing confirms
        ("111" + "0" + " " * 12 + "0" * 11, 16),
        ("111" + "0" * 12 + "1", None),  # somebody stands there
        ("", None),
    ],
)
def test_a_car_has_left_when_its_bay_was_free_for_a_while(story: str, left: int | None) -> None:
    expected = None if left is None else START + left * MINUTE
    assert left_at(minute_by_minute(story), START) == expected


def test_reports_from_before_the_stay_tell_nothing_about_it() -> None:
    assert left_at(minute_by_minute("11" + "0" * 15), START + 5 * MINUTE) is None


@given(st.lists(st.tuples(st.integers(1, 500), st.booleans()), max_size=60))
def test_what_is_certain_was_confirmed_without_a_gap_or_a_word_to_the_contrary(
    steps: list[tuple[int, bool]],
) -> None:
    reports, time = [], START
    for seconds, is_occupied in steps:
        time += timedelta(seconds=seconds)
        reports.append(Seen(time, is_occupied))
    gone = left_at(reports, START)
    if gone is None:
        return
    after = [report for report in reports if report.time >= gone]
    assert not any(report.is_occupied for report in after)
    assert after[-1].time - gone >= CONFIRMED
    assert all(b.time - a.time <= LONGEST_SILENCE for a, b in pairwise(after))
    assert any(report.is_occupied for report in reports if report.time < gone)
