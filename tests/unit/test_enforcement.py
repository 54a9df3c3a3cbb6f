"""What inspectors are told, and which stays sensors tell."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from cityhub.parking.departures import Seen
from cityhub.parking.enforcement import Held, OccupiedBay, look, paid_until, verdict
from cityhub.parking.stays import Stay, stays, within

NOW = datetime(2026, 11, 26, 3, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
PLACE = ("ltk-01", "inner")


def held(end: int | None, *, start: int = -60, place: str | None = "ltk-01", bay: str | None = None) -> Held:
    to = None if end is None else NOW + end * MINUTE
    return Held("cityhub", place, "inner", bay, "car", NOW + start * MINUTE, to)


def bay(number: int, minutes: int, place: str = "ltk-01") -> OccupiedBay:
    return OccupiedBay(f"{place}-b{number:02}", "ô", "bay", place, "inner", NOW - minutes * MINUTE)


def test_paid_and_then_grace_and_then_unpaid() -> None:
    assert [held(end).verdict(NOW) for end in (1, 0, -9, -10)] == ["paid", "grace", "grace", "unpaid"]
    assert held(None).verdict(NOW) == "paid"
    assert held(60, start=1).verdict(NOW) == "unpaid"
    owed = Held("cityhub", "ltk-01", "inner", None, "car", NOW - MINUTE, None, is_owed=True)
    assert owed.verdict(NOW) == "unpaid"


def test_a_plate_is_paid_where_it_is_paid() -> None:
    there, everywhere = held(30, place="thd-01"), held(90, place=None)
    assert verdict([there], NOW, PLACE) == "unpaid"
    assert verdict([there], NOW, None) == "paid"
    assert verdict([there, everywhere], NOW, PLACE) == "paid"
    assert verdict([everywhere], NOW, ("x", "outer")) == "unpaid"
    assert paid_until([there, everywhere], NOW, PLACE) == NOW + 90 * MINUTE
    assert paid_until([there, held(None)], NOW, None) is None
    assert paid_until([], NOW, None) is None


def test_who_has_just_come_is_left_in_peace_and_who_paid_by_bay_too() -> None:
    [found] = look([bay(1, 9), bay(2, 10), bay(3, 90)], [held(30, bay="ltk-01-b03")], NOW)
    assert [(one.bay.id, one.minutes, one.may_be_paid) for one in found.bays] == [("ltk-01-b02", 10, False)]
    assert (found.unpaid, found.without_bay, found.zone_rights) == (1, 0, 0)
    assert look([bay(1, 90)], [held(30, bay="ltk-01-b01")], NOW) == []


def test_what_names_no_bay_may_be_anybodys() -> None:
    [found] = look([bay(1, 90), bay(2, 80), bay(3, 70)], [held(30), held(30, place="thd-01")], NOW)
    assert (found.unpaid, found.without_bay) == (2, 1)
    assert all(one.may_be_paid for one in found.bays)
    [found] = look([bay(1, 90)], [held(30, place=None)], NOW)
    assert (found.unpaid, found.zone_rights, found.bays[0].may_be_paid) == (1, 1, True)


def test_the_worst_place_comes_first() -> None:
    found = look([bay(1, 90), bay(1, 90, "thd-01"), bay(2, 90, "thd-01")], [], NOW)
    assert [one.place_id for one in found] == ["thd-01", "ltk-01"]


def seen(*words: tuple[int, int]) -> list[Seen]:
    return [Seen(NOW + minute * MINUTE, bool(value)) for minute, value in words]


def test_a_stay_is_from_occupied_to_free() -> None:
    assert stays(seen((0, 1), (5, 1), (10, 0), (15, 0)), NOW + 60 * MINUTE) == [Stay(NOW, NOW + 10 * MINUTE)]
    assert stays(seen((0, 1), (20, 1)), NOW + 30 * MINUTE) == [Stay(NOW, NOW + 30 * MINUTE)]


def test_a_sensor_that_flaps_makes_no_stays() -> None:
    assert stays(seen((0, 1), (2, 0)), NOW + 60 * MINUTE) == []
    assert stays(seen((0, 1), (10, 0), (11, 1), (20, 0)), NOW + 60 * MINUTE) == [Stay(NOW, NOW + 20 * MINUTE)]


def test_a_silence_ends_what_was_seen_before_it() -> None:
    found = stays(seen((0, 1), (10, 1), (50, 1), (60, 0)), NOW + 60 * MINUTE)
    assert found == [Stay(NOW, NOW + 10 * MINUTE), Stay(NOW + 50 * MINUTE, NOW + 60 * MINUTE)]
    assert stays(seen((0, 1), (10, 1)), NOW + 90 * MINUTE) == [Stay(NOW, NOW + 10 * MINUTE)]


def test_the_hours_of_a_stay_are_of_the_days_on_which_they_are() -> None:
    stay = Stay(NOW, NOW + 90 * MINUTE)
    assert within(stay, NOW - MINUTE, NOW + 60 * MINUTE) == 60 * MINUTE
    assert within(stay, NOW + 100 * MINUTE, NOW + 200 * MINUTE) == timedelta()


@given(st.lists(st.tuples(st.integers(1, 40), st.integers(0, 1)), max_size=60))
def test_stays_follow_each_other_and_lie_where_something_was_reported(steps: list[tuple[int, int]]) -> None:
    minute, words = 0, []
    for gap, value in steps:
        minute += gap
        words.append((minute, value))
    until = NOW + (minute + 5) * MINUTE
    found = stays(seen(*words), until)
    assert all(one.start < one.end <= until for one in found)
    assert all(before.end <= after.start for before, after in pairwise(found))
    assert {one.start for one in found} <= {NOW + minute * MINUTE for minute, value in words if value}


def test_who_paid_for_an_empty_bay_stands_in_another() -> None:
    [found] = look([bay(4, 60)], [held(30, bay="ltk-01-b03")], NOW)
    assert (found.unpaid, found.without_bay, found.bays[0].may_be_paid) == (0, 1, True)


def test_a_session_that_was_forgotten_is_no_pass_for_ever() -> None:
    assert held(None, start=-7 * 24 * 60).verdict(NOW) == "paid"
    assert held(None, start=-7 * 24 * 60 - 1).verdict(NOW) == "unpaid"


def test_what_is_paid_for_a_motorbike_is_no_cars() -> None:
    bike = Held("cityhub", "ltk-01", "inner", None, "motorbike", NOW - MINUTE, NOW + MINUTE)
    [found] = look([bay(1, 60)], [bike], NOW)
    assert (found.unpaid, found.without_bay, found.bays[0].may_be_paid) == (1, 0, False)
