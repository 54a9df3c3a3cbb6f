"""Readings beside the ones before them: rules, what holds for any series, and real files."""

import gzip
import io
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhub.kinds import KINDS
from cityhub.kinds.model import Change, Flat
from cityhub.observing.continuity import FLAT_READINGS, Limits, Memory, Row, judge, limits_of
from cityhub.observing.quality import FAULT, FLATLINE, LATE, RANGE, RATE
from simulators.replay import FORMATS

START = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
LIMITS = Limits(Change(jump=10, per_hour=60), Flat(hours=3, above=5), amount=False)
RAIN = Limits(Change(jump=5, per_hour=240), Flat(hours=6, above=0), amount=True)

Series = list[tuple[datetime, float]]


def rows(series: Sequence[tuple[datetime, float]], quality: int = 0) -> list[Row]:
    return [(1, time, value, quality) for time, value in series]


def flags(series: Sequence[tuple[datetime, float]], limits: Limits = LIMITS) -> dict[datetime, int]:
    """Flags by time of a series judged as one batch."""
    return {found.time: found.flags for found in judge(rows(series), {1: limits}, {}).found}


def every(step: timedelta, *values: float) -> Series:
    return [(START + at * step, value) for at, value in enumerate(values)]


def test_a_spike_is_flagged_and_the_return_from_it_is_not() -> None:
    assert flags(every(MINUTE, 20, 21, 90, 22, 21)) == {START + 2 * MINUTE: RATE}
    assert flags(every(MINUTE, 50, 51, 3, 50)) == {START + 2 * MINUTE: RATE}


def test_a_new_level_is_believed_when_there_was_time_to_reach_it() -> None:
    # 50 more: allowed are 10 and one a minute, so after 40 minutes.
    found = flags(every(10 * MINUTE, 20, 70, 70.5, 71, 70, 70))
    assert set(found) == {START + 10 * MINUTE, START + 20 * MINUTE, START + 30 * MINUTE}


def test_a_change_may_be_as_large_as_its_time_allows() -> None:
    assert flags(every(HOUR, 20, 90)) == {}
    assert flags(every(HOUR, 20, 90.1)) == {START + HOUR: RATE}


def test_rain_is_held_against_the_time_since_the_report_before() -> None:
    assert flags(every(10 * MINUTE, 0, 45, 0, 0), RAIN) == {}
    assert flags(every(10 * MINUTE, 0, 45.1, 0, 0), RAIN) == {START + 10 * MINUTE: RATE}
    assert flags(every(MINUTE, 9, 9.1), RAIN) == {START + MINUTE: RATE}


def test_a_value_that_stays_the_same_for_hours_is_a_flatline_until_it_moves() -> None:
    found = flags(every(HOUR, *[40] * 8, 41, 40))
    assert found == {START + at * HOUR: FLATLINE for at in range(FLAT_READINGS - 1, 8)}


def test_many_equal_readings_in_a_short_time_are_no_flatline() -> None:
    assert flags(every(MINUTE, *[40] * 180)) == {}
    assert set(flags(every(MINUTE, *[40] * 182))) == {START + 180 * MINUTE, START + 181 * MINUTE}


def test_what_rests_at_its_floor_is_no_flatline() -> None:
    assert flags(every(HOUR, *[5] * 20)) == {}
    assert flags(every(HOUR, *[0] * 200), RAIN) == {}
    assert FLATLINE in flags(every(HOUR, *[0.2] * 20), RAIN).values()


def test_saturated_humidity_and_a_parked_car_are_no_flatline() -> None:
    humidity = limits_of(KINDS["air"].properties["humidity"])
    assert humidity is not None
    assert flags(every(HOUR, *[100] * 48), humidity) == {}
    assert FLATLINE in flags(every(HOUR, *[60] * 48), humidity).values()
    assert limits_of(KINDS["parking"].properties["occupied"]) is None
    count = limits_of(KINDS["parking"].properties["occupied_count"])
    assert count is not None
    assert flags(every(HOUR, *[12] * 500), count) == {}


