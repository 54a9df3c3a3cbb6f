"""Reading a catalogue folder: what is good is read, what is broken names its file, row and column."""

import csv
import unicodedata
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhub.catalogue import Catalogue, read
from cityhub.catalogue.tables import TABLES
from cityhub.errors import FileError

HEADER = ["id", "name_vi", "name_en", "lat", "lon", "basis"]
GOOD = ["air-test", "Trạm thử", "Test station", "21.02", "105.85", "official"]
PLACE = ["ltk-01", "Điểm đỗ", "Place", "21.02", "105.85", "illustrative", "2"]


def write(folder: Path, name: str, *rows: list[str]) -> Path:
    with (folder / name).open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return folder


def changed(column: str, cell: str) -> list[str]:
    return [cell if name == column else old for name, old in zip(HEADER, GOOD, strict=True)]


def fault(folder: Path) -> FileError:
    with pytest.raises(FileError) as caught:
        read(folder)
    assert "\n" not in str(caught.value)
    return caught.value


def test_a_folder_with_one_file_is_a_catalogue(tmp_path: Path) -> None:
    (sensor,) = read(write(tmp_path, "air.csv", HEADER, GOOD)).sensors
    assert (sensor.id, sensor.lat, sensor.lon, sensor.interval_s) == ("air-test", 21.02, 105.85, 60)
    assert len(sensor.properties) == 8


def test_a_byte_order_mark_blank_lines_and_padding_do_no_harm(tmp_path: Path) -> None:
    text = ",".join(HEADER) + "\r\n\r\n" + ", ".join(GOOD) + "\r\n,,,,,\r\n"
    (tmp_path / "air.csv").write_bytes(text.encode("utf-8-sig"))
    assert [sensor.name_en for sensor in read(tmp_path).sensors] == ["Test station"]


def test_names_are_composed_however_they_were_typed(tmp_path: Path) -> None:
    typed = unicodedata.normalize("NFD", "Hồ Tây")
    (sensor,) = read(write(tmp_path, "air.csv", HEADER, changed("name_vi", typed))).sensors
    assert sensor.name_vi == "Hồ Tây"


def test_columns_of_ones_own_become_attributes(tmp_path: Path) -> None:
    folder = write(tmp_path, "air.csv", [*HEADER, "attr_owner", "attr_note"], [*GOOD, "Sở", ""])
    assert read(folder).sensors[0].attributes == {"owner": "Sở"}


@pytest.mark.parametrize(
    ("column", "cell", "words"),
    [
        ("id", "Air_1", "is no id"),
        ("id", "a1", "is no id"),
        ("id", "", "must not be blank"),
        ("name_vi", " ", "must not be blank"),
        ("name_vi", "hai\ndòng", "line break"),
        ("name_vi", "H\ufffd Tây", "were lost"),
        ("name_en", "x" * 501, "longer than"),
        ("lat", "21,02", "decimal comma; write 21.02"),
        ("lat", "105.85", "are lat and lon swapped?"),
        ("lat", "north", "no latitude"),
        ("lat", "nan", "no latitude"),
        ("lat", "1e1", "no latitude"),
        ("lon", "181", "must lie between -180 and 180"),
        ("basis", "guess", "is not one of official"),
    ],
)
def test_a_bad_cell_names_file_row_and_column(tmp_path: Path, column: str, cell: str, words: str) -> None:
    found = fault(write(tmp_path, "air.csv", HEADER, GOOD, changed(column, cell)))
    assert (found.file, found.row, found.column) == ("air.csv", 3, column)
    assert words in found.problem


@pytest.mark.parametrize(
    ("column", "cell", "words"),
    [
        ("interval_s", "0", "no whole number above zero"),
        ("interval_s", "1.5", "no whole number above zero"),
        ("listed", "maybe", "neither true nor false"),
        ("properties", "pm2_5;radon", "air has no property 'radon'"),
        ("properties", "pm2_5;pm2_5", "names one of them twice"),
    ],
)
def test_a_bad_optional_cell_is_named_too(tmp_path: Path, column: str, cell: str, words: str) -> None:
    found = fault(write(tmp_path, "air.csv", [*HEADER, column], [*GOOD, cell]))
    assert (found.row, found.column) == (2, column)
    assert words in found.problem


def test_null_island_is_refused(tmp_path: Path) -> None:
    row = ["air-test", "Trạm", "Station", "0", "0", "official"]
    assert fault(write(tmp_path, "air.csv", HEADER, row)).column == "lat"


def test_an_id_taken_in_another_file_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "air.csv", HEADER, GOOD)
    found = fault(write(tmp_path, "rain.csv", HEADER, GOOD))
    assert (found.file, found.row, found.column) == ("rain.csv", 2, "id")
    assert "air.csv, row 2" in found.problem


