"""A sensor beside its neighbours: real hours of Beijing and Hanoi, and what must hold of any."""

import csv
import gzip
from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhub.catalogue import REPLAY_CATALOGUE, read
from cityhub.observing.neighbours import (
    RULES,
    Comparison,
    Rule,
    SensorHour,
    compare,
    distance_km,
    dry_in_a_storm,
    stands_out,
    words,
)

PM2_5, PM10, RAIN = RULES
_BEIJING = timezone(timedelta(hours=8))
_HOUR = datetime(2026, 11, 22, 10, tzinfo=timezone(timedelta(hours=7)))

Season = tuple[list[SensorHour], dict[int, str]]


def _season(shared_data: Path, season: str, column: str, rule: Rule) -> list[tuple[str, Comparison]]:
    """Every comparison of a quarter of a year of the twelve Beijing stations."""
    sensors = {
        one.attributes["source_name"]: one for one in read(REPLAY_CATALOGUE).sensors if one.kind == rule.kind
    }
    names: dict[int, str] = {}
    hours = []
    with gzip.open(shared_data / f"prsa_beijing_12st_2016{season}.csv.gz", "rt") as file:
        for row in csv.DictReader(file):
            if row[column] in ("", "NA"):
                continue
            sensor = sensors[row["station"]]
            number = sorted(sensors).index(row["station"])
            names[number] = row["station"]
            time = datetime(*(int(row[part]) for part in ("year", "month", "day", "hour")), tzinfo=_BEIJING)  # type: ignore[misc,arg-type]
            value = float(row[column])
            hours.append(SensorHour(number, time, sensor.lat, sensor.lon, sensor.interval_s, 1, value))
    return [(names[one.datastream_id], one) for one in compare(rule, hours)]


def _apart(compared: Iterable[tuple[str, Comparison]]) -> dict[tuple[str, str], tuple[float, float, int]]:
    return {
        (name, f"{one.hour:%Y-%m-%d %H}"): (one.figure, one.median, one.neighbours)
        for name, one in compared
        if one.differs
    }


def test_in_a_summer_of_beijing_one_station_stands_out_in_three_hours(shared_data: Path) -> None:
    compared = _season(shared_data, "JJA", "PM2.5", PM2_5)
    assert _apart(compared) == {
        ("Wanshouxigong", "2016-07-26 05"): (247, 9, 3),
        ("Wanshouxigong", "2016-07-26 06"): (76, 8, 3),
        ("Wanshouxigong", "2016-07-26 08"): (142, 6, 3),
    }
    # Six stations have three others within 10 km.
    assert len(compared) == 12256


def test_in_a_winter_of_beijing_stations_stand_out_where_smog_leaves_one_part_of_the_town_first(
    shared_data: Path,
) -> None:
    apart = _apart(_season(shared_data, "DJF", "PM2.5", PM2_5))
    assert apart["Wanshouxigong", "2017-01-02 10"] == (362, 17, 3)
    assert apart["Tiantan", "2017-01-02 10"] == (161, 17, 4)
    # They are 5 km apart and both south of the others: marked, not called wrong.
    assert len(apart) == 18
    assert {station for station, _ in apart} == {"Wanshouxigong", "Tiantan", "Nongzhanguan"}


def test_pm10_that_stands_out_is_found_too(shared_data: Path) -> None:
    apart = _apart(_season(shared_data, "JJA", "PM10", PM10))
    assert apart["Aotizhongxin", "2016-07-25 10"] == (450, 24, 3)
    assert len(apart) == 9


def test_one_gauge_s_rain_handed_on_to_six_stations_is_no_evidence(shared_data: Path) -> None:
    wide = Rule("rain", "rain", 20, dry_in_a_storm)
    compared = {
        (name, f"{one.hour:%m-%d %H}"): one for name, one in _season(shared_data, "JJA", "RAIN", wide)
    }
    dry = compared["Wanliu", "07-23 22"]
    # Six stations say 15.3 mm, Gucheng none.
    assert (dry.figure, dry.median, dry.neighbours, dry.differs) == (0, 15.3, 7, False)
    assert not compared["Wanliu", "06-10 16"].differs
    assert not any(one.differs for one in compared.values())


