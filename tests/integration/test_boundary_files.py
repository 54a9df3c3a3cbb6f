"""Boundary files of every kind, made here: formats, packages, encodings, coordinate systems, layers, columns."""

import itertools
import json
import sys
import unicodedata
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import geopandas
import pytest
import shapely
from shapely.geometry import LineString, MultiPolygon, Point, Polygon, box, shape

from cityhub.catalogue.areas import LEVELS
from cityhub.catalogue.boundaries import Boundaries, Choices, read_boundaries
from cityhub.catalogue.boundaries.coordinates import VN_2000
from cityhub.errors import FileError

WARDS = ("Phường Cửa Nam", "Phường Hoàn Kiếm", "Xã Ô Diên", "Phường Đống Đa")
NAMES = ["Cửa Nam", "Hoàn Kiếm", "Ô Diên", "Đống Đa"]
IDS = ["ward-cua-nam", "ward-dong-da", "ward-hoan-kiem", "ward-o-dien"]


def boxes(count: int = 4, south: float = 21.0) -> list[Polygon]:
    """Side by side, each 2 km wide."""
    return [
        box(105.80 + 0.02 * at, south, 105.82 + 0.02 * at, south + 0.02).segmentize(0.005)
        for at in range(count)
    ]


def frame(names: Sequence[Any] = WARDS, column: str = "ten_xa", **columns: Any) -> geopandas.GeoDataFrame:
    return geopandas.GeoDataFrame({column: list(names), **columns}, geometry=boxes(len(names)), crs=4326)


def ids(found: Boundaries) -> list[str]:
    return [area.id for area in found.areas]


def read(file: Path, **choices: Any) -> Boundaries:
    return read_boundaries(file, Choices(**choices))


def refusal(file: Path, **choices: Any) -> str:
    with pytest.raises(FileError) as caught:
        read(file, **choices)
    text = str(caught.value)
    assert "\n" not in text
    assert text.isprintable()
    return text


# Formats.

FORMATS = {
    "wards.shp": {},
    "wards.gpkg": {},
    "wards.geojson": {},
    "wards.json": {"driver": "GeoJSON"},
    "wards.geojsonl": {"driver": "GeoJSONSeq"},
    "wards.kml": {"driver": "KML"},
    "wards.kmz": {"driver": "LIBKML"},
    "wards.gml": {"driver": "GML"},
    "wards.tab": {"driver": "MapInfo File"},
    "wards.mif": {"driver": "MapInfo File"},
    "wards.fgb": {"driver": "FlatGeobuf"},
    "wards.gdb": {"driver": "OpenFileGDB"},
    "wards.sqlite": {"driver": "SQLite"},
    "wards.csv": {"driver": "CSV", "GEOMETRY": "AS_WKT"},
    "wards.jml": {"driver": "JML"},
}


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_gives_the_same_areas(tmp_path: Path, name: str) -> None:
    frame(ma_xa=["00070", "00073", "09787", "00226"]).to_file(tmp_path / name, **FORMATS[name])
    before = sorted(path.name for path in tmp_path.iterdir())
    found = read(tmp_path / name)
    assert (found.level, ids(found)) == ("ward", IDS)
    assert [area.full_name_vi for area in found.areas] == [WARDS[0], WARDS[3], WARDS[1], WARDS[2]]
    assert [area.code for area in found.areas] == ["00070", "00226", "00073", "09787"]
    expected = dict(zip(IDS, [boxes()[at] for at in (0, 3, 1, 2)], strict=True))
    for area in found.areas:
        assert shape(area.geometry).symmetric_difference(expected[area.id]).area < 1e-9
    assert found.doubts == ()
    # Reading leaves nothing behind.
    assert sorted(path.name for path in tmp_path.iterdir()) == before


@pytest.mark.parametrize("name", ["wards.topojson", "wards.json"])
def test_topojson_is_read(tmp_path: Path, name: str) -> None:
    rings = [[[round(x, 3), round(y, 3)] for x, y in polygon.exterior.coords] for polygon in boxes()]
    shapes = [
        {"type": "Polygon", "arcs": [[at]], "properties": {"ten_xa": ward}} for at, ward in enumerate(WARDS)
    ]
    collection = {"type": "GeometryCollection", "geometries": shapes}
    topology = {"type": "Topology", "objects": {"xa": collection}, "arcs": rings}
    (tmp_path / name).write_text(json.dumps(topology), encoding="utf-8")
    assert ids(read(tmp_path / name)) == IDS


def test_esri_json_is_read(tmp_path: Path) -> None:
    features = [
        {
            "attributes": {"TEN_XA": ward},
            "geometry": {"rings": [[list(p) for p in polygon.exterior.coords[::-1]]]},
        }
        for ward, polygon in zip(WARDS, boxes(), strict=True)
    ]
    text = {
        "geometryType": "esriGeometryPolygon",
        "spatialReference": {"wkid": 4326},
        "fields": [{"name": "TEN_XA", "type": "esriFieldTypeString"}],
        "features": features,
    }
    (tmp_path / "wards.json").write_text(json.dumps(text), encoding="utf-8")
    assert ids(read(tmp_path / "wards.json")) == IDS


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize(
    ("column", "kind"),
    [
        ("WKT", "wkt"),
        *itertools.product(["geom", "geometry", "the_geom", "Ranh_gioi"], ["wkt", "geojson", "wkb"]),
    ],
)
def test_tables_with_shapes_in_words_are_read(tmp_path: Path, column: str, separator: str, kind: str) -> None:
    texts = {"wkt": lambda p: p.wkt, "geojson": shapely.to_geojson, "wkb": lambda p: p.wkb_hex}[kind]
    quoted = ['"' + texts(polygon).replace('"', '""') + '"' for polygon in boxes()]
    rows = [f"{ward}{separator}{text}" for ward, text in zip(WARDS, quoted, strict=True)]
    (tmp_path / "wards.csv").write_text(
        "\n".join([f"Tên xã{separator}{column}", *rows, ""]), encoding="utf-8-sig"
    )
    assert ids(read(tmp_path / "wards.csv")) == IDS


