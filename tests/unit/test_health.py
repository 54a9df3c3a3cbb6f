"""Hours and completeness, as rules."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from cityhub.devices.health import Hour, completeness, excess, hours

START = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_hours_are_the_24_whole_ones_before_now_and_nothing_is_expected_before_the_hour_after_the_first() -> (
    None
):
    now = START + timedelta(minutes=20)
    found = hours({START - HOUR: 11, START: 4, START - 2 * HOUR: 3}, START - 2 * HOUR, 300, now)
    assert len(found) == 24
    assert found[-2:] == [Hour(START - 2 * HOUR, 3, 0), Hour(START - HOUR, 11, 12)]
    assert found[0] == Hour(START - 24 * HOUR, 0, 0)
    assert completeness(found) == 11 / 12


@given(st.lists(st.integers(0, 100), min_size=1, max_size=24), st.sampled_from([60, 300, 700, 3600, 5400]))
def test_completeness_lies_between_0_and_1_and_more_reports_never_lower_it(
    reports: list[int], interval_s: int
) -> None:
    def share(more: int) -> float | None:
        return completeness([Hour(START, n + more, 3600 / interval_s) for n in reports])

    found, fuller = share(0), share(1)
    if found is None or fuller is None:
        assert len(reports) * 3600 / interval_s < 1
    else:
        assert 0 <= found <= fuller <= 1


def test_reports_out_of_step_with_the_clock_are_complete_and_a_burst_does_not_hide_a_silence() -> None:
    assert completeness([Hour(START, 13, 12), Hour(START, 11, 12)]) == 1
    assert completeness([Hour(START, 24, 12), Hour(START, 0, 12)]) == 13 / 24


def test_a_sensor_of_two_hours_is_complete_with_half_a_report_an_hour() -> None:
    alternating = [Hour(START + n * HOUR, n % 2, 3600 / 7200) for n in range(24)]
    assert completeness(alternating) == 1
    assert completeness([Hour(START, 0, 0.5)]) is None
    assert completeness([Hour(START, 3, 0.0)]) is None
    assert completeness([Hour(START, 0, 12)]) == 0


def test_a_sensor_floods_beyond_ten_times_what_is_expected_of_an_hour() -> None:
    assert excess([12, 120], 300) is None
    assert excess([12, 121], 300) == 121 / 12
    assert excess([], 300) is None
    # Once a day is not once an hour: ten reports at once are no flood.
    assert excess([10], 86_400) is None
    assert excess([11], 86_400) == 11
