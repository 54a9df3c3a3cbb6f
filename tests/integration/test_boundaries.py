"""Boundary files of every make, and Hanoi's own catalogue compared with the lists it was made from."""

import csv
import json
import math
import zipfile
from pathlib import Path
from typing import Any

import geopandas
import pytest
from shapely.geometry import Point, shape

from cityhub.catalogue import HANOI_CATALOGUE, REPLAY_CATALOGUE, read
from cityhub.catalogue.area_names import slug, undiacritised
from cityhub.catalogue.areas import Area
from cityhub.catalogue.boundaries import Choices, read_boundaries
from cityhub.catalogue.membership import assign
from cityhub.errors import FileError

CITY = read(HANOI_CATALOGUE)
POINTS = {sensor.id: (sensor.lon, sensor.lat) for sensor in CITY.sensors}


@pytest.fixture(scope="module")
def districts_file(shared_data: Path) -> Path:
    return shared_data / "hanoi_30_districts_geoboundaries.geojson"


@pytest.fixture(scope="module")
def districts(districts_file: Path) -> tuple[Area, ...]:
    return read_boundaries(districts_file).areas


@pytest.fixture(scope="module")
def district_of(districts: tuple[Area, ...]) -> dict[str, str]:
    return districts_of_points(districts)


def districts_of_points(areas: tuple[Area, ...]) -> dict[str, str]:
    """The district of each sensor, by its name alone."""
    found = assign([(area.id, area.geometry) for area in areas], POINTS)
    return {sensor: area.removeprefix("district-") for sensor, area in found.items()}


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def metres(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Between two (lat, lon) near Hanoi."""
    return math.hypot((one[0] - other[0]) * 110_700, (one[1] - other[1]) * 103_900)


def square(name: object, column: str = "name", west: float = 105.0, south: float = 21.0) -> dict[str, Any]:
    ring = [[west + x, south + y] for x, y in [(0, 0), (0.1, 0), (0.1, 0.1), (0, 0.1), (0, 0)]]
    return {
        "type": "Feature",
        "properties": {column: name},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


def geojson(folder: Path, *features: dict[str, Any]) -> Path:
    file = folder / "districts.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return file


# The real districts.


def test_the_thirty_districts_have_both_names(districts: tuple[Area, ...]) -> None:
    assert len(districts) == 30
    assert [district.id for district in districts] == sorted(district.id for district in districts)
    names = {district.id: (district.name_vi, district.name_en) for district in districts}
    assert names["district-dong-da"] == ("Đống Đa", "Dong Da")
    assert names["district-ung-hoa"] == ("Ứng Hòa", "Ung Hoa")
    for district in districts:
        # A name that the table does not know would come through without its marks.
        assert district.name_vi != district.name_en or district.name_vi in {"Thanh Oai"}


def test_outlines_are_lighter_and_stay_within_thirty_metres(districts: tuple[Area, ...]) -> None:
    exact = sum(len(json.dumps(district.geometry)) for district in districts)
    light = sum(len(json.dumps(district.outline)) for district in districts)
    assert light < 0.6 * exact
    for district in districts:
        assert shape(district.outline).is_valid
        away = shape(district.outline).hausdorff_distance(shape(district.geometry))
        assert away * 110_700 < 35, district.id


def test_every_sensor_of_the_city_lies_in_a_district(district_of: dict[str, str]) -> None:
    assert district_of.keys() == POINTS.keys()


def test_air_stations_lie_in_the_district_that_the_city_names(
    shared_data: Path, district_of: dict[str, str]
) -> None:
    expected = {
        slug(row["name_vi"].split(" (")[0]): row for row in rows(shared_data / "hanoi_10_air_stations.csv")
    }
    assert len(expected) == 10
    for name, row in expected.items():
        assert district_of[f"air-{name}"] == slug(row["district_check"])
    assert district_of["air-us-embassy"] == "ba-dinh"


def test_rain_gauges_of_the_outer_districts_lie_in_them(district_of: dict[str, str]) -> None:
    outer = [sensor for sensor in CITY.sensors if "town" in sensor.attributes.get("site_en", "")]
    named = {
        "rain-soc-son",
        "rain-quoc-oai",
        "rain-ung-hoa",
        "rain-thuong-tin",
        "rain-thanh-tri",
        "rain-dong-anh",
    }
    for sensor_id in {sensor.id for sensor in outer} | named:
        assert district_of[sensor_id] == sensor_id.removeprefix("rain-")
    inner = "ba-dinh bac-tu-liem cau-giay dong-da ha-dong hai-ba-trung hoan-kiem hoang-mai long-bien nam-tu-liem tay-ho"
    for name in inner.split():
        assert district_of[f"rain-{name}"] == name


# Our data beside the lists that the facts came from.


def test_air_stations_stand_where_the_list_says(shared_data: Path) -> None:
    ours = {sensor.id: (sensor.lat, sensor.lon) for sensor in CITY.sensors}
    for row in rows(shared_data / "hanoi_10_air_stations.csv"):
        name = slug(row["name_vi"].split(" (")[0])
        assert metres(ours[f"air-{name}"], (float(row["lat"]), float(row["lon"]))) < 1


def test_every_rain_gauge_of_the_report_is_there_once(shared_data: Path) -> None:
    respelt = {"Ha Bà Trưng": "Hai Bà Trưng", "Mỗ Lao": "Mộ Lao"}
    reported = [row["gauge_vi"] for row in rows(shared_data / "hsdc_rain_report_2019.csv")]
    ours = [sensor.name_vi for sensor in CITY.sensors if sensor.kind == "rain"]
    assert ours == [respelt.get(name, name) for name in reported]


@pytest.mark.parametrize(
    ("file", "source"),
    [("hanoi_flood_points_city_list.csv", "city_list"), ("hsdc_flood_points_2019.csv", "hsdc_2019")],
)
def test_every_flood_point_of_both_lists_is_one_of_ours(shared_data: Path, file: str, source: str) -> None:
    ours = {s.id: s for s in CITY.sensors if source in s.attributes.get("sources", "")}
    for row in rows(shared_data / file):
        there = (float(row["lat"]), float(row["lon"]))
        nearest = min(ours.values(), key=lambda sensor: metres((sensor.lat, sensor.lon), there))
        merged = ";" in nearest.attributes["sources"]
        assert metres((nearest.lat, nearest.lon), there) < (200 if merged else 1), row["name_vi"]
        if source == "city_list":
            assert nearest.attributes["city_list_id"] == row["id"]
            assert nearest.attributes["basin"] == row["basin"]
            assert nearest.attributes["scenario"] == row["scenario"].removesuffix("mm/h").replace("_", "-")
        del ours[nearest.id]
    assert not ours


def test_lake_stations_float_on_the_lake(shared_data: Path) -> None:
    lake = json.loads((shared_data / "hanoi_westlake_osm.geojson").read_text())["features"][0]["geometry"]
    floating = [s.id for s in CITY.sensors if s.kind == "water" and shape(lake).contains(Point(s.lon, s.lat))]
    assert len(floating) == 2


def test_replayed_car_parks_have_the_capacities_of_their_file(shared_data: Path) -> None:
    table = geopandas.pd.read_csv(shared_data / "birmingham_parking_2016.csv.gz", header=None)
    largest = table.groupby(0)[1].max().to_dict()
    ours = {
        s.attributes["source_name"]: s.capacity for s in read(REPLAY_CATALOGUE).sensors if s.kind == "parking"
    }
    assert ours == largest


# Files of other makes.


@pytest.mark.parametrize("name", ["d.gpkg", "d.shp", "d.shp.zip"])
def test_other_formats_and_coordinate_systems_give_the_same_districts(
    districts_file: Path, district_of: dict[str, str], tmp_path: Path, name: str
) -> None:
    plain = tmp_path / name.removesuffix(".zip")
    # VN-2000 / UTM zone 48N, as Vietnamese agencies publish.
    geopandas.read_file(districts_file).to_crs(3405).to_file(plain)
    file = plain
    if name.endswith(".zip"):
        file = tmp_path / name
        with zipfile.ZipFile(file, "w") as archive:
            for part in tmp_path.glob("d.*"):
                if part != file:
                    archive.write(part, part.name)
    assert districts_of_points(read_boundaries(file).areas) == district_of


def test_degrees_without_a_coordinate_system_are_taken_as_wgs84(districts_file: Path, tmp_path: Path) -> None:
    geopandas.read_file(districts_file).to_file(tmp_path / "d.shp")
    (tmp_path / "d.prj").unlink()
    assert len(read_boundaries(tmp_path / "d.shp").areas) == 30


def test_metres_without_a_coordinate_system_are_refused(districts_file: Path, tmp_path: Path) -> None:
    geopandas.read_file(districts_file).to_crs(3405).to_file(tmp_path / "d.shp")
    (tmp_path / "d.prj").unlink()
    with pytest.raises(FileError, match="names no coordinate system"):
        read_boundaries(tmp_path / "d.shp")


def test_metres_that_claim_to_be_degrees_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="are no degrees"):
        read_boundaries(geojson(tmp_path, square("Ba Dinh", west=587_000, south=2_325_000)))


@pytest.mark.parametrize(("west", "south"), [(-180, -90), (179.9, 89.9), (0, 0)])
def test_districts_anywhere_on_earth_are_read(tmp_path: Path, west: float, south: float) -> None:
    file = geojson(tmp_path, square("Hanoi"), square("Elsewhere", west=west, south=south))
    assert len(read_boundaries(file, Choices(level="ward")).areas) == 2


def test_overlapping_districts_are_read_and_share_no_point(tmp_path: Path) -> None:
    found = read_boundaries(geojson(tmp_path, square("Xã B"), square("Xã A", west=105.05)))
    shapes = [(area.id, area.geometry) for area in found.areas]
    assert assign(shapes, {"both": (105.07, 21.05)}) == {"both": "ward-a"}


def test_heights_are_left_out(tmp_path: Path) -> None:
    high = square("Ba Dinh")
    high["geometry"]["coordinates"] = [[[*point, 12.5] for point in high["geometry"]["coordinates"][0]]]
    (district,) = read_boundaries(geojson(tmp_path, high)).areas
    assert len(district.geometry["coordinates"][0][0]) == len(district.outline["coordinates"][0][0]) == 2


def test_a_crossed_ring_is_repaired(tmp_path: Path) -> None:
    crossed = square("Bướm")
    crossed["geometry"]["coordinates"] = [[[105, 21], [105.1, 21.1], [105.1, 21], [105, 21.1], [105, 21]]]
    (district,) = read_boundaries(geojson(tmp_path, crossed), Choices(level="ward")).areas
    assert shape(district.geometry).is_valid
    assert district.id == "ward-buom"


def test_rows_that_share_a_name_are_parts_of_one_district(tmp_path: Path) -> None:
    (district,) = read_boundaries(geojson(tmp_path, square("Ba Dinh"), square("Ba Đình", west=106))).areas
    assert district.geometry["type"] == "MultiPolygon"
    assert (district.id, district.name_vi) == ("district-ba-dinh", "Ba Đình")


def test_names_that_differ_only_in_marks_keep_ids_of_their_own(tmp_path: Path) -> None:
    file = geojson(tmp_path, square("Tân Lập"), square("Tan Lap", west=106), square("河內", west=107))
    assert {d.id: d.name_vi for d in read_boundaries(file, Choices(level="ward")).areas} == {
        "ward-area": "河內",
        "ward-tan-lap": "Tan Lap",
        "ward-tan-lap-2": "Tân Lập",
    }


def test_points_and_lines_beside_the_areas_are_left_out(tmp_path: Path) -> None:
    point = square("Điểm")
    point["geometry"] = {"type": "Point", "coordinates": [105, 21]}
    empty = square("Trống")
    empty["geometry"] = None
    file = geojson(tmp_path, point, empty, square("Ba Dinh"))
    assert [district.id for district in read_boundaries(file).areas] == ["district-ba-dinh"]


def test_the_name_column_can_be_named(tmp_path: Path) -> None:
    file = geojson(tmp_path, square("Ba Dinh", column="Label"))
    with pytest.raises(FileError, match="Give --name-column, one of: Label"):
        read_boundaries(file)
    assert [district.name_vi for district in read_boundaries(file, Choices(name_column="label")).areas] == [
        "Ba Đình"
    ]
    with pytest.raises(FileError, match="has no column 'title'; its columns are: Label"):
        read_boundaries(file, Choices(name_column="title"))


@pytest.mark.parametrize("name", [None, "  "])
def test_a_district_without_a_name_is_refused(tmp_path: Path, name: object) -> None:
    butterfly = square("Ba Dinh")
    butterfly["geometry"]["coordinates"] = [[[105, 21], [105.1, 21.1], [105.1, 21], [105, 21.1], [105, 21]]]
    with pytest.raises(FileError, match="column 'name': feature 2 has no name"):
        read_boundaries(geojson(tmp_path, butterfly, square(name, west=106)))


def test_numbers_are_no_names(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="feature 1 has no name in words"):
        read_boundaries(geojson(tmp_path, square(7)))


@pytest.mark.parametrize("suffix", ["geojson", "gpkg", "zip", "csv", "shp"])
@pytest.mark.parametrize("content", [b"", b'{"type": "FeatureColl', b"\x00\xff\x10" * 50, b"a,b\n1,2\n"])
def test_a_broken_file_is_one_clear_line(tmp_path: Path, suffix: str, content: bytes) -> None:
    file = tmp_path / f"broken.{suffix}"
    file.write_bytes(content)
    with pytest.raises(FileError) as caught:
        read_boundaries(file)
    assert len(str(caught.value).splitlines()) == 1
    assert file.name in str(caught.value)


def test_a_file_without_areas_or_a_missing_one_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="holds no polygon"):
        read_boundaries(geojson(tmp_path))
    with pytest.raises(FileError, match="is not there"):
        read_boundaries(tmp_path / "nowhere.geojson")


def test_the_english_name_is_the_undiacritised_one(districts: tuple[Area, ...]) -> None:
    for district in districts:
        assert district.name_en == undiacritised(district.name_vi)
        assert district.full_name_vi.endswith(" " + district.name_vi)
        assert district.full_name_vi.startswith(("Quận", "Huyện", "Thị xã"))


def test_the_level_must_be_told_where_names_do_not_tell_it(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="give --level, one of: province, district, ward, quarter"):
        read_boundaries(geojson(tmp_path, square("Nơi này"), square("Nơi kia", west=106)))
    with pytest.raises(FileError, match=r"of several levels \(1 Phường, 1 Quận\); give --level"):
        read_boundaries(geojson(tmp_path, square("Phường Cửa Nam"), square("Quận Ba Đình", west=106)))