def test_a_table_without_shapes_is_told(tmp_path: Path) -> None:
    (tmp_path / "wards.csv").write_text("ten_xa,dan_so\nCửa Nam,1\n", encoding="utf-8")
    assert "only rows without a shape; give boundaries as areas" in refusal(tmp_path / "wards.csv")
    (tmp_path / "wards.dbf").write_bytes(b"\x03")
    assert "geopandas cannot read it" in refusal(tmp_path / "wards.dbf")


@pytest.mark.parametrize("name", ["wards.parquet", "wards.geoparquet", "wards.feather"])
@pytest.mark.parametrize("geometry", ["geometry", "ranh_gioi"])
def test_parquet_is_read(tmp_path: Path, name: str, geometry: str) -> None:
    data = frame().to_crs(3405)
    data = data if geometry == "geometry" else data.rename_geometry(geometry)
    (data.to_feather if name.endswith("feather") else data.to_parquet)(tmp_path / name)
    found = read(tmp_path / name)
    assert (ids(found), found.encoding) == (IDS, "utf-8")
    assert min(shape(found.areas[0].geometry).exterior.coords) == pytest.approx((105.80, 21.0), abs=2e-6)


def test_what_parquet_needs_is_told_where_it_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame().to_parquet(tmp_path / "wards.parquet")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    assert "is Parquet, which needs pyarrow here; install it, or give a GeoPackage" in refusal(
        tmp_path / "wards.parquet"
    )


def test_parquet_without_shapes_is_told(tmp_path: Path) -> None:
    frame().drop(columns="geometry").to_parquet(tmp_path / "wards.parquet")
    assert "geopandas cannot read it: Missing geo metadata" in refusal(tmp_path / "wards.parquet")


@pytest.mark.parametrize("missing", [".shx", ".prj", ".cpg"])
def test_a_shapefile_is_read_without_what_can_be_done_without(tmp_path: Path, missing: str) -> None:
    frame().to_file(tmp_path / "wards.shp")
    (tmp_path / f"wards{missing}").unlink()
    assert ids(read(tmp_path / "wards.shp")) == IDS
    assert not (tmp_path / f"wards{missing}").exists()


@pytest.mark.parametrize("stem", ["WARDS", "wards [1]", "phường xã (2025)", "wards.v2"])
def test_a_shapefile_may_have_any_name_and_parts_of_any_case(tmp_path: Path, stem: str) -> None:
    frame().to_file(tmp_path / "wards.shp")
    for ending, renamed in (
        (".shp", ".SHP"),
        (".dbf", ".Dbf"),
        (".shx", ".shx"),
        (".prj", ".PRJ"),
        (".cpg", ".cpg"),
    ):
        name = stem.lower() if ending == ".shx" else stem
        (tmp_path / f"wards{ending}").rename(tmp_path / f"{name}{renamed}")
    assert ids(read(tmp_path / f"{stem}.SHP")) == IDS


def test_a_shapefile_without_its_names_is_told(tmp_path: Path) -> None:
    frame().to_file(tmp_path / "wards.shp")
    (tmp_path / "wards.dbf").unlink()
    assert "has no names: wards.dbf is missing beside it" in refusal(tmp_path / "wards.shp")


@pytest.mark.parametrize("shapes", [[LineString([(105, 21), (106, 21)])], [Point(105, 21)] * 3])
@pytest.mark.parametrize("name", ["wards.geojson", "wards.gpkg", "wards.shp", "wards.kml"])
def test_files_without_areas_are_told(tmp_path: Path, shapes: list[Any], name: str) -> None:
    data = geopandas.GeoDataFrame({"ten_xa": list(WARDS[: len(shapes)])}, geometry=shapes, crs=4326)
    data.to_file(tmp_path / name, **FORMATS[name])
    kind = shapes[0].geom_type
    assert f"holds no polygon, only {len(shapes)} {kind}; give boundaries as areas" in refusal(
        tmp_path / name
    )


def test_a_drawing_is_told(tmp_path: Path) -> None:
    geopandas.GeoDataFrame(geometry=[LineString([(0, 0), (1, 0), (1, 1), (0, 0)])], crs=4326).to_file(
        tmp_path / "wards.dxf", driver="DXF"
    )
    assert "holds no polygon, only 1 LineString" in refusal(tmp_path / "wards.dxf")


# Packages.


@pytest.mark.parametrize("folder", ["", "districts/", "gửi a Nam/ranh giới/"])
@pytest.mark.parametrize(
    "junk", [[], ["__MACOSX/districts/._wards.shp", ".DS_Store", "readme.txt", "metadata.json"]]
)
def test_a_zip_is_read_wherever_the_shapefile_lies_in_it(
    tmp_path: Path, folder: str, junk: list[str]
) -> None:
    frame().to_file(tmp_path / "wards.shp")
    with zipfile.ZipFile(tmp_path / "sent.zip", "w") as archive:
        for part in tmp_path.glob("wards.*"):
            archive.write(part, folder + part.name)
        for name in junk:
            archive.writestr(name, b"\x00\x05\x16\x07")
    assert ids(read(tmp_path / "sent.zip")) == IDS


