"""Air, rain, streets and lake of the simulated city: what makes them believable."""

from datetime import datetime
from statistics import fmean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cityhub.catalogue import Sensor
from cityhub.kinds import KINDS
from simulators.city import clock
from simulators.city.air import FORMULAS, Air, traffic
from simulators.city.flood import Flood, threshold
from simulators.city.rain import Cell, Gauge, RainField
from simulators.city.water import FORMULAS as WATER_FORMULAS
from simulators.city.water import Water
from simulators.city.weather import Weather

AIR = ("pm2_5", "pm10", "no2", "so2", "o3", "co", "temperature", "humidity")
HALF_HOURS = 1800.0


def moment(month: int, day: int = 1, hour: float = 0) -> float:
    return datetime(2026, month, day, tzinfo=clock.HANOI_TIME).timestamp() + hour * 3600


def air(seed: int) -> Air:
    weather = Weather(seed)
    return Air(seed, weather, RainField(seed, weather))


def month_of_air(month: int, seed: int = 1) -> list[tuple[float, dict[str, float]]]:
    model, start = air(seed), moment(month)
    times = [start + step * HALF_HOURS for step in range(48 * 28)]
    return [(t, model.values("air-one", AIR, t)) for t in times]


def mean_at(rows: list[tuple[float, dict[str, float]]], name: str, hours: set[int]) -> float:
    return fmean(v[name] for t, v in rows if int(clock.hour(t)) in hours and clock.weekday(t) < 5)


@pytest.mark.parametrize("month", [1, 4, 7, 10])
def test_rush_hours_have_more_particles_and_no2_than_the_night(month: int) -> None:
    rows = month_of_air(month)
    for name in ("pm2_5", "no2", "co"):
        night = mean_at(rows, name, {1, 2, 3})
        assert mean_at(rows, name, {7, 8}) > night
        assert mean_at(rows, name, {17, 18}) > night


def test_ozone_is_highest_in_the_afternoon_and_runs_against_no2() -> None:
    rows = month_of_air(6)
    assert mean_at(rows, "o3", {12, 13, 14}) > 2 * mean_at(rows, "o3", {7, 18})
    assert mean_at(rows, "no2", {12, 13, 14}) < mean_at(rows, "no2", {7, 18})


def test_winter_air_holds_more_particles_than_summer_air() -> None:
    winter = fmean(v["pm2_5"] for _, v in month_of_air(12))
    summer = fmean(v["pm2_5"] for _, v in month_of_air(7))
    assert winter > 1.8 * summer
    assert 40 < winter < 130
    assert 8 < summer < 40


def test_weekend_rush_is_weaker() -> None:
    monday, sunday = moment(11, 23, 8), moment(11, 22, 8)
    assert (clock.weekday(monday), clock.weekday(sunday)) == (0, 6)
    assert traffic(monday) > 1.5 * traffic(sunday)


@given(st.integers(0, 50), st.floats(0, 365))
@settings(max_examples=60, deadline=None)
def test_air_stays_plausible_on_every_day_of_the_year(seed: int, day: float) -> None:
    values = air(seed).values("air-one", AIR, moment(1) + day * clock.DAY_S)
    for name, value in values.items():
        observed = KINDS["air"].properties[name]
        assert observed.low <= value <= observed.high
    assert values["pm2_5"] < 400
    assert values["pm10"] >= values["pm2_5"]


def test_a_station_reports_only_what_it_measures() -> None:
    assert air(1).values("air-one", ("pm2_5", "unheard_of"), moment(5)).keys() == {"pm2_5"}


def test_every_property_of_air_and_water_has_a_formula() -> None:
    assert FORMULAS.keys() == KINDS["air"].properties.keys()
    assert WATER_FORMULAS.keys() == KINDS["water"].properties.keys()


def test_stations_share_the_region_but_differ() -> None:
    model = air(3)
    times = [moment(1) + hours * 3600 for hours in range(24 * 20)]
    one = [model.values("air-one", AIR, t)["pm2_5"] for t in times]
    two = [model.values("air-two", AIR, t)["pm2_5"] for t in times]
    assert one != two
    top = sorted(range(len(one)), key=lambda i: one[i])[-48:]
    assert fmean(two[i] for i in top) > 1.2 * fmean(two)


def test_rain_washes_particles_out() -> None:
    weather = Weather(1)
    dry, wet = RainField(1, weather), RainField(1, weather)
    noon = moment(12, 5, 12)
    wet.add_storm(noon - 3600)
    there = Air(1, weather, wet).values("air-one", AIR, noon)["pm2_5"]
    assert there < 0.7 * Air(1, weather, dry).values("air-one", AIR, noon)["pm2_5"]


