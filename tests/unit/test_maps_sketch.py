"""The small drawings of the first page."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhub.kinds import KINDS, KindName
from maps import base
from maps.sketch import HEIGHT, WIDTH, View, shapes, view_of


def test_the_corners_of_a_view_are_the_corners_of_the_drawing() -> None:
    view = View(105.8, 21.0, 0.2)
    assert view.point(view.west, view.north) == (0, 0)
    assert view.point(105.8, 21.0) == (WIDTH / 2, HEIGHT / 2)
    assert view.point(105.9, 21.0)[0] == WIDTH


@given(st.floats(105, 106), st.floats(20, 22))
def test_north_is_up_and_east_is_right(lon: float, lat: float) -> None:
    view = view_of(KINDS["air"])
    x, y = view.point(lon, lat)
    further_x, further_y = view.point(lon + 0.01, lat + 0.01)
    assert further_x > x
    assert further_y < y


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_drawing_with_water_in_it(kind: KindName) -> None:
    drawn = shapes(view_of(KINDS[kind]))
    assert base.WATER_CLASSES & {shape.feature_class for shape in drawn}
    for shape in drawn:
        assert re.fullmatch(r"(M[-\d. Le+]+Z?)+", shape.path)
        assert shape.path.endswith("Z") is shape.is_area


def test_what_lies_outside_is_left_out() -> None:
    assert shapes(View(0, 0, 0.1)) == []


@pytest.mark.parametrize("name", ["Sông Hồng", "Hồ Tây", "Hồ Hoàn Kiếm"])
def test_the_base_layer_has_the_red_river_and_the_lakes(name: str) -> None:
    assert name in {feature["properties"]["name"] for feature in base.water("vi")["features"]}


def test_streets_and_water_share_no_feature_and_miss_none() -> None:
    assert len(base.streets("en")["features"]) + len(base.water("en")["features"]) == len(base.features())