def test_several_shapefiles_in_a_zip_are_listed_and_asked_for(tmp_path: Path) -> None:
    frame().to_file(tmp_path / "phuong_xa.shp")
    frame(["Quận Ba Đình", "Quận Tây Hồ"], "ten_huyen").to_file(tmp_path / "quan_huyen.shp")
    roads = geopandas.GeoDataFrame({"name": ["x"]}, geometry=[LineString([(105, 21), (106, 21)])], crs=4326)
    roads.to_file(tmp_path / "duong.shp")
    with zipfile.ZipFile(tmp_path / "sent.zip", "w") as archive:
        for part in tmp_path.glob("*.*"):
            if part.suffix != ".zip":
                archive.write(part, f"data/{part.name}")
    told = refusal(tmp_path / "sent.zip")
    assert "holds 2 layers of areas" in told
    assert "'data/phuong_xa.shp' (4: Phường Cửa Nam, Phường Hoàn Kiếm, Xã Ô Diên, ...)" in told
    assert "'data/quan_huyen.shp' (2: Quận Ba Đình, Quận Tây Hồ)" in told
    assert "--layer" in told
    for name in ("phuong_xa", "PHUONG_XA.SHP", "data/phuong_xa.shp"):
        assert ids(read(tmp_path / "sent.zip", layers=(name,))) == IDS
    assert "its layers are: data/duong.shp, data/phuong_xa.shp" in refusal(
        tmp_path / "sent.zip", layers=("x",)
    )
    assert "holds no polygon, only 1 LineString" in refusal(tmp_path / "sent.zip", layers=("duong",))
    assert "its layers differ in columns" in refusal(tmp_path / "sent.zip", layers=("all",))


def test_the_only_layer_of_areas_is_taken_from_among_others(tmp_path: Path) -> None:
    frame().to_file(tmp_path / "data.gpkg", layer="phuong_xa")
    rivers = geopandas.GeoDataFrame({"name": ["x"]}, geometry=[LineString([(105, 21), (106, 21)])], crs=4326)
    rivers.to_file(tmp_path / "data.gpkg", layer="a_rivers")
    found = read(tmp_path / "data.gpkg")
    assert (ids(found), found.layers) == (IDS, ("phuong_xa",))


def test_a_folder_is_read(tmp_path: Path) -> None:
    frame().to_file(tmp_path / "wards.shp")
    assert ids(read(tmp_path)) == IDS
    assert ids(read(tmp_path / "wards.dbf")) == IDS


# Layers.


def test_a_province_before_its_districts_is_asked_about(tmp_path: Path) -> None:
    whole = geopandas.GeoDataFrame({"name": ["Hà Nội"]}, geometry=[box(105.7, 20.9, 106.0, 21.2)], crs=4326)
    whole.to_file(tmp_path / "hanoi.gpkg", layer="tinh")
    frame(["Cầu Giấy", "Đống Đa", "Hoàn Kiếm"], "name").to_file(tmp_path / "hanoi.gpkg", layer="huyen")
    told = refusal(tmp_path / "hanoi.gpkg")
    assert "'tinh' (1: Hà Nội); 'huyen' (3: Cầu Giấy, Đống Đa, Hoàn Kiếm); give --layer" in told
    assert ids(read(tmp_path / "hanoi.gpkg", layers=("huyen",))) == [
        "district-cau-giay",
        "district-dong-da",
        "district-hoan-kiem",
    ]
    assert ids(read(tmp_path / "hanoi.gpkg", layers=("TINH",), level="province")) == ["province-ha-noi"]


def kml(*folders: tuple[str, str, Polygon]) -> str:
    parts = []
    for folder, name, polygon in folders:
        corners = " ".join(f"{x},{y},12" for x, y in polygon.exterior.coords)
        ring = f"<LinearRing><coordinates>{corners}</coordinates></LinearRing>"
        shape = f"<Polygon><outerBoundaryIs>{ring}</outerBoundaryIs></Polygon>"
        mark = f"<Placemark>{name and f'<name>{name}</name>'}{shape}</Placemark>"
        parts.append(f"<Folder><name>{folder}</name>{mark}</Folder>")
    return (
        '<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2">'
        + "<Document><name>Ha Noi</name>"
        + "".join(parts)
        + "</Document></kml>"
    )


@pytest.mark.parametrize(
    ("folder", "name"), [("{}", "{}"), ("{}", "Ranh giới"), ("{}", ""), ("Lớp {}", "{}")]
)
def test_a_kml_file_with_a_folder_for_each_ward_is_read_whole(tmp_path: Path, folder: str, name: str) -> None:
    folders = [
        (folder.format(ward), name.format(ward), polygon)
        for ward, polygon in zip(WARDS, boxes(), strict=True)
    ]
    (tmp_path / "wards.kml").write_text(kml(*folders), encoding="utf-8")
    assert ids(read(tmp_path / "wards.kml")) == IDS


def test_a_kml_file_with_the_city_and_its_wards_in_folders_is_asked_about(tmp_path: Path) -> None:
    folders = [("Thành phố", "Hà Nội", box(105, 20, 107, 22)), ("Phường", WARDS[0], boxes()[0])]
    (tmp_path / "wards.kml").write_text(kml(*folders), encoding="utf-8")
    assert "'Thành phố' (1: Hà Nội); 'Phường' (1: Phường Cửa Nam)" in refusal(tmp_path / "wards.kml")
    assert ids(read(tmp_path / "wards.kml", layers=("phường",))) == ["ward-cua-nam"]


# Encodings.


