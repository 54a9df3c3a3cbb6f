"""Cars, devices and the simulated city as a whole: believable, and the same city each time."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from statistics import fmean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cityhub.catalogue import Catalogue, read
from cityhub.kinds import DEVICE_PROPERTIES, KINDS
from simulators.city import City, clock
from simulators.city.devices import Device
from simulators.city.parking import Place, demand
from simulators.city.rain import position
from simulators.report import Report, document


def moment(month: int, day: int = 1, hour: float = 0) -> float:
    return datetime(2026, month, day, tzinfo=clock.HANOI_TIME).timestamp() + hour * 3600


@given(st.integers(0, 1000), st.integers(1, 30), st.integers(1, 12))
@settings(max_examples=30, deadline=None)
def test_no_bay_ever_holds_two_cars(seed: int, bays: int, month: int) -> None:
    start = moment(month)
    place = Place(seed, "place", [f"bay-{n}" for n in range(bays)], start)
    state = dict(place.occupied)
    previous = start
    for hours in range(1, 49):
        for change in place.advance(start + hours * 3600):
            assert change.occupied != state[change.bay_id]
            assert previous <= change.t <= start + hours * 3600
            state[change.bay_id], previous = change.occupied, change.t
        assert state == place.occupied


def test_cars_do_not_depend_on_how_often_they_are_asked_about() -> None:
    def changes(step_s: int) -> list[tuple[float, str, int]]:
        place = Place(4, "place", ["a", "b", "c"], moment(3))
        return [tuple(c) for s in range(0, 86_400, step_s) for c in place.advance(moment(3) + s + step_s)]

    assert changes(86_400) == changes(60)


def test_weekday_mornings_are_fuller_than_nights() -> None:
    assert demand(moment(11, 24, 10)) > 3 * demand(moment(11, 24, 3))
    place = Place(1, "place", [f"bay-{n}" for n in range(40)], moment(11, 23))
    counts: dict[int, list[int]] = {3: [], 10: []}
    for hours in range(1, 5 * 24):
        place.advance(moment(11, 23, hours))
        if hours % 24 in counts:
            counts[hours % 24].append(sum(place.occupied.values()))
    assert fmean(counts[10]) > 2 * fmean(counts[3])


@given(st.integers(0, 1000), st.sampled_from(["air", "parking"]), st.floats(0, 4000))
@settings(max_examples=60, deadline=None)
def test_battery_and_signal_stay_in_their_ranges(seed: int, kind: str, days: float) -> None:
    device = Device(seed, "sensor-one", "air" if kind == "air" else "parking")
    t = moment(1) + days * clock.DAY_S
    assert 0 <= device.battery(t) <= 100
    assert DEVICE_PROPERTIES["rssi"].low <= device.rssi(t) < -40


def test_cell_of_a_bay_only_empties_and_a_panel_fills_by_day() -> None:
    bay, station = Device(1, "bay", "parking"), Device(1, "station", "air")
    levels = [bay.battery(moment(1) + day * clock.DAY_S) for day in range(30)]
    assert levels == sorted(levels, reverse=True)
    assert (
        fmean(station.battery(moment(5, d, 16)) - station.battery(moment(5, d, 4)) for d in range(1, 20)) > 5
    )


@pytest.fixture(scope="module")
def hanoi() -> Catalogue:
    return read()


def some_hours(catalogue: Catalogue, seed: int) -> Iterator[Report]:
    start = datetime(2026, 7, 1, 6, tzinfo=UTC)
    city = City(catalogue, seed, start)
    for step in range(1, 13):
        time = start + timedelta(minutes=10 * step)
        yield from city.changes(time)
        for sensor in city.sensors:
            yield city.report(sensor.id, time)


def test_same_seed_and_times_give_the_same_city(hanoi: Catalogue) -> None:
    first = [document(report) for report in some_hours(hanoi, 7)]
    assert first == [document(report) for report in some_hours(hanoi, 7)]
    assert first != [document(report) for report in some_hours(hanoi, 8)]


def test_every_report_holds_exactly_the_properties_of_its_sensor_in_range(hanoi: Catalogue) -> None:
    sensors = {sensor.id: sensor for sensor in hanoi.sensors}
    seen: dict[str, int] = {}
    for report in some_hours(hanoi, 2):
        assert set(report.values) == set(sensors[report.sensor_id].properties)
        assert report.kind == sensors[report.sensor_id].kind
        assert report.seq == seen.get(report.sensor_id, 0) + 1
        seen[report.sensor_id] = report.seq
        for name, value in report.values.items():
            observed = KINDS[report.kind].properties[name]
            assert observed.low <= value <= observed.high
    assert seen.keys() == sensors.keys()


def test_place_counts_the_cars_in_its_bays(hanoi: Catalogue) -> None:
    occupied: dict[str, float] = {}
    places = {s.id: s.place_id for s in hanoi.sensors if "occupied" in s.properties}
    checked = 0
    for report in some_hours(hanoi, 3):
        if "occupied" in report.values:
            occupied[report.sensor_id] = report.values["occupied"]
        elif "occupied_count" in report.values and len(occupied) == len(places):
            bays = [bay for bay, place in places.items() if place == report.sensor_id]
            assert report.values["occupied_count"] == sum(occupied[bay] for bay in bays)
            checked += 1
    assert checked > 100


def test_storm_reaches_gauges_at_once_and_streets_later(hanoi: Catalogue) -> None:
    start = datetime(2026, 12, 1, tzinfo=UTC)
    city = City(hanoi, 1, start)
    city.start_storm(start)
    gauges = [s.id for s in city.sensors if s.kind == "rain"]
    streets = [s.id for s in city.sensors if s.kind == "flood"]
    rain = [city.report(s, start + timedelta(minutes=10)).values["rain"] for s in gauges]
    dry = [city.report(s, start + timedelta(minutes=10)).values["depth"] for s in streets]
    wet = [city.report(s, start + timedelta(minutes=50)).values["depth"] for s in streets]
    assert sum(value > 0 for value in rain) > len(gauges) / 2
    assert max(rain) > 5
    assert max(wet) > max(dry) + 5


def test_places_are_kilometres_from_the_middle() -> None:
    x, y = position(105.83 + 0.1, 21.03 + 0.1)
    assert (x, y) == (pytest.approx(10.4, abs=0.1), pytest.approx(11.07, abs=0.05))


def test_naive_times_are_refused() -> None:
    with pytest.raises(ValueError, match="offset"):
        clock.seconds(datetime(2026, 1, 1))  # noqa: DTZ001 - the fault under test
