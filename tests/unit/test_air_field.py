"""Air between stations: exact at the stations' own scale, honest about what nobody knows, valid as drawings."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import shape

from cityhub.air.breakpoints import sub_index
from cityhub.air.categories import category
from cityhub.air.contours import category_of, contours, thresholds
from cityhub.air.field import (
    LEAST_STATIONS,
    METHOD,
    MOST_STATIONS,
    MOST_VARIANCE,
    Field,
    Plane,
    Station,
    kriging,
    within_reach,
)
from tools.bench import air as bench

# Four stations some 5 km apart.
CITY = [
    Station(105.80, 21.00, 5.0),
    Station(105.85, 21.00, 40.0),
    Station(105.80, 21.05, 60.0),
    Station(105.85, 21.05, 120.0),
]


def point(lon: float, lat: float, field: Field) -> Any:
    return field.plane.points(np.array([lon]), np.array([lat]))


def test_weights_add_up_to_one_and_favour_who_is_near() -> None:
    stations = np.array([(0.0, 0.0), (1.0, 0.0), (8.0, 0.0)])
    weights, variance = kriging(stations, np.array([(0.2, 0.0)]))
    assert weights.sum() == pytest.approx(1)
    assert weights[0].argmax() == 0
    assert 0 < variance[0] < MOST_VARIANCE


def test_two_stations_side_by_side_do_not_count_twice() -> None:
    """The middle of a pair and a single one, as far away: the single one has nearly as much weight as the pair."""
    pair = np.array([(-5.0, 0.0), (-5.0, 0.1), (5.0, 0.0)])
    weights, _ = kriging(pair, np.array([(0.0, 0.0)]))
    assert weights[0, 2] > 0.45


def test_a_place_far_from_every_station_is_not_known() -> None:
    field = Field(CITY)
    assert field.at(point(105.825, 21.025, field)).is_known.all()
    assert field.at(point(105.80, 21.00, field)).is_known.all()
    assert not field.at(point(105.95, 21.00, field)).is_known.any()


def test_a_station_alone_is_known_some_kilometres_around() -> None:
    far = [Station(105.0 + number, 21.0 + number % 2, 20.0) for number in range(4)]
    field = Field(far)
    km = np.array([field.points[0] + (distance, 0.0) for distance in (3.0, 5.0, 8.0, 12.0)])
    assert field.at(km).is_known.tolist() == [True, True, False, False]


def test_stations_that_agree_make_a_field_that_agrees() -> None:
    field = Field([Station(one.lon, one.lat, 30.0) for one in CITY])
    [only] = contours(field)
    assert only.category.name == "moderate"
    assert field.error() == pytest.approx(0)


def test_three_stations_are_too_few() -> None:
    with pytest.raises(ValueError, match="3 stations"):
        Field(CITY[: LEAST_STATIONS - 1])


def test_a_station_of_another_city_is_left_out() -> None:
    beijing = Station(116.4, 39.9, 300.0)
    assert within_reach([*CITY, beijing]) == CITY
    assert within_reach([]) == []


def test_classes_begin_where_the_decision_says() -> None:
    assert thresholds() == [25, 50, 80, 150, 250]
    for concentration in thresholds():
        index = sub_index("pm2_5", concentration)
        assert index is not None
        # The same as beside a station's index.
        assert category_of(concentration) == category(round(index))
        assert category_of(concentration + 0.5) == category(round(index) + 1)


def test_contours_lie_beside_each_other_and_hold_their_stations() -> None:
    drawn = {one.category.name: shape(one.geometry) for one in contours(Field(CITY))}
    assert list(drawn) == ["good", "moderate", "poor", "unhealthy"]
    for station, name in zip(CITY, drawn, strict=True):
        assert drawn[name].contains(shapely.Point(station.lon, station.lat))


def test_a_field_of_thousands_of_stations_is_made_of_blocks() -> None:
    noise = np.random.default_rng(1)
    many = [Station(105.7 + 0.3 * x, 20.9 + 0.2 * y, 30 + 20 * x) for x, y in noise.uniform(size=(3000, 2))]
    field = Field(many)
    assert LEAST_STATIONS <= len(field.points) <= MOST_STATIONS
    assert field.at(point(105.85, 21.0, field)).values[0] == pytest.approx(40, abs=2)


def test_two_devices_at_one_place_are_no_fault() -> None:
    field = Field([*CITY, Station(105.80, 21.00, 30.0)])
    assert 5 < field.at(point(105.80, 21.00, field)).values[0] < 30


placed = st.lists(
    st.builds(Station, st.floats(105.7, 105.9), st.floats(20.9, 21.1), st.floats(0, 600)),
    min_size=LEAST_STATIONS,
    max_size=12,
)


@settings(max_examples=25)
@given(placed)
def test_whatever_is_measured_the_drawing_is_valid_and_nothing_is_drawn_twice(
    stations: list[Station],
) -> None:
    field = Field(stations)
    drawn = contours(field)
    shapes = [shape(one.geometry) for one in drawn]
    for one, figure in zip(drawn, shapes, strict=True):
        assert figure.is_valid
        assert figure.geom_type == "MultiPolygon"
        assert one.low < (one.high or np.inf)
        for part in figure.geoms:
            assert part.exterior.is_ccw
            # In the middle of a part the field is known and of its class, but for the width of a square.
            [values], [known] = _looked_up(field, part.representative_point())
            assert known <= MOST_VARIANCE * 1.1
            assert values >= 0
    for number, figure in enumerate(shapes):
        for other in shapes[:number]:
            assert figure.intersection(other).area < 1e-6 * (figure.area + other.area) + 1e-9


def _looked_up(field: Field, place: Any) -> tuple[Any, Any]:
    estimate = field.at(point(place.x, place.y, field))
    return estimate.values, estimate.variance


@pytest.mark.parametrize("season", ["JJA", "DJF"])
def test_kriging_has_the_least_error_on_twelve_real_stations(shared_data: Path, season: str) -> None:
    hours = bench.hours_of(shared_data / f"prsa_beijing_12st_2016{season}.csv.gz", "prsa")
    methods = bench.between(hours)
    assert methods[0].method == METHOD
    errors = {one.method: one.mae for one in methods}
    assert errors[METHOD] < 0.95 * errors["inverse distance squared"]
    assert errors[METHOD] < 0.75 * errors["mean of the others"]


def test_a_plane_leads_there_and_back() -> None:
    plane = Plane(105.8, 21.0)
    lon, lat = np.array([105.7, 105.9]), np.array([20.9, 21.1])
    there = plane.positions(plane.points(lon, lat))
    np.testing.assert_allclose(there, np.column_stack([lon, lat]))