def legacy(text: str, encoding: str) -> str:
    """How Latin-1 shows the bytes of the names above in a legacy encoding."""
    shown = {
        "tcvn3": "Ph­êng Cöa Nam|Ph­êng Hoµn KiÕm|X· ¤ Diªn|Ph­êng §èng §a",
        "vni": "Phöôøng Cöûa Nam|Phöôøng Hoaøn Kieám|Xaõ OÂ Dieân|Phöôøng Ñoáng Ña",
        "windows-1258": "PhýõÌng CýÒa Nam|PhýõÌng HoaÌn Kiêìm|XaÞ Ô Diên|PhýõÌng Ðôìng Ða",
        "utf-8": "|".join(ward.encode().decode("latin-1") for ward in WARDS),
    }
    return dict(zip(WARDS, shown[encoding].split("|"), strict=True))[text]


ENCODINGS = ["tcvn3", "vni", "windows-1258", "utf-8"]


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("cpg", [None, "UTF-8", "1258", "ISO-8859-1", "ANSI 1252", "1252", "garbage", ""])
def test_a_shapefile_in_any_encoding_is_read_whatever_its_cpg_says(
    tmp_path: Path, encoding: str, cpg: str | None
) -> None:
    frame([legacy(ward, encoding) for ward in WARDS], "TEN_XA").to_file(
        tmp_path / "wards.shp", encoding="ISO-8859-1"
    )
    (tmp_path / "wards.cpg").unlink()
    if cpg is not None:
        (tmp_path / "wards.cpg").write_text(cpg)
    found = read(tmp_path / "wards.shp")
    assert (ids(found), found.encoding) == (IDS, encoding)
    assert {area.name_vi for area in found.areas} == set(NAMES)


@pytest.mark.parametrize("encoding", ["tcvn3", "vni", "windows-1258"])
@pytest.mark.parametrize("charset", ["Neutral", "WindowsLatin1", "WindowsVietnamese"])
@pytest.mark.parametrize("name", ["wards.mif", "wards.tab"])
def test_a_mapinfo_file_in_any_encoding_is_read(
    tmp_path: Path, encoding: str, charset: str, name: str
) -> None:
    data = frame([legacy(ward, encoding) for ward in WARDS], "TEN_XA")
    data.to_file(tmp_path / name, driver="MapInfo File", encoding="ISO-8859-1")
    raw = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(raw.replace(b"Neutral", charset.encode()))
    assert ids(read(tmp_path / name)) == IDS


@pytest.mark.parametrize("encoding", ["tcvn3", "vni", "windows-1258"])
@pytest.mark.parametrize(
    "name", ["wards.gpkg", "wards.geojson", "wards.kml", "wards.gml", "wards.fgb", "wards.csv"]
)
def test_letters_that_a_conversion_took_for_western_ones_are_read(
    tmp_path: Path, encoding: str, name: str
) -> None:
    frame([legacy(ward, encoding) for ward in WARDS]).to_file(tmp_path / name, **FORMATS[name])
    found = read(tmp_path / name)
    assert {area.name_vi for area in found.areas} == set(NAMES)
    assert found.encoding == f"{encoding} within utf-8"


@pytest.mark.parametrize("encoding", ["tcvn3", "windows-1258"])
@pytest.mark.parametrize("declared", ["UTF-8", "windows-1258", "ISO-8859-1"])
def test_an_xml_file_in_a_legacy_encoding_is_read(tmp_path: Path, encoding: str, declared: str) -> None:
    text = kml(*((ward, ward, polygon) for ward, polygon in zip(WARDS, boxes(), strict=True)))
    for ward in WARDS:
        text = text.replace(ward, legacy(ward, encoding))
    raw = text.replace('encoding="UTF-8"', f'encoding="{declared}"').encode("latin-1")
    (tmp_path / "wards.kml").write_bytes(raw)
    assert {area.name_vi for area in read(tmp_path / "wards.kml").areas} == set(NAMES)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-8-sig"])
@pytest.mark.parametrize("name", ["wards.geojson", "wards.csv", "wards.kml"])
def test_files_of_other_unicode_forms_are_read(tmp_path: Path, encoding: str, name: str) -> None:
    frame().to_file(tmp_path / name, **FORMATS[name])
    text = (tmp_path / name).read_text("utf-8")
    mark = "\ufeff" if encoding == "utf-16-le" else ""
    (tmp_path / name).write_bytes((mark + text).encode(encoding))
    assert ids(read(tmp_path / name)) == IDS


def test_an_encoding_that_cannot_be_told_is_asked_for(tmp_path: Path) -> None:
    frame(["Zürich", "Genève"], "ten_xa").to_file(tmp_path / "wards.shp", encoding="ISO-8859-1")
    (tmp_path / "wards.cpg").unlink()
    told = refusal(tmp_path / "wards.shp")
    assert "column 'ten_xa': the encoding of the names cannot be told" in told
    assert "give --encoding, one of: utf-8, windows-1258, tcvn3, vni" in told
    assert ids(read(tmp_path / "wards.shp", encoding="latin-1")) == ["ward-geneve", "ward-zurich"]
    assert "there is no encoding 'klingon'" in refusal(tmp_path / "wards.shp", encoding="klingon")


def test_names_in_parts_upper_case_or_with_odd_blanks_are_read(tmp_path: Path) -> None:
    odd = [
        unicodedata.normalize("NFD", "Phường Cửa Nam"),
        "PHƯỜNG HOÀN KIẾM",
        "  Xã\u00a0 Ô\u200b Diên ",
        "phường đống đa",
    ]
    frame(odd).to_file(tmp_path / "wards.geojson")
    assert [area.full_name_vi for area in read(tmp_path / "wards.geojson").areas] == [
        "Phường Cửa Nam",
        "Phường Đống Đa",
        "Phường Hoàn Kiếm",
        "Xã Ô Diên",
    ]