@given(st.integers(0, 1000), st.floats(0, 365), st.floats(-15, 15), st.floats(-15, 15), st.floats(1, 7200))
@settings(max_examples=60, deadline=None)
def test_rain_is_never_negative(seed: int, day: float, x: float, y: float, seconds: float) -> None:
    field, t = RainField(seed, Weather(seed)), moment(1) + day * clock.DAY_S
    assert field.intensity(x, y, t) >= 0
    assert 0 <= field.amount(x, y, t, t + seconds) <= 100


def test_summers_are_wet_and_most_reports_are_dry() -> None:
    totals = {}
    for month in (1, 7):
        field = RainField(5, Weather(5))
        gauge = Gauge(0.0, 0.0, moment(month))
        found = [gauge.collect(field, moment(month) + 600.0 * step) for step in range(144 * 28)]
        totals[month] = sum(found)
        assert sum(value == 0 for value in found) > 0.7 * len(found)
    assert totals[7] > 3 * totals[1]
    assert 40 < totals[7] < 900


def test_gauge_gives_whole_tenths_and_loses_no_rain() -> None:
    weather = Weather(1)
    field, often, seldom = RainField(1, weather), Gauge(0, 0, moment(2)), Gauge(0, 0, moment(2))
    field.add_storm(moment(2))
    found = [often.collect(field, moment(2) + 7.0 * step) for step in range(1, 1201)]
    assert all(round(value * 10) == pytest.approx(value * 10) for value in found)
    assert sum(found) == pytest.approx(seldom.collect(field, moment(2) + 8400), rel=0.02)
    assert sum(found) > 40


def test_cell_moves_with_its_wind_and_dies() -> None:
    cell = Cell(0, 3600, 600, 0, 0, 0.01, 0, 2.0, 50.0)
    assert cell.intensity(0, 0, 700) > cell.intensity(0, 0, 1500)
    assert cell.intensity(18, 0, 1800) == pytest.approx(50.0)
    assert cell.intensity(36, 0, 3600) == 0
    assert cell.intensity(0, 0, -1) == 0


def test_drizzle_and_storms_of_a_day_depend_on_the_seed_alone() -> None:
    day = clock.day(moment(7, 9))
    first, other = RainField(1, Weather(1)), RainField(2, Weather(2))
    days = range(day, day + 20)
    assert [first.cells(d) for d in days] == [RainField(1, Weather(1)).cells(d) for d in days]
    assert [first.cells(d) for d in days] != [other.cells(d) for d in days]


@pytest.mark.parametrize(
    ("scenario", "expected"),
    [("50-70", 50), ("50_70mm/h", 50), (">100mm/h", 100), ("100", 100), (None, 70), ("?", 70)],
)
def test_flood_threshold_comes_from_the_scenario(scenario: str | None, expected: float) -> None:
    assert threshold(scenario) == expected


def flood_point(name: str, scenario: str) -> Sensor:
    return Sensor(
        id=name,
        kind="flood",
        name_vi=name,
        name_en=name,
        lon=105.83,
        lat=21.03,
        basis="illustrative",
        basis_note="",
        interval_s=600,
        properties=("depth",),
        attributes={"scenario": scenario},
    )


def storm_depths(scenario: str) -> list[float]:
    """Depth each minute from the start of a storm in the dry season, for eight hours."""
    weather = Weather(1)
    field, start, point = RainField(1, weather), moment(12, 2), flood_point("flood-one", scenario)
    flood = Flood(1, [point], field, start)
    field.add_storm(start)
    return [flood.values(point, start + 60.0 * minute)["depth"] for minute in range(480)]


def test_street_floods_after_the_rain_began_and_drains_again() -> None:
    depths = storm_depths("50-70")
    deepest = depths.index(max(depths))
    assert depths[:5] == [0] * 5
    assert max(depths) >= 10
    assert 15 < deepest < 120
    assert depths[-1] == 0
    assert min(depths) == 0


def test_point_of_a_higher_scenario_floods_less() -> None:
    assert max(storm_depths(">100mm/h")) < max(storm_depths("50-70"))


def test_lake_is_warmest_and_richest_in_oxygen_in_the_afternoon() -> None:
    weather = Weather(1)
    water = Water(1, weather, RainField(1, weather))
    names = tuple(KINDS["water"].properties)
    for day in range(1, 28, 3):
        dawn = water.values("water-one", names, moment(5, day, 4))
        afternoon = water.values("water-one", names, moment(5, day, 15.5))
        assert afternoon["temperature"] > dawn["temperature"]
        assert afternoon["dissolved_oxygen"] > dawn["dissolved_oxygen"]
        for name, value in (dawn | afternoon).items():
            observed = KINDS["water"].properties[name]
            assert observed.low <= value <= observed.high