def test_the_beijing_gauges_are_too_far_apart_to_be_compared(shared_data: Path) -> None:
    assert _season(shared_data, "JJA", "RAIN", RAIN) == []


def _hsdc_storm(shared_data: Path) -> dict[str, SensorHour]:
    """The rain of one storm at Hanoi's gauges as the drainage company reported it, as if it were one hour's."""
    gauges = {one.name_vi: one for one in read().sensors if one.kind == "rain"}
    spelt = {"Ha Bà Trưng": "Hai Bà Trưng", "Mỗ Lao": "Mộ Lao"}
    found = {}
    with (shared_data / "hsdc_rain_report_2019.csv").open(encoding="utf-8") as file:
        for number, row in enumerate(csv.DictReader(file)):
            if row["rain_mm"]:
                gauge = gauges[spelt.get(row["gauge_vi"], row["gauge_vi"])]
                amount = float(row["rain_mm"])
                found[gauge.id] = SensorHour(
                    number, _HOUR, gauge.lat, gauge.lon, gauge.interval_s, 60, amount
                )
    return found


def test_in_a_real_storm_over_hanoi_a_gauge_with_little_rain_is_not_called_dry(shared_data: Path) -> None:
    storm = _hsdc_storm(shared_data)
    compared = {one.datastream_id: one for one in compare(RAIN, storm.values())}
    hoan_kiem = compared[storm["rain-hoan-kiem"].datastream_id]
    assert (hoan_kiem.figure, hoan_kiem.differs) == (1.3, False)
    assert hoan_kiem.median > 20
    assert not any(one.differs for one in compared.values())


def test_had_a_gauge_been_dry_in_that_storm_it_would_be_marked(shared_data: Path) -> None:
    storm = _hsdc_storm(shared_data)
    marked = set()
    for id, hour in storm.items():
        dry = SensorHour(hour.datastream_id, _HOUR, hour.lat, hour.lon, hour.interval_s, 60, 0)
        compared = compare(RAIN, (storm | {id: dry}).values())
        apart = {one.datastream_id for one in compared if one.differs}
        assert apart <= {hour.datastream_id}
        marked |= {id} if apart else set()
    assert {"rain-hoan-kiem", "rain-ba-dinh", "rain-tan-mai"} <= marked
    # Nobody is near enough to tell.
    assert "rain-ba-vi" not in marked


def _ring(figures: list[float], *, n: int = 60, lat: float = 21.03) -> list[SensorHour]:
    """Sensors 1.1 km from each other, to the north; the first is number 0."""
    return [
        SensorHour(id, _HOUR, lat + 0.01 * id, 105.85, 60, n, figure * n) for id, figure in enumerate(figures)
    ]


def _differs(rule: Rule, measured: Iterable[SensorHour]) -> list[int]:
    return sorted(one.datastream_id for one in compare(rule, measured) if one.differs)


@pytest.mark.parametrize(
    ("figure", "others", "differs"),
    [
        (100, [20, 20, 20], True),
        (99.9, [20, 20, 20], False),  # not five times
        (59, [10, 10, 10], False),  # five times, but not 50 above
        (60, [10, 10, 10], True),
        (50, [0, 0, 0], True),
        (400, [20, 90, 300], False),  # they do not agree with each other either
    ],
)
def test_particles_stand_out_at_five_times_the_median_and_50_above(
    figure: float, others: list[float], differs: bool
) -> None:
    assert stands_out(figure, others) is differs