def test_names_that_a_narrow_column_cut_are_told(tmp_path: Path) -> None:
    frame(["Phường Cửa Nam", "Phường Trần Hưng Đạo Ố"]).to_file(tmp_path / "wards.shp")
    raw = (tmp_path / "wards.dbf").read_bytes()
    cut = "Phường Trần Hưng Đạo Ố".encode()[:-1]
    (tmp_path / "wards.dbf").write_bytes(raw.replace("Phường Trần Hưng Đạo Ố".encode(), cut + b" "))
    assert any(
        "names are cut" in note and "Phường Trần Hưng Đạo" in note
        for note in read(tmp_path / "wards.shp").notes
    )


# Coordinate systems.


@pytest.mark.parametrize("epsg", [*VN_2000, 32648, 3857])
@pytest.mark.parametrize("name", ["wards.shp", "wards.gpkg", "wards.gml"])
def test_any_coordinate_system_is_brought_to_wgs84(tmp_path: Path, epsg: int, name: str) -> None:
    frame().to_crs(epsg).to_file(tmp_path / name, **FORMATS[name])
    found = read(tmp_path / name)
    assert ids(found) == IDS
    assert str(epsg) in found.system
    corner = min(shape(found.areas[0].geometry).exterior.coords)
    assert corner == pytest.approx((105.80, 21.0), abs=2e-6)


@pytest.mark.parametrize("epsg", [code for code in VN_2000 if code != 4756])
def test_metres_without_a_coordinate_system_are_asked_about(tmp_path: Path, epsg: int) -> None:
    frame().to_crs(epsg).to_file(tmp_path / "wards.shp")
    (tmp_path / "wards.prj").unlink()
    with pytest.raises(FileError, match=r"names no coordinate system .*give --crs") as caught:
        read_boundaries(tmp_path / "wards.shp", points=[(105.81, 21.01), (105.83, 21.01)])
    if epsg != 3406:
        assert f"EPSG:{epsg} (VN-2000" in str(caught.value)
        assert "sensors within its extent: 2" in str(caught.value)
    for given in (str(epsg), f"EPSG:{epsg}", f"epsg:{epsg}"):
        found = read(tmp_path / "wards.shp", crs=given)
        assert min(shape(found.areas[0].geometry).exterior.coords) == pytest.approx((105.80, 21.0), abs=2e-6)


def test_a_coordinate_system_that_there_is_not_is_told(tmp_path: Path) -> None:
    frame().to_crs(3405).to_file(tmp_path / "wards.shp")
    (tmp_path / "wards.prj").unlink()
    assert "there is no coordinate system 'VN-9000'" in refusal(tmp_path / "wards.shp", crs="VN-9000")


@pytest.mark.parametrize("epsg", [4326, 3405, 5897])
def test_swapped_axes_are_told_and_can_be_mended(tmp_path: Path, epsg: int) -> None:
    data = frame().to_crs(epsg)
    data["geometry"] = shapely.transform(data.geometry.to_numpy(), lambda pairs: pairs[:, ::-1])
    data.to_file(tmp_path / "wards.shp")
    assert "give --swap-axes" in refusal(tmp_path / "wards.shp")
    found = read(tmp_path / "wards.shp", swap_axes=True)
    assert min(shape(found.areas[0].geometry).exterior.coords) == pytest.approx((105.80, 21.0), abs=2e-6)


@pytest.mark.parametrize("datum", ["unknown", "D_unknown", "D_WGS_1984"])
def test_vn_2000_by_name_alone_is_moved_to_wgs84(tmp_path: Path, datum: str) -> None:
    frame().to_crs(3405).to_file(tmp_path / "wards.shp")
    (tmp_path / "wards.prj").write_text(
        f'PROJCS["VN_2000_UTM_zone_48N",GEOGCS["unnamed",DATUM["{datum}",SPHEROID["WGS84",6378137,298.257223563]],'
        'PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],'
        'PARAMETER["latitude_of_origin",0],PARAMETER["central_meridian",105],PARAMETER["scale_factor",0.9996],'
        'PARAMETER["false_easting",500000],PARAMETER["false_northing",0],UNIT["metre",1]]'
    )
    found = read(tmp_path / "wards.shp")
    assert min(shape(found.areas[0].geometry).exterior.coords) == pytest.approx((105.80, 21.0), abs=2e-6)


@pytest.mark.parametrize("epsg", [5897, 9210])
def test_a_zone_that_only_vn_2000_has_is_known_in_mapinfo_files_too(tmp_path: Path, epsg: int) -> None:
    frame().to_crs(epsg).to_file(tmp_path / "wards.tab", driver="MapInfo File")
    found = read(tmp_path / "wards.tab")
    assert min(shape(found.areas[0].geometry).exterior.coords) == pytest.approx((105.80, 21.0), abs=1e-5)
    assert any("read as VN-2000" in note for note in found.notes)


def test_utm_in_a_mapinfo_file_may_be_vn_2000_and_says_so(tmp_path: Path) -> None:
    frame().to_crs(3405).to_file(tmp_path / "wards.mif", driver="MapInfo File")
    assert any("give --crs EPSG:3405" in note for note in read(tmp_path / "wards.mif").notes)
    found = read(tmp_path / "wards.mif", crs="3405")
    assert min(shape(found.areas[0].geometry).exterior.coords) == pytest.approx((105.80, 21.0), abs=2e-6)


# Columns.