def test_rejected_values_are_no_readings() -> None:
    memories: dict[int, Memory] = {}
    series = every(MINUTE, 20, -999, 21)
    mixed = [(1, time, value, FAULT if value == -999 else 0) for time, value in series]
    assert judge(mixed, {1: LIMITS}, memories).found == []
    assert memories[1].value == 21
    assert judge(rows([(START + HOUR, 1e9)], RANGE), {1: LIMITS}, memories).changed == set()


def test_late_values_are_readings_like_others() -> None:
    memories: dict[int, Memory] = {}
    judge(rows(every(MINUTE, 20, 21), LATE), {1: LIMITS}, memories)
    assert memories[1].value == 21


def test_a_reading_overtaken_by_a_newer_one_is_held_against_it() -> None:
    memories: dict[int, Memory] = {}
    judge(rows([(START + 10 * MINUTE, 50)]), {1: LIMITS}, memories)
    before = memories[1].believed_time
    late = [(START + 9 * MINUTE, 52.0), (START + 8 * MINUTE, 90.0), (START - 5 * HOUR, 90.0)]
    judged = judge(rows(late), {1: LIMITS}, memories)
    assert [(found.time, found.flags) for found in judged.found] == [(START + 8 * MINUTE, RATE)]
    assert (judged.changed, memories[1].believed_time) == (set(), before)


SERIES = st.lists(
    st.tuples(st.integers(1, 7200), st.sampled_from([0.0, 4.0, 20.0, 21.0, 30.0, 95.0])),
    min_size=1,
    max_size=60,
)


def timed(steps: list[tuple[int, float]]) -> Series:
    time, series = START, []
    for seconds, value in steps:
        time += timedelta(seconds=seconds)
        series.append((time, value))
    return series


@given(SERIES, st.data())
def test_flags_do_not_depend_on_how_readings_are_batched(
    steps: list[tuple[int, float]], data: st.DataObject
) -> None:
    series = timed(steps)
    memories: dict[int, Memory] = {}
    found: dict[datetime, int] = {}
    rest = series
    while rest:
        size = data.draw(st.integers(1, len(rest)))
        found |= {one.time: one.flags for one in judge(rows(rest[:size]), {1: LIMITS}, memories).found}
        rest = rest[size:]
    assert found == flags(series)


@given(SERIES)
def test_what_changes_no_faster_than_allowed_is_never_flagged_for_its_rate(
    steps: list[tuple[int, float]],
) -> None:
    time, value, series = START, 0.0, []
    for seconds, wish in steps:
        time += timedelta(seconds=seconds)
        reach = 9.99 + 59.9 * seconds / 3600
        value += max(-reach, min(reach, wish - value))
        series.append((time, value))
    assert RATE not in {found & RATE for found in flags(series).values()}


def test_every_limit_is_a_sensible_one() -> None:
    for kind in KINDS.values():
        for observed in kind.properties.values():
            if observed.change is not None:
                assert 0 < observed.change.jump <= observed.high - observed.low
                assert observed.change.per_hour > 0
            if observed.flat is not None:
                assert observed.flat.hours > 0
                assert observed.flat.above < observed.flat.below


@cache
def real(file: Path, form: str) -> dict[tuple[str, str], Series]:
    """Good readings of a real file by sensor and property, oldest first."""
    series: dict[tuple[str, str], Series] = defaultdict(list)
    text = io.StringIO(gzip.decompress(file.read_bytes()).decode("utf-8-sig"), newline="")
    for row in FORMATS[form](text, file.name):
        for record in row.records:
            if not record.extra.get("fault"):
                for name, value in record.values.items():
                    if KINDS[record.kind].properties[name].low <= value:
                        series[record.sensor_id, name].append((record.time, value))
    return {key: sorted(found) for key, found in series.items()}


