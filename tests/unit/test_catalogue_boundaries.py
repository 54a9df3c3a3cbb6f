"""Which area a point lies in, and how areas are named, without any file."""

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhub.catalogue.area_names import old_district, rank_named, read_name, read_names, slug
from cityhub.catalogue.membership import assign


def square(area_id: str, west: float, south: float) -> tuple[str, dict[str, Any]]:
    corners = [(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)]
    return area_id, {"type": "Polygon", "coordinates": [[[west + x, south + y] for x, y in corners]]}


def test_a_point_gets_the_area_it_lies_in() -> None:
    areas = [square("west", 105, 21), square("east", 106, 21)]
    points = {"a": (105.5, 21.5), "b": (106.5, 21.5), "far": (100.0, 21.5)}
    assert assign(areas, points) == {"a": "west", "b": "east"}


@pytest.mark.parametrize("order", [1, -1])
def test_a_point_on_a_border_gets_the_first_area_by_id(order: int) -> None:
    areas = [square("west", 105, 21), square("east", 106, 21)][::order]
    assert assign(areas, {"border": (106.0, 21.5)}) == {"border": "east"}


def test_nothing_to_assign_is_no_error() -> None:
    assert assign([], {"a": (105.5, 21.5)}) == {}
    assert assign([square("west", 105, 21)], {}) == {}


@pytest.mark.parametrize(
    "written",
    [
        "Ba Dinh",
        "Ba Đình",
        "Quận Ba Đình",
        "Ba Dinh District",
        "BA DINH",
        "BaDinh",
        " ba  dinh ",
        "Q.Ba Đình",
    ],
)
def test_the_old_districts_get_their_proper_names(written: str) -> None:
    name = old_district(read_name(written).vi)
    assert name is not None
    assert (name.vi, name.en, name.full_vi) == ("Ba Đình", "Ba Dinh", "Quận Ba Đình")


@pytest.mark.parametrize(
    ("written", "name", "full_name", "full_name_en", "level"),
    [
        ("Q. Cầu Giấy", "Cầu Giấy", "Quận Cầu Giấy", "Cau Giay District", "district"),
        ("Q.Đống Đa", "Đống Đa", "Quận Đống Đa", "Dong Da District", "district"),
        ("QUẬN CẦU GIẤY", "Cầu Giấy", "Quận Cầu Giấy", "Cau Giay District", "district"),
        ("TX. Sơn Tây", "Sơn Tây", "Thị xã Sơn Tây", "Son Tay Town", "district"),
        ("T.X. Sơn Tây", "Sơn Tây", "Thị xã Sơn Tây", "Son Tay Town", "district"),
        ("H. Ba Vì", "Ba Vì", "Huyện Ba Vì", "Ba Vi District", "district"),
        ("huyện Ba Vì", "Ba Vì", "Huyện Ba Vì", "Ba Vi District", "district"),
        ("Q1", "1", "Quận 1", "District 1", "district"),
        ("Phường Cửa Nam", "Cửa Nam", "Phường Cửa Nam", "Cua Nam Ward", "ward"),
        ("P. Cửa Nam", "Cửa Nam", "Phường Cửa Nam", "Cua Nam Ward", "ward"),
        ("P.12", "12", "Phường 12", "Ward 12", "ward"),
        ("Xã Ô Diên", "Ô Diên", "Xã Ô Diên", "O Dien Commune", "ward"),
        ("XÃ HÒA LẠC", "Hòa Lạc", "Xã Hòa Lạc", "Hoa Lac Commune", "ward"),
        ("TT. Sóc Sơn", "Sóc Sơn", "Thị trấn Sóc Sơn", "Soc Son Township", "ward"),
        ("Cua Nam Ward", "Cua Nam", "Phường Cua Nam", "Cua Nam Ward", "ward"),
        ("T. Hưng Yên", "Hưng Yên", "Tỉnh Hưng Yên", "Hung Yen Province", "province"),
        ("Thôn Đông", "Đông", "Thôn Đông", "Dong Village", "quarter"),
    ],
)
def test_a_rank_is_told_from_the_name(
    written: str, name: str, full_name: str, full_name_en: str, level: str
) -> None:
    read = read_name(written)
    assert (read.vi, read.full_vi, read.full_en) == (name, full_name, full_name_en)
    assert read.rank is not None
    assert read.rank.levels == (level,)


def test_a_name_in_parts_is_put_together() -> None:
    read = read_name(unicodedata.normalize("NFD", "Thị trấn\u00a0 Quốc\u200b Oai\x00"))
    assert (read.full_vi, read.full_en) == ("Thị trấn Quốc Oai", "Quoc Oai Township")


@pytest.mark.parametrize(
    "written", ["Quan Hoa", "Phuong Mai", "Xa La", "Tứ Liên", "Hàng Bạc", "Thị Cầu", "Todmorden", "P"]
)
def test_a_name_that_begins_like_a_rank_is_kept(written: str) -> None:
    assert (read_name(written).full_vi, read_name(written).rank) == (written, None)


def test_ranks_without_marks_are_believed_where_all_names_have_one() -> None:
    ranked = read_names(["Phuong Cua Nam", "Phuong Mai", "Xa Ba Vi"])
    assert [name.full_vi for name in ranked] == ["Phường Cua Nam", "Phường Mai", "Xã Ba Vì"]
    mixed = read_names(["Cua Nam", "Phuong Mai", "Ba Vi"])
    assert [name.full_vi for name in mixed] == ["Cua Nam", "Phuong Mai", "Ba Vì"]


def test_abbreviations_without_a_dot_are_believed_where_all_names_have_a_rank() -> None:
    ranked = read_names(["Tp Thủ Đức", "Thị xã Sơn Tây", "Q Ba Đình", "H. Ba Vì"])
    assert [name.full_vi for name in ranked] == [
        "Thành phố Thủ Đức",
        "Thị xã Sơn Tây",
        "Quận Ba Đình",
        "Huyện Ba Vì",
    ]


def test_an_unknown_name_is_kept_as_it_is() -> None:
    assert read_name("Todmorden").full_en == "Todmorden"
    assert old_district("Todmorden") is None


@pytest.mark.parametrize(
    ("text", "rank"),
    [("Phường", "Phường"), ("phuong", "Phường"), ("P.", "Phường"), ("Thi xa", "Thị xã"), ("Ward", "Phường")],
)
def test_a_rank_is_known_by_itself(text: str, rank: str) -> None:
    found = rank_named(text)
    assert found is not None
    assert found.vi == rank
    assert rank_named(text + " Cửa Nam") is None


@given(st.text(max_size=40))
def test_any_name_is_read_and_shows_no_control_character(name: str) -> None:
    read = read_name(name)
    assert all(sign.isprintable() for sign in read.full_vi + read.full_en)


@given(st.text(max_size=40))
def test_any_name_gives_a_slug_of_plain_letters(name: str) -> None:
    assert set(slug(name)) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert slug(slug(name)) == slug(name)