@pytest.mark.parametrize(
    ("columns", "level", "names"),
    [
        ({"ten_xa": WARDS, "ten_huyen": ["Quận Ba Đình"] * 4, "ten_tinh": ["Hà Nội"] * 4}, "ward", NAMES),
        (
            {"NAME_1": ["Hà Nội"] * 4, "NAME_2": ["Ba Đình"] * 4, "NAME_3": NAMES, "VARNAME_3": list("ABCD")},
            "ward",
            NAMES,
        ),
        ({"NAME_1": ["Hà Nội"] * 4, "NAME_2": NAMES, "TYPE_2": ["Quận"] * 4}, "district", NAMES),
        ({"TENXA": NAMES, "MAXA": ["1", "2", "3", "4"]}, "ward", NAMES),
        ({"Tên phường/xã": NAMES}, "ward", NAMES),
        ({"TEN": NAMES, "LOAI": ["Phường", "Phường", "Xã", "Phường"]}, "ward", NAMES),
        ({"name": NAMES, "cap": ["P.", "P", "x", "phường"]}, "ward", NAMES),
        ({"ten": NAMES, "loai_hc": ["P", "P", "X", "P"], "quan": ["Quận Ba Đình"] * 4}, "ward", NAMES),
        ({"shapeName": WARDS, "shapeID": list("abcd")}, "ward", NAMES),
        (
            {"name": WARDS, "name:en": ["Cua Nam Ward", "x", "y", "z"], "admin_level": ["6"] * 4},
            "ward",
            NAMES,
        ),
        ({"adm3_vi": NAMES, "adm3_en": ["a", "b", "c", "d"], "ADM3_PCODE": list("1234")}, "ward", NAMES),
        ({"Name": [None] * 4, "description": ["x"] * 4, "ten_phuong": NAMES}, "ward", NAMES),
        (
            {"ten_tinh": ["Tỉnh Hưng Yên", "Tỉnh Bắc Ninh", "TP. Hà Nội", "Thành phố Hải Phòng"]},
            "province",
            None,
        ),
        ({"ten": ["Thôn Đông", "Thôn Đoài", "Tổ dân phố số 5", "TDP 6"]}, "quarter", None),
    ],
)
def test_columns_of_every_make_are_known(
    tmp_path: Path, columns: dict[str, Any], level: str, names: list[str] | None
) -> None:
    geopandas.GeoDataFrame(columns, geometry=boxes(), crs=4326).to_file(tmp_path / "wards.geojson")
    found = read(tmp_path / "wards.geojson")
    assert found.level == level
    if names is not None:
        assert {area.name_vi for area in found.areas} == set(names)
    assert len(found.areas) == 4


def test_ranks_of_a_column_of_their_own_are_in_the_full_names(tmp_path: Path) -> None:
    frame(NAMES, "ten", loai=["Phường", "Phường", "Xã", "Thị trấn"]).to_file(tmp_path / "wards.geojson")
    assert [(a.full_name_vi, a.full_name_en) for a in read(tmp_path / "wards.geojson").areas] == [
        ("Phường Cửa Nam", "Cua Nam Ward"),
        ("Thị trấn Đống Đa", "Dong Da Township"),
        ("Phường Hoàn Kiếm", "Hoan Kiem Ward"),
        ("Xã Ô Diên", "O Dien Commune"),
    ]


def test_english_names_are_taken_where_the_file_has_them(tmp_path: Path) -> None:
    english = ["South Gate Ward", "Returned Sword Ward", "O Dien", "Dong Da"]
    frame(NAME_EN=english).to_file(tmp_path / "wards.geojson")
    found = {area.id: (area.name_en, area.full_name_en) for area in read(tmp_path / "wards.geojson").areas}
    assert found["ward-cua-nam"] == ("South Gate", "South Gate Ward")
    assert found["ward-o-dien"] == ("O Dien", "O Dien Commune")


def test_only_english_names_are_better_than_none(tmp_path: Path) -> None:
    frame(["Ba Dinh District", "Tay Ho District"], "NAME_EN").to_file(tmp_path / "districts.geojson")
    found = read(tmp_path / "districts.geojson")
    assert [area.full_name_vi for area in found.areas] == ["Quận Ba Đình", "Quận Tây Hồ"]


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ([70, 73, 9787, 226], ["00070", "00226", "00073", "09787"]),
        ([70.0, 73.0, 9787.0, 226.0], ["00070", "00226", "00073", "09787"]),
        (["00070", "00073", "09787", "00226"], ["00070", "00226", "00073", "09787"]),
        ([1, 1, 1, 1], [None] * 4),
        ([None, "2", "3", "4"], [None] * 4),
    ],
)
def test_codes_are_kept_as_the_statistical_office_writes_them(
    tmp_path: Path, codes: list[Any], expected: list[Any]
) -> None:
    frame(MA_XA=codes).to_file(tmp_path / "wards.gpkg")
    assert [area.code for area in read(tmp_path / "wards.gpkg").areas] == expected


def test_areas_of_one_name_are_told_apart_by_code_or_the_area_above(tmp_path: Path) -> None:
    names = ["Phường Minh Khai", "Phường Minh Khai", "Phường Đội Cấn", "Phường Đội Cấn"]
    frame(names, ma_xa=["1", "2", "3", "4"]).to_file(tmp_path / "a.geojson")
    found = read(tmp_path / "a.geojson")
    assert ids(found) == ["ward-doi-can-3", "ward-doi-can-4", "ward-minh-khai-1", "ward-minh-khai-2"]
    assert any(
        "several areas have one name" in note and "Phường Minh Khai (2)" in note for note in found.notes
    )
    frame(names, quan=["Quận Tây Hồ", "Quận Ba Đình", "Quận Ba Đình", "Quận Ba Đình"]).to_file(
        tmp_path / "b.geojson"
    )
    found = read(tmp_path / "b.geojson")
    assert ids(found) == ["ward-doi-can", "ward-minh-khai-quan-ba-dinh", "ward-minh-khai-quan-tay-ho"]
    assert any("rows of one name became one area: Phường Đội Cấn (2)" in note for note in found.notes)