def test_the_first_fault_counts_the_others(tmp_path: Path) -> None:
    found = fault(write(tmp_path, "air.csv", HEADER, changed("id", "!"), changed("lat", "x"), GOOD))
    assert (found.row, found.column) == (2, "id")
    assert found.problem.endswith("(and 1 more)")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "not UTF-8"),
        ("id,name_vi\nair-1,Hồ".encode("utf-16"), "not UTF-8"),
        ("id,name_vi,name_en,lat,lon,basis\nair-1,Đa,Da,1,1,official".encode("cp1258"), "not UTF-8"),
        (b"\x00\x00\x00\x00", "column"),
        (b"id;name_vi;name_en;lat;lon;basis\n", "separated by semicolons"),
        (b"id,name_vi,name_en,lat,lon\n", "required column 'basis' is missing"),
        (b"id,name_vi,name_en,lat,lon,basis,basis_notes\n", "did you mean 'basis_note'?"),
        (b"id,name_vi,name_en,lat,lon,basis,zzz\n", "begin with attr_"),
        (b"id,id,name_vi,name_en,lat,lon,basis\n", "stands there twice"),
        (b"id,name_vi,name_en,lat,lon,basis\n", "no rows"),
        (b'id,name_vi,name_en,lat,lon,basis\n"air', "no well-formed CSV"),
        (b"id,name_vi,name_en,lat,lon,basis\nair-1,Ho\n", "has 2 cells, the header has 6"),
        (b"id,name_vi,name_en,lat,lon,basis\nair-1,Ho,Ho,21,02,105,85,official\n", "has 8 cells"),
    ],
)
def test_a_broken_file_is_one_clear_line(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "air.csv").write_bytes(content)
    found = fault(tmp_path)
    assert found.file == "air.csv"
    assert words in found.problem


def test_a_missing_empty_or_strange_folder_says_what_is_expected(tmp_path: Path) -> None:
    assert "air.csv" in str(fault(tmp_path / "nowhere"))
    assert "air.csv" in str(fault(tmp_path))
    (tmp_path / "sensors.csv").write_text("id\n")
    assert fault(tmp_path).file == "sensors.csv"


def test_a_file_that_is_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "air.csv").mkdir()
    assert "cannot be read" in str(fault(tmp_path))


def test_a_bay_needs_its_place(tmp_path: Path) -> None:
    bay = ["ltk-01-b01", "Ô 1", "Bay 1", "21.02", "105.85", "illustrative", "ltk-01"]
    found = fault(write(tmp_path, "parking_bays.csv", [*HEADER, "place_id"], bay))
    assert (found.row, found.column) == (2, "place_id")
    write(tmp_path, "parking_places.csv", [*HEADER, "capacity"], PLACE)
    assert [sensor.id for sensor in read(tmp_path).sensors] == ["ltk-01", "ltk-01-b01"]


def test_a_place_cannot_have_more_bays_than_its_capacity(tmp_path: Path) -> None:
    write(tmp_path, "parking_places.csv", [*HEADER, "capacity"], PLACE)
    bays = [[f"ltk-01-b{n}", "Ô", "Bay", "21.02", "105.85", "illustrative", "ltk-01"] for n in range(3)]
    found = fault(write(tmp_path, "parking_bays.csv", [*HEADER, "place_id"], *bays))
    assert (found.row, found.column) == (4, "place_id")
    assert "capacity of 2" in found.problem


cell = st.one_of(st.text(st.characters(exclude_categories=["Cs"]), max_size=30), st.sampled_from(GOOD))


@given(
    file=st.sampled_from(sorted(TABLES)),
    extra=st.lists(cell, max_size=2),
    rows=st.lists(st.lists(cell, min_size=6, max_size=9), max_size=4),
)
def test_any_text_in_any_cell_is_a_catalogue_or_a_file_error(
    file: str, extra: list[str], rows: list[list[str]]
) -> None:
    with TemporaryDirectory() as name:
        folder = write(Path(name), file, [*HEADER, *extra], *rows)
        assert _catalogue_or_one_line(folder)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_catalogue_or_a_file_error(content: bytes) -> None:
    with TemporaryDirectory() as name:
        (Path(name) / "air.csv").write_bytes(content)
        assert _catalogue_or_one_line(Path(name))


@given(column=st.sampled_from(HEADER), text=cell)
def test_any_text_in_one_cell_of_a_good_row_is_a_catalogue_or_a_file_error(column: str, text: str) -> None:
    with TemporaryDirectory() as name:
        folder = write(Path(name), "air.csv", HEADER, changed(column, text))
        assert _catalogue_or_one_line(folder)


def _catalogue_or_one_line(folder: Path) -> bool:
    try:
        return isinstance(read(folder), Catalogue)
    except FileError as error:
        return len(str(error).splitlines()) == 1
