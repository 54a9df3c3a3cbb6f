"""An event of rain ends after six dry hours: found from hours, and the same as from every single report."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from cityhub.rain.events import DRY, HOUR, RainHour, WetTimes, begins_at_edge, event, undecided

NOW = datetime(2026, 11, 22, 3, 20, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

# (minutes before now, mm)
Reports = Sequence[tuple[int, float]]


def hours_of(reports: Reports) -> list[RainHour]:
    """The 48 hours up to now, as hourly sums hold them."""
    this = NOW.replace(minute=0)
    found = []
    for back in range(47, -1, -1):
        start = this - back * HOUR
        mm = [mm for ago, mm in reports if start <= NOW - ago * MINUTE < start + HOUR]
        found.append(RainHour(start, sum(mm), len(mm)))
    return found


def times_of(reports: Reports, hours: set[datetime]) -> dict[datetime, WetTimes]:
    found = {}
    for hour in hours:
        wet = [NOW - ago * MINUTE for ago, mm in reports if mm > 0]
        within = [time for time in wet if hour <= time < hour + HOUR]
        found[hour] = WetTimes(min(within), max(within))
    return found


def told(reports: Reports) -> tuple[datetime, float] | None:
    hours = hours_of(reports)
    found = event(hours, times_of(reports, undecided(hours)), NOW)
    return None if found is None else (found.start, found.mm)


def straight(reports: Reports) -> tuple[datetime, float] | None:
    """The same from the reports themselves."""
    wet = sorted((NOW - ago * MINUTE, mm) for ago, mm in reports if mm > 0)
    if not wet or NOW - wet[-1][0] >= DRY:
        return None
    at = len(wet) - 1
    while at and wet[at][0] - wet[at - 1][0] < DRY:
        at -= 1
    return wet[at][0], sum(mm for _, mm in wet[at:])


def test_rain_since_it_began() -> None:
    assert told([(600, 5.0), (130, 1.0), (70, 2.0), (10, 0.5)]) == (NOW - 130 * MINUTE, 3.5)


def test_six_dry_hours_and_a_little_end_it_and_a_little_less_does_not() -> None:
    assert told([(365, 4.0), (4, 1.0)]) == (NOW - 4 * MINUTE, 1.0)
    assert told([(363, 4.0), (4, 1.0)]) == (NOW - 363 * MINUTE, 5.0)


def test_after_six_dry_hours_there_is_none() -> None:
    assert told([(359, 4.0)]) == (NOW - 359 * MINUTE, 4.0)
    assert told([(360, 4.0)]) is None
    assert told([(30, 0.0)]) is None


def test_hours_without_reports_are_counted_as_missing() -> None:
    reports = [(200, 1.0), (190, 0.0), (10, 2.0)]
    hours = hours_of(reports)
    found = event(hours, times_of(reports, undecided(hours)), NOW)
    assert found is not None
    assert (found.hour, found.observed) == (NOW.replace(hour=0, minute=0), 3)


def test_only_a_rain_that_may_reach_back_further_is_asked_for_again() -> None:
    assert not begins_at_edge(hours_of([(100, 1.0)]))
    assert begins_at_edge(hours_of([(100 + 300 * n, 1.0) for n in range(10)]))


@given(st.lists(st.tuples(st.integers(0, 2600), st.sampled_from([0.0, 0.0, 0.25, 2.0])), max_size=14))
def test_hours_and_reports_tell_the_same(reports: list[tuple[int, float]]) -> None:
    assert told(reports) == straight(reports)