def test_rows_of_one_area_become_one(tmp_path: Path) -> None:
    names = ["Phường Cửa Nam", "Phường Cửa Nam", "Xã Ô Diên", "phường Cửa Nam"]
    frame(names, ma_xa=["00070", "00070", "09787", "00070"]).to_file(tmp_path / "wards.geojson")
    found = read(tmp_path / "wards.geojson")
    assert ids(found) == ["ward-cua-nam", "ward-o-dien"]
    # The first two touch each other.
    assert found.areas[0].geometry["type"] == "MultiPolygon"
    assert len(found.areas[0].geometry["coordinates"]) == 2
    assert any("Phường Cửa Nam (3)" in note for note in found.notes)


def test_the_given_level_chooses_the_column_and_joins_what_lies_below(tmp_path: Path) -> None:
    frame(ten_huyen=["Quận Ba Đình", "Quận Ba Đình", "Huyện Đan Phượng", "Quận Ba Đình"]).to_file(
        tmp_path / "a.gpkg"
    )
    assert ids(read(tmp_path / "a.gpkg", level="district")) == ["district-ba-dinh", "district-dan-phuong"]
    assert ids(read(tmp_path / "a.gpkg")) == IDS


def test_the_given_level_leaves_out_areas_of_others(tmp_path: Path) -> None:
    mixed = ["Quận Ba Đình", "Phường Cửa Nam", "Thành phố Hà Nội", "TX. Sơn Tây"]
    frame(mixed, "name").to_file(tmp_path / "mixed.geojson")
    assert "of several levels (1 Quận, 1 Phường, 1 Thành phố, 1 Thị xã); give --level" in refusal(
        tmp_path / "mixed.geojson"
    )
    found = read(tmp_path / "mixed.geojson", level="ward")
    assert ids(found) == ["ward-cua-nam"]
    assert any(
        "of another level than ward: 3 (Quận Ba Đình, Thành phố Hà Nội, Thị xã Sơn Tây)" in n
        for n in found.notes
    )
    frame(["Quận Ba Đình"], "name").to_file(tmp_path / "one.geojson")
    assert "holds no ward, only 1 Quận" in refusal(tmp_path / "one.geojson", level="ward")


@pytest.mark.parametrize("level", LEVELS)
def test_any_level_can_be_given(tmp_path: Path, level: Any) -> None:
    frame(["A", "B"], "name").to_file(tmp_path / "a.geojson")
    assert ids(read(tmp_path / "a.geojson", level=level)) == [f"{level}-a", f"{level}-b"]


# Shapes.


