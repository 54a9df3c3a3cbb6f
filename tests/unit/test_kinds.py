"""The table of kinds holds what the contract promises."""

import re

import pytest

from cityhub.kinds import KINDS, Kind

CONTRACT = {
    "air": "pm2_5 pm10 no2 so2 o3 co temperature humidity",
    "rain": "rain",
    "flood": "depth level",
    "water": (
        "temperature ph dissolved_oxygen conductivity turbidity tss cod bod5 toc nh4_n no3_n no2_n po4_p"
        " chlorophyll_a coliform e_coli"
    ),
    "parking": "occupied occupied_count",
}


def test_kinds_and_properties_are_those_of_the_contract() -> None:
    assert {name: " ".join(kind.properties) for name, kind in KINDS.items()} == CONTRACT


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_bands_begin_at_zero_rise_and_have_colours_and_words(kind: Kind) -> None:
    starts = [band.start for band in kind.bands]
    assert starts[0] == 0
    assert starts == sorted(set(starts))
    for band in kind.bands:
        assert re.fullmatch(r"#[0-9a-f]{6}", band.color)
        assert band.name_vi
        assert band.name_en


@pytest.mark.parametrize(
    ("kind", "value", "start"),
    [
        ("air", 0, 0),
        ("air", 24.9, 0),
        ("air", 50, 0),
        ("air", 51, 51),
        ("air", 500, 301),
        ("flood", -1, 0),
        ("parking", 2, 1),
    ],
)
def test_a_value_falls_into_the_band_that_begins_at_or_below_it(
    kind: str, value: float, start: float
) -> None:
    assert KINDS[kind].band(value).start == start  # type: ignore[index]


def test_a_concentration_has_the_colour_of_the_index_that_it_would_be() -> None:
    concentration = KINDS["air"].instead
    assert concentration is not None
    assert [band.color for band in concentration.bands] == [band.color for band in KINDS["air"].bands]
    assert [concentration.band(value).start for value in (24.9, 25, 900)] == [0, 25, 250]


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_plausible_ranges_are_not_empty(kind: Kind) -> None:
    assert all(observed.low < observed.high for observed in kind.properties.values())