@pytest.mark.parametrize(
    ("figure", "others", "differs"),
    [
        (0, [10, 12, 15], True),
        (0, [9.9, 12, 15], False),
        (0.1, [10, 12, 15], False),  # little is not nothing
        (0, [12, 12, 12, 12], False),  # one gauge's word
        (0, [12, 12, 15, 20], True),
        (0, [10, 12, 15, 0], True),  # another one that may be blocked
        (0, [10, 12, 15, 0, 0, 0, 0], False),  # the edge of the storm
        (0, [], False),
    ],
)
def test_a_gauge_is_dry_in_a_storm_when_three_gauges_around_measured_one(
    figure: float, others: list[float], differs: bool
) -> None:
    assert dry_in_a_storm(figure, others) is differs


def test_two_neighbours_are_not_enough() -> None:
    assert compare(PM2_5, _ring([500, 10, 10])) == []
    assert _differs(PM2_5, _ring([500, 10, 10, 10])) == [0]


def test_a_sensor_far_away_is_no_neighbour() -> None:
    far = SensorHour(9, _HOUR, 21.03 - 0.10, 105.85, 60, 60, 600)  # 11 km
    assert compare(PM2_5, [*_ring([500, 10, 10]), far]) == []


def test_a_sensor_that_hardly_reported_is_neither_judged_nor_asked() -> None:
    silent = SensorHour(0, _HOUR, 21.03, 105.85, 60, 29, 0)
    wet = _ring([0, 20, 21, 22])[1:]
    assert compare(RAIN, [silent, *wet]) == []
    assert _differs(RAIN, [SensorHour(0, _HOUR, 21.03, 105.85, 60, 30, 0), *wet]) == [0]


def test_hours_are_compared_one_by_one() -> None:
    later = [
        SensorHour(one.datastream_id, _HOUR + timedelta(hours=1), one.lat, one.lon, 60, 60, 600)
        for one in _ring([1, 1, 1, 1])
    ]
    compared = compare(PM2_5, [*_ring([500, 10, 10, 10]), *later])
    assert [one.hour for one in compared if one.differs] == [_HOUR]
    assert len(compared) == 8


def test_the_record_tells_the_figures() -> None:
    [odd] = [one for one in compare(PM2_5, _ring([500, 10, 11, 12])) if one.differs]
    assert words(PM2_5, odd) == (
        "PM2.5, hourly mean 500.0 µg/m³; median of 3 neighbours within 10 km 11.0 µg/m³"
    )
    [dry] = [one for one in compare(RAIN, _ring([0, 0.2, 0.3, 0.4])) if one.differs]
    assert words(RAIN, dry) == "Rain, hourly sum 0.0 mm; median of 3 neighbours within 5 km 18.0 mm"


def test_a_degree_of_latitude_is_111_km() -> None:
    assert distance_km((10, 105), (11, 105)) == pytest.approx(111.195, abs=0.001)


_FIGURES = st.lists(st.floats(0, 2000), min_size=4, max_size=9)


@given(_FIGURES, st.randoms(use_true_random=False))
def test_the_order_of_sensors_does_not_matter(figures: list[float], random: object) -> None:
    for rule in RULES:
        straight = _ring(figures, n=60)
        mixed = list(straight)
        random.shuffle(mixed)  # type: ignore[attr-defined]
        assert _differs(rule, mixed) == _differs(rule, straight)


@given(st.floats(0, 2000), st.integers(4, 9))
def test_a_sensor_that_says_what_its_neighbours_say_is_never_marked(figure: float, count: int) -> None:
    for rule in RULES:
        assert _differs(rule, _ring([figure] * count)) == []


@given(_FIGURES, st.integers(1, 8))
def test_what_stands_out_still_does_when_all_is_dirtier_by_a_factor(
    figures: list[float], doublings: int
) -> None:
    # Doubling is exact, so the ratio stays what it was.
    dirtier = [figure * 2**doublings for figure in figures]
    assert set(_differs(PM2_5, _ring(figures, n=64))) <= set(_differs(PM2_5, _ring(dirtier, n=64)))


@given(_FIGURES)
def test_never_more_than_half_of_a_neighbourhood_stands_out(figures: list[float]) -> None:
    # All within 10 km of each other: who stands out is above the median of the others.
    assert len(_differs(PM2_5, _ring(figures))) <= len(figures) / 2