def real_flags(file: Path, form: str, kind: str, name: str) -> dict[str, dict[datetime, int]]:
    """Flags of every sensor of the file that reports the property."""
    limits = limits_of(next(k for k in KINDS.values() if k.name == kind).properties[name])
    assert limits is not None
    found = real(file, form).items()
    return {sensor_id: flags(series, limits) for (sensor_id, one), series in found if one == name}


def test_the_embassy_monitor_that_stuck_for_four_days_in_march_2016(shared_data: Path) -> None:
    """From 3 March 14:00 (UTC+7) on, 95 hours all say 59.0 µg/m³; nothing else in that year is a flatline."""
    file = shared_data / "hanoi_usembassy_pm25_2016.csv.gz"
    [found] = real_flags(file, "airnow", "air", "pm2_5").values()
    flat = sorted(time for time, bits in found.items() if bits & FLATLINE)
    [series] = real(file, "airnow").values()
    stuck = [time for time, value in series if value == 59.0 and flat[0] - 5 * HOUR <= time <= flat[-1]]
    assert stuck[0] == datetime(2016, 3, 3, 7, tzinfo=UTC)
    assert (len(stuck), flat) == (95, stuck[FLAT_READINGS - 1 :])


def test_ozone_that_jumps_to_500_for_an_hour(shared_data: Path) -> None:
    """Dingling, 27 December 2016: 58, then 500 at 14:00 (UTC+8), then 59."""
    found = real_flags(shared_data / "prsa_beijing_12st_2016DJF.csv.gz", "prsa", "air", "o3")
    [station] = [found[id] for id in found if "dingling" in id]
    spike = datetime(2016, 12, 27, 6, tzinfo=UTC)
    assert station[spike] == RATE
    assert spike + HOUR not in station


def test_particles_that_fall_from_621_to_3_within_an_hour(shared_data: Path) -> None:
    """Wanshouxigong, 4 January 2017, 13:00 (UTC+8)."""
    found = real_flags(shared_data / "prsa_beijing_12st_2016DJF.csv.gz", "prsa", "air", "pm2_5")
    [station] = [found[id] for id in found if "wanshouxigong" in id]
    assert station[datetime(2017, 1, 4, 5, tzinfo=UTC)] & RATE


def test_fireworks_of_the_lunar_new_year_are_believed(shared_data: Path) -> None:
    """Huairou, 28 January 2017, 01:00 (UTC+8): PM2.5 rises from 161 to 556 within the hour, and it was so."""
    found = real_flags(shared_data / "prsa_beijing_12st_2016DJF.csv.gz", "prsa", "air", "pm2_5")
    [station] = [found[id] for id in found if "huairou" in id]
    assert datetime(2017, 1, 27, 17, tzinfo=UTC) not in station


@pytest.mark.parametrize(
    ("file", "form", "kind"),
    [
        ("prsa_beijing_12st_2016JJA.csv.gz", "prsa", "air"),
        ("prsa_beijing_12st_2016DJF.csv.gz", "prsa", "air"),
        ("ea_calder_15min_2025.csv.gz", "ea", "flood"),
        ("ea_calder_15min_2025.csv.gz", "ea", "rain"),
        ("birmingham_parking_2016.csv.gz", "birmingham", "parking"),
    ],
)
def test_few_real_readings_change_faster_than_allowed(
    shared_data: Path, file: str, form: str, kind: str
) -> None:
    readings = flagged = 0
    for (_, name), series in real(shared_data / file, form).items():
        observed = next(k for k in KINDS.values() if k.name == kind).properties.get(name)
        limits = None if observed is None else limits_of(observed)
        if limits is not None:
            readings += len(series)
            flagged += sum(1 for bits in flags(series, limits).values() if bits & RATE)
    assert readings > 5000
    assert flagged < readings / 2000
