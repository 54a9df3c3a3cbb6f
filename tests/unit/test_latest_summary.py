"""A kind in one figure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhub.kinds import KINDS, KindName
from cityhub.kinds.model import Card, Kind
from cityhub.latest import GREY, Feature, Summary, summary
from cityhub.latest.sensors import features
from cityhub.model import Reading, SensorState
from cityhub.parking import features as parking
from tests.sites import place_row, sensor_row

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
LONG_AGO = datetime(2026, 11, 20, tzinfo=UTC)


def sites(kind: Kind, values: Mapping[str, float | None], at: datetime = NOW) -> list[Feature]:
    """Sensors called Điểm <id>, `Point <id>` in English, that measured these values of what their kind can show."""
    states = []
    shown = kind.instead or kind
    for name, value in values.items():
        row = sensor_row(f"site-{name}", kind=kind.name, name_vi=f"Điểm {name}", name_en=f"Point {name}")
        readings = () if value is None else (Reading(shown.headline, shown.headline_unit, at, value, 0),)
        states.append(SensorState(row, readings))
    return features(kind, states, NOW)


def summed(name: KindName, values: Mapping[str, float | None]) -> Summary:
    return summary(KINDS[name], sites(KINDS[name], values))


def test_air_is_its_worst_index_where_a_station_has_one() -> None:
    indexed = replace(KINDS["air"], instead=None)
    measured = sites(KINDS["air"], {"a": 300.0})
    told = summary(KINDS["air"], [*measured, *sites(indexed, {"b": 101, "c": 42})])
    assert (told.value, told.unit, told.decimals, told.color) == (101, "", 0, "#ff7e00")
    assert (told.detail, told.detail_en) == ("Điểm b: Kém (101–150)", "Point b: Poor (101–150)")
    assert (told.online, told.total) == (3, 3)


def test_air_without_any_index_is_the_median_and_names_the_worst_station() -> None:
    told = summed("air", {"a": 10.0, "b": 60.0, "c": 30.0})
    assert (told.value, told.unit, told.decimals, told.color) == (30.0, "µg/m³", 1, "#ffff00")
    assert (told.caption, told.caption_en) == ("PM2.5, trung vị các trạm", "PM2.5, median of the stations")
    assert (told.detail, told.detail_en) == ("Điểm b: 60 µg/m³", "Point b: 60 µg/m³")
    assert (told.online, told.total) == (3, 3)


def test_a_median_between_two_stations_has_the_colour_of_the_nearer_one() -> None:
    told = summed("air", {"a": 10.0, "b": 200.0})
    assert told.value == 105.0
    assert told.color == "#00e400"


def test_a_mean_of_two_is_not_sent_as_a_raw_float() -> None:
    assert summed("air", {"a": 50.6, "b": 50.8}).value == 50.7


def test_numbers_in_sentences_are_written_as_the_language_does() -> None:
    told = summed("air", {"a": 1234.56})
    assert told.detail == "Điểm a: 1.234,6 µg/m³"
    assert told.detail_en == "Point a: 1,234.6 µg/m³"


def test_flood_counts_points_that_reach_the_threshold_and_tells_the_deepest_in_whole_centimetres() -> None:
    told = summed("flood", {"a": 9.9, "b": 10.0, "c": 24.5})
    assert (told.value, told.unit, told.decimals) == (2, "", 0)
    assert told.detail == "Sâu nhất: 25 cm tại Điểm c"
    dry = summed("flood", {"a": 9.9})
    assert (dry.value, dry.detail) == (0, "Không điểm nào ngập từ 10 cm trở lên")


def test_water_tells_the_place_with_the_least_oxygen_even_at_0() -> None:
    told = summed("water", {"a": 6.5, "b": 0.0})
    assert (told.value, told.detail, told.color) == (0.0, "Tại Điểm b", "#ff0000")


def test_parking_adds_up_what_is_free_of_places_whose_state_is_known() -> None:
    places = [place_row("full", 2), place_row("open", 14), place_row("silent", 100)]
    counters = [
        SensorState(
            sensor_row(id, kind="parking", place_id=id, capacity=capacity),
            (Reading("occupied_count", "", NOW, count, 0),),
        )
        for id, capacity, count in (("full", 2, 2.0), ("open", 14, 3.0))
    ]
    told = summary(KINDS["parking"], parking.features(counters, places, NOW))
    assert (told.value, told.unit) == (11, "")
    assert (told.caption, told.detail) == ("chỗ trống trên 16 chỗ", "1/2 bãi hết chỗ")
    assert (told.online, told.total) == (2, 3)


@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS.values() if kind.name != "parking"], ids=lambda k: k.name
)
def test_without_anything_measured_there_is_no_figure_and_no_0(kind: Kind) -> None:
    for found in ([], sites(kind, {"a": None}), sites(kind, {"a": 5.0}, LONG_AGO)):
        told = summary(kind, found)
        assert (told.value, told.color, told.caption, told.detail) == (None, GREY, "", "")
        assert (told.online, told.total) == (0, len(found))


def test_a_kind_that_says_nothing_of_its_card_shows_the_highest_and_where() -> None:
    noise = replace(
        KINDS["air"].instead or KINDS["air"], headline_vi="Mức ồn", headline_en="Noise level", card=Card()
    )
    told = summary(noise, sites(noise, {"a": 55.0, "b": 71.2}))
    assert (told.value, told.caption, told.caption_en) == (
        71.2,
        "Mức ồn, nơi cao nhất",
        "Noise level, highest place",
    )
    assert (told.detail, told.detail_en) == ("Tại Điểm b", "At Point b")


FIGURES: Sequence[KindName] = ("air", "flood", "water")


@given(
    st.sampled_from(FIGURES), st.dictionaries(st.from_regex("[a-z]{1,8}", fullmatch=True), st.floats(0, 300))
)
def test_a_figure_lies_among_those_of_the_sites_and_its_texts_have_no_blanks_left(
    name: KindName, values: dict[str, float]
) -> None:
    told = summed(name, values)
    assert (told.value is None) is (not values)
    if told.value is not None:
        low, high = (0, len(values)) if name == "flood" else (min(values.values()), max(values.values()))
        assert low - 0.001 <= told.value <= high + 0.001
        assert not set("{}") & set(told.caption + told.detail + told.caption_en + told.detail_en)
