"""Hanoi's catalogue as shipped: complete, unambiguous, and where the city is."""

import itertools
import math
from collections import Counter

import pytest

from cityhub.catalogue import BASES, HANOI_CATALOGUE, REPLAY_CATALOGUE, Sensor, read
from cityhub.catalogue.area_names import undiacritised
from cityhub.catalogue.cells import identifier
from cityhub.kinds import KINDS

CITY = read(HANOI_CATALOGUE)
FOREIGN = read(REPLAY_CATALOGUE)
VIETNAMESE_LETTERS = set("ăâđêôơưàáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ")

UNMARKED_NAMES = {"Thanh Oai"}


def of_kind(kind: str) -> list[Sensor]:
    return [sensor for sensor in CITY.sensors if sensor.kind == kind]


def metres(one: Sensor, other: Sensor) -> float:
    north = (one.lat - other.lat) * 110_700
    east = (one.lon - other.lon) * 111_320 * math.cos(math.radians(one.lat))
    return math.hypot(north, east)


def test_hanoi_has_every_sensor_of_the_plan() -> None:
    counts = Counter(sensor.kind for sensor in CITY.sensors)
    assert counts == {"air": 11, "rain": 42, "flood": 25, "water": 2, "parking": 17 + 248}


def test_places_and_their_bays_add_up_to_248_cars() -> None:
    bays = Counter(s.place_id for s in CITY.sensors if s.properties == ("occupied",))
    assert len(CITY.places) == 17
    assert {place.id: place.capacity for place in CITY.places} == dict(bays)
    assert sum(bays.values()) == 248


def test_every_place_counts_its_cars_under_its_own_id() -> None:
    counters = {s.id: s for s in CITY.sensors if s.properties == ("occupied_count",)}
    for place in CITY.places:
        counter = counters.pop(place.id)
        assert (counter.place_id, counter.capacity) == (place.id, place.capacity)
    assert counters == {}


def test_bays_of_a_place_stand_about_five_and_a_half_metres_apart() -> None:
    bays = [s for s in CITY.sensors if s.properties == ("occupied",)]
    for one, other in itertools.pairwise(bays):
        if one.place_id == other.place_id:
            assert metres(one, other) == pytest.approx(5.5, abs=0.3)


@pytest.mark.parametrize(
    ("prefix", "west", "east"),
    [
        ("ltk", (21.0269, 105.8415), (21.0206, 105.8577)),
        ("thd", (21.0246, 105.8414), (21.0172, 105.8610)),
    ],
)
def test_bays_lie_at_the_kerb_of_their_street(
    prefix: str, west: tuple[float, float], east: tuple[float, float]
) -> None:
    scale = math.cos(math.radians(21.02))
    along = ((east[1] - west[1]) * scale, east[0] - west[0])
    for bay in CITY.sensors:
        if bay.id.startswith(f"{prefix}-"):
            point = ((bay.lon - west[1]) * scale, bay.lat - west[0])
            aside = (along[0] * point[1] - along[1] * point[0]) / math.hypot(*along) * 110_700
            assert abs(aside) < 6
            assert west[1] < bay.lon < east[1]


def test_ids_are_unique_and_fit_topics() -> None:
    ids = [sensor.id for sensor in (*CITY.sensors, *FOREIGN.sensors)]
    assert len(set(ids)) == len(ids)
    assert all(identifier(id) == id for id in ids)


def test_every_coordinate_lies_in_the_city_and_says_how_it_is_known() -> None:
    for sensor in CITY.sensors:
        assert 20.56 < sensor.lat < 21.39, sensor.id
        assert 105.28 < sensor.lon < 106.03, sensor.id
        assert sensor.basis in BASES
        if sensor.properties != ("occupied",):
            assert sensor.basis_note, sensor.id


def test_illustrative_positions_are_marked_so_and_no_others() -> None:
    for sensor in CITY.sensors:
        assert (
            sensor.illustrative == (sensor.basis == "illustrative") == (sensor.kind in {"water", "parking"})
        )


def test_vietnamese_names_have_diacritics_and_english_ones_none() -> None:
    for sensor in CITY.sensors:
        assert sensor.name_en == undiacritised(sensor.name_en), sensor.id
        if sensor.name_vi not in UNMARKED_NAMES:
            assert VIETNAMESE_LETTERS & set(sensor.name_vi.lower()), sensor.id


def test_no_two_flood_points_are_one_place() -> None:
    for one, other in itertools.combinations(of_kind("flood"), 2):
        assert metres(one, other) > 200, (one.id, other.id)


def test_flood_points_name_their_lists_and_fifteen_come_from_each() -> None:
    lists = Counter(name for s in of_kind("flood") for name in s.attributes["sources"].split(";"))
    assert lists == {"city_list": 15, "hsdc_2019": 15}
    for sensor in of_kind("flood"):
        from_city = "city_list" in sensor.attributes["sources"]
        assert (sensor.attributes.get("scenario") in {"50-70", ">100"}) == from_city
        assert (sensor.attributes.get("basin") in {"to_lich", "nhue", "cau_bay"}) == from_city


def test_only_fully_equipped_air_stations_publish_an_index() -> None:
    every = set(KINDS["air"].properties)
    for sensor in of_kind("air"):
        assert sensor.attributes["publishes_aqi"] == str(set(sensor.properties) == every).lower()
    assert next(s for s in of_kind("air") if s.id == "air-us-embassy").properties == ("pm2_5",)


def test_replayed_sensors_stay_off_public_lists_and_name_their_source() -> None:
    counts = Counter(sensor.kind for sensor in FOREIGN.sensors)
    assert counts == {"air": 12, "rain": 12 + 4, "flood": 5, "parking": 30}
    for sensor in FOREIGN.sensors:
        assert not sensor.listed
        assert "Licence" in sensor.attributes["source"] or "CC BY" in sensor.attributes["source"]
        assert "phát lại" in sensor.name_vi
        assert "replayed" in sensor.name_en
    assert all(sensor.listed for sensor in CITY.sensors)
