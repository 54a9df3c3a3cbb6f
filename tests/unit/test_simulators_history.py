"""Runs that start at different moments tell the same city, and rain is told once."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from cityhub.catalogue import Catalogue, read
from simulators import history
from simulators.city import City, clock
from simulators.city.flood import Flood
from simulators.city.parking import Place
from simulators.city.rain import RainField, position
from simulators.city.weather import Weather
from simulators.report import Report

# A wet Sunday to Monday: storm cells, a midnight, and the sweeping of streets lie in between.
SEED = 1
BEGIN = datetime(2026, 7, 5, 13, 3, 17, tzinfo=clock.HANOI_TIME)
END = datetime(2026, 7, 6, 9, 41, 5, tzinfo=clock.HANOI_TIME)


@pytest.fixture(scope="module")
def hanoi() -> Catalogue:
    return read()


def told(catalogue: Catalogue, start: datetime, end: datetime = END) -> list[Report]:
    return list(history.reports(City(catalogue, SEED, start), SEED, start, lambda: end))


@pytest.fixture(scope="module")
def first(hanoi: Catalogue) -> list[Report]:
    return told(hanoi, BEGIN)


def by_sensor_and_time(reports: list[Report]) -> dict[tuple[str, datetime], Mapping[str, float]]:
    return {(report.sensor_id, report.time): report.values for report in reports}


@pytest.mark.parametrize("minutes", [1, 47.3, 316, 16 * 60])
def test_a_run_that_starts_later_says_the_same_at_the_same_times(
    hanoi: Catalogue, first: list[Report], minutes: float
) -> None:
    start = BEGIN + timedelta(minutes=minutes)
    known = by_sensor_and_time(first)
    assert len(known) == len(first)
    bays = {s.id for s in hanoi.sensors if "occupied" in s.properties}
    greeted = set()
    for report in told(hanoi, start):
        assert report.time >= start
        if (report.sensor_id, report.time) in known:
            assert known[report.sensor_id, report.time] == report.values
        else:
            # Only what each bay says once at the start is new.
            assert report.sensor_id in bays
            assert report.time - start < history.SLOT
            greeted.add(report.sensor_id)
    assert greeted <= bays
    missing = [r for r in first if r.time >= start + history.SLOT]
    again = by_sensor_and_time(told(hanoi, start))
    assert missing
    assert all((r.sensor_id, r.time) in again for r in missing)


def test_two_runs_stored_together_do_not_double_rain(hanoi: Catalogue, first: list[Report]) -> None:
    second = told(hanoi, BEGIN + timedelta(minutes=7), END + timedelta(minutes=7))
    stored = by_sensor_and_time([*second, *first])
    city_fall = 0.0
    for sensor in (s for s in hanoi.sensors if s.kind == "rain"):
        times = [time for name, time in stored if name == sensor.id]
        total = sum(stored[sensor.id, time]["rain"] for time in times)
        x, y = position(sensor.lon, sensor.lat)
        rain, t = RainField(SEED, Weather(SEED)), clock.seconds(min(times) - history.SLOT)
        fallen = 0.0
        while t < clock.seconds(max(times)):
            fallen += rain.amount(x, y, t, t + 600)
            t += 600
        # At most a tip at each end and at midnight, and what minutes are off between the two sums.
        assert total == pytest.approx(fallen, abs=0.3, rel=0.01)
        city_fall += total
    assert city_fall > 20


def test_gauges_that_speak_more_often_tell_the_same_rain(hanoi: Catalogue) -> None:
    start, since = END - timedelta(hours=4), END - timedelta(hours=3)
    first = told(hanoi, start)
    often = list(history.reports(City(hanoi, SEED, start), SEED, start, lambda: END, since))
    assert [r for r in often if r.kind != "rain"] == [r for r in first if r.kind != "rain"]
    for gauge in (s.id for s in hanoi.sensors if s.kind == "rain"):
        some, many = ([r for r in one if r.sensor_id == gauge] for one in (first, often))
        late = [r for r in many if r.time >= since + history.SLOT]
        assert 160 <= len(late) <= 170
        assert {later.time - r.time for r, later in pairwise(late)} == {timedelta(minutes=1)}
        fallen = [sum(r.values["rain"] for r in one) for one in (some, many)]
        # What fell in the minutes after the last.
        assert fallen[0] == pytest.approx(fallen[1], abs=2.0)


def test_first_live_rain_is_what_fell_since_the_last_slot(hanoi: Catalogue) -> None:
    gauges = [s.id for s in hanoi.sensors if s.kind == "rain"]
    start, later = END - timedelta(hours=6), END + timedelta(seconds=3)
    parted, whole = (City(hanoi, SEED, start) for _ in range(2))
    for city in (parted, whole):
        city.start_storm(END - timedelta(minutes=20))
    past: dict[str, list[Report]] = defaultdict(list)
    for report in history.reports(parted, SEED, start, lambda: END):
        past[report.sensor_id].append(report)
    live = {name: parted.report(name, later).values["rain"] for name in gauges}
    assert max(live.values()) > 5
    for name in gauges:
        whole.begin_gauge(name, past[name][0].time - history.SLOT)
        total = whole.report(name, later).values["rain"]
        assert sum(report.values["rain"] for report in past[name]) + live[name] == pytest.approx(total)


def test_streets_are_as_wet_whenever_a_run_starts(hanoi: Catalogue) -> None:
    streets = [sensor for sensor in hanoi.sensors if sensor.kind == "flood"]
    rain, start = RainField(SEED, Weather(SEED)), clock.seconds(BEGIN)
    rain.add_storm(start)
    early = Flood(SEED, streets, rain, start)
    late = Flood(SEED, streets, rain, start + 5000)
    depths = [(early.values(s, start + 5400), late.values(s, start + 5400)) for s in streets]
    assert all(one == other for one, other in depths)
    assert max(one.get("depth", 0) for one, _ in depths) > 5


def test_streets_are_swept_on_monday_mornings() -> None:
    four = datetime(2026, 7, 6, 4, tzinfo=clock.HANOI_TIME).timestamp()
    place = Place(3, "place", [f"bay-{n}" for n in range(40)], four - 3 * 3600)
    assert sum(place.occupied.values()) > 0
    place.advance(four)
    assert sum(place.occupied.values()) == 0
    place.advance(four + 5 * 3600)
    assert sum(place.occupied.values()) > 10
