"""Which district a point lies in, and how a district is named, without any file."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhub.catalogue.boundaries import assign
from cityhub.catalogue.district_names import both_names, slug
from cityhub.catalogue.model import District


def square(district_id: str, west: float, south: float) -> District:
    corners = [(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)]
    ring = [[west + x, south + y] for x, y in corners]
    shape = {"type": "Polygon", "coordinates": [ring]}
    return District(district_id, district_id, district_id, shape, shape)


def test_a_point_gets_the_district_it_lies_in() -> None:
    districts = [square("west", 105, 21), square("east", 106, 21)]
    points = {"a": (105.5, 21.5), "b": (106.5, 21.5), "far": (100.0, 21.5)}
    assert assign(districts, points) == {"a": "west", "b": "east"}


@pytest.mark.parametrize("order", [1, -1])
def test_a_point_on_a_border_gets_the_first_district_by_id(order: int) -> None:
    districts = [square("west", 105, 21), square("east", 106, 21)][::order]
    assert assign(districts, {"border": (106.0, 21.5)}) == {"border": "east"}


def test_nothing_to_assign_is_no_error() -> None:
    assert assign([], {"a": (105.5, 21.5)}) == {}
    assert assign([square("west", 105, 21)], {}) == {}


@pytest.mark.parametrize(
    "written", ["Ba Dinh", "Ba Đình", "Quận Ba Đình", "Ba Dinh District", "BA DINH", "BaDinh", " ba  dinh "]
)
def test_the_old_districts_get_their_proper_names(written: str) -> None:
    assert both_names(written) == ("Ba Đình", "Ba Dinh")


def test_an_unknown_name_is_kept_as_it_is() -> None:
    assert both_names("Phường Ba Đình") == ("Phường Ba Đình", "Phuong Ba Dinh")
    assert both_names("Todmorden") == ("Todmorden", "Todmorden")


@given(st.text(max_size=40))
def test_any_name_gives_a_slug_of_plain_letters(name: str) -> None:
    assert set(slug(name)) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert slug(slug(name)) == slug(name)