def test_collections_heights_and_open_rings_are_mended(tmp_path: Path) -> None:
    ring = [[105.8, 21.0, 5], [105.82, 21.0, 5], [105.82, 21.02, 5], [105.8, 21.02, 5]]
    polygon = {"type": "Polygon", "coordinates": [ring]}
    line = {"type": "LineString", "coordinates": ring}
    shapes = [
        polygon,
        {"type": "GeometryCollection", "geometries": [line, polygon]},
        {
            "type": "GeometryCollection",
            "geometries": [{"type": "GeometryCollection", "geometries": [polygon]}],
        },
        {"type": "MultiPolygon", "coordinates": [[ring], [[[x + 1, y] for x, y, _ in ring]]]},
    ]
    features = [
        {"type": "Feature", "properties": {"ten_xa": f"Xã {at}"}, "geometry": one}
        for at, one in enumerate("ABCD")
    ]
    for feature, one in zip(features, shapes, strict=True):
        feature["geometry"] = one  # type: ignore[assignment]
    (tmp_path / "a.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    found = read(tmp_path / "a.geojson")
    assert len(found.areas) == 4
    for area in found.areas:
        assert shape(area.geometry).is_valid
        assert not shape(area.geometry).has_z
        assert shape(area.geometry).area == pytest.approx(0.0004, rel=1.5)


def test_rows_without_a_shape_and_odd_ones_are_left_out_and_told(tmp_path: Path) -> None:
    data = frame()
    data["geometry"] = [boxes()[0], None, Point(105, 21), Polygon([(105, 21), (105.1, 21.1), (105, 21)])]
    data.to_file(tmp_path / "a.gpkg")
    found = read(tmp_path / "a.gpkg")
    assert ids(found) == ["ward-cua-nam"]
    told = "; ".join(found.notes)
    assert "because they have no shape: 1 row (Phường Hoàn Kiếm)" in told
    assert "because they are no areas, or lack numbers: 1 Point (Xã Ô Diên)" in told
    assert "because the outline has no inside: Phường Đống Đa" in told
    data.iloc[1:].to_file(tmp_path / "b.gpkg")
    assert "holds no outline with an inside" in refusal(tmp_path / "b.gpkg")


def test_very_many_corners_are_kept_for_joins_and_thinned_for_maps(tmp_path: Path) -> None:
    circle = Point(105.8, 21.0).buffer(0.2, quad_segs=20_000)
    geopandas.GeoDataFrame({"ten_xa": ["Xã Tròn"]}, geometry=[circle], crs=4326).to_file(tmp_path / "a.gpkg")
    [area] = read(tmp_path / "a.gpkg").areas
    assert len(area.geometry["coordinates"][0]) > 40_000
    assert len(area.outline["coordinates"][0]) < 500


def test_many_corners_that_do_not_fit_their_neighbours_are_thinned_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = frame()
    data["geometry"] = [polygon.segmentize(0.02 / (300 + 7 * at)) for at, polygon in enumerate(boxes())]
    data.to_file(tmp_path / "a.gpkg")
    monkeypatch.setattr("cityhub.catalogue.boundaries.shapes._MANY_CORNERS", 1000)
    for area in read(tmp_path / "a.gpkg").areas:
        assert len(area.geometry["coordinates"][0]) > 1000
        assert len(area.outline["coordinates"][0]) == 5


def test_the_same_areas_are_the_same_whatever_the_order_of_rows_and_corners(tmp_path: Path) -> None:
    data = frame(["Phường Cửa Nam", "Phường Cửa Nam", "Xã Ô Diên", "Phường Đống Đa"])
    data.to_file(tmp_path / "a.gpkg")
    turned = data.iloc[::-1].reset_index(drop=True)
    turned["geometry"] = [
        Polygon([*polygon.exterior.coords[3:-1], *polygon.exterior.coords[:3]][::-1])
        for polygon in turned.geometry
    ]
    turned.to_file(tmp_path / "b.fgb", driver="FlatGeobuf")
    assert read(tmp_path / "a.gpkg").areas == read(tmp_path / "b.fgb").areas


# Doubts.


@pytest.mark.parametrize(
    ("corner", "told"),
    [
        ((-1.0, -1.0), "at -1, -1"),
        ((0, 0), "at 0, 0"),
        ((106.81, 21.0), "km out"),
        ((10.58, 21.01), "km out"),
    ],
)
def test_a_corner_that_one_slip_moved_away_is_told(
    tmp_path: Path, corner: tuple[float, float], told: str
) -> None:
    data = frame()
    corners = list(data.geometry[1].exterior.coords)[:-1]
    corners[5] = corner
    data.loc[1, "geometry"] = Polygon(corners)
    data.to_file(tmp_path / "a.geojson")
    doubts = read(tmp_path / "a.geojson").doubts
    assert any("Phường Hoàn Kiếm: one corner stands" in doubt and told in doubt for doubt in doubts)


@pytest.mark.parametrize("corner", [(999.0, 21.0), (105.8, -99.0), (1e30, 1e30)])
def test_a_corner_off_the_earth_is_refused_with_the_name_of_its_area(
    tmp_path: Path, corner: tuple[float, float]
) -> None:
    data = frame()
    corners = list(data.geometry[1].exterior.coords)[:-1]
    corners[5] = corner
    data.loc[1, "geometry"] = Polygon(corners)
    data.to_file(tmp_path / "a.shp")
    assert "corners that lie nowhere on earth: Phường Hoàn Kiếm; mend them" in refusal(tmp_path / "a.shp")


def test_areas_too_large_too_long_or_too_small_are_told(tmp_path: Path) -> None:
    data = frame()
    data["geometry"] = [
        box(105, 20, 106.2, 21),
        box(100, 21.5, 106, 21.51),
        Point(105.3, 22).buffer(0.00001),
        box(105.8, 22, 105.82, 22.02),
    ]
    data.to_file(tmp_path / "a.geojson")
    doubts = "; ".join(read(tmp_path / "a.geojson").doubts)
    assert "Phường Cửa Nam: 13,853 km² is too large for a ward" in doubts
    assert "Phường Hoàn Kiếm: 624 km from end to end is too long for a ward" in doubts
    assert "Xã Ô Diên: 4 m² is too small for a ward" in doubts
    assert "Đống Đa" not in doubts


def test_overlaps_are_told_and_shared_borders_are_not(tmp_path: Path) -> None:
    data = frame()
    data.loc[2, "geometry"] = boxes()[1].buffer(0.0001)
    data.to_file(tmp_path / "a.geojson")
    [doubt] = read(tmp_path / "a.geojson").doubts
    assert doubt.startswith("Phường Hoàn Kiếm and Xã Ô Diên overlap by")
    assert "100% of the smaller" in doubt


def test_many_doubts_are_bounded(tmp_path: Path) -> None:
    names = [f"Xã {at}" for at in range(40)]
    same = geopandas.GeoDataFrame({"ten": names}, geometry=[boxes()[0]] * 40, crs=4326)
    same.to_file(tmp_path / "a.geojson")
    doubts = read(tmp_path / "a.geojson").doubts
    assert len(doubts) == 6
    assert doubts[-1] == "and 775 more of this kind"


def test_real_districts_give_no_doubts(shared_data: Path) -> None:
    assert read(shared_data / "hanoi_30_districts_geoboundaries.geojson").doubts == ()


# Files that failed when they were tried from outside.


@pytest.fixture
def case(shared_data: Path) -> Callable[[str], Path]:
    return lambda name: shared_data / "cases" / name


@pytest.mark.parametrize(
    "name",
    [
        "abbreviated-ranks.geojson",
        "folders.kml",
        "shp-utf8-no-cpg",
        "shp-utf8-no-cpg/districts.shp",
        "zip-subfolder.zip",
    ],
)
def test_cases_are_read(case: Callable[[str], Path], name: str) -> None:
    found = read(case(name))
    assert found.level == "district"
    assert [area.full_name_vi for area in found.areas] == [
        "Quận Cầu Giấy",
        "Quận Đống Đa",
        "Quận Hoàn Kiếm",
        "Thị xã Sơn Tây",
    ]
    assert found.doubts == ()


def test_cases_that_need_a_person_say_so(case: Callable[[str], Path]) -> None:
    assert "'tinh' (1: Hà Nội); 'huyen' (4: Cầu Giấy" in refusal(case("province-then-districts.gpkg"))
    [doubt] = read(case("one-corrupt-vertex.geojson")).doubts
    assert "Quận Cầu Giấy: one corner stands 11,375 km out, at -1, -1" in doubt


def test_a_multipolygon_of_far_parts_is_one_area(tmp_path: Path) -> None:
    parts = MultiPolygon([boxes()[0], boxes()[3]])
    geopandas.GeoDataFrame({"ten_xa": ["Xã Đôi"]}, geometry=[parts], crs=4326).to_file(
        tmp_path / "a.fgb", driver="FlatGeobuf"
    )
    [area] = read(tmp_path / "a.fgb").areas
    assert area.geometry["type"] == "MultiPolygon"
