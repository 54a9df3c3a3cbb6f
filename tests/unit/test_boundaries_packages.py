"""Archives and folders as offices send them."""

import bz2
import gzip
import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from cityhub.catalogue.boundaries.packages import datasets, stage
from cityhub.errors import FileError

SHAPEFILE = ("d.shp", "d.shx", "d.dbf", "d.prj")


def zipped(file: Path, *names: str, content: bytes = b"x") -> Path:
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, content)
    return file


def names(given: Path) -> list[str]:
    with datasets(given) as found:
        assert all(dataset.path.exists() for dataset in found)
        return [dataset.name for dataset in found]


@pytest.mark.parametrize(
    "junk",
    [
        ["__MACOSX/districts/._d.shp", "__MACOSX/._districts", ".DS_Store", "districts/.DS_Store"],
        ["Thumbs.db", "desktop.ini", "readme.txt", "districts/metadata.json", "districts/d.csv"],
        ["../../outside.shp.txt", "C:/windows/x.dll"],
    ],
)
@pytest.mark.parametrize("folder", ["", "districts/", "a/b/districts/", "Hà Nội\\2025\\"])
def test_a_dataset_is_found_wherever_it_lies_in_the_zip(tmp_path: Path, folder: str, junk: list[str]) -> None:
    file = zipped(tmp_path / "d.zip", *(folder + part for part in SHAPEFILE), *junk)
    assert names(file) == [folder.replace("\\", "/") + "d.shp"]


def test_several_datasets_are_all_found(tmp_path: Path) -> None:
    file = zipped(tmp_path / "d.zip", "a/wards.shp", "a/wards.dbf", "b/districts.gpkg", "c.kml")
    assert names(file) == ["a/wards.shp", "b/districts.gpkg", "c.kml"]


def test_archives_within_archives_are_unpacked(tmp_path: Path) -> None:
    inner = zipped(tmp_path / "inner.zip", "x/d.geojson").read_bytes()
    file = zipped(tmp_path / "outer.zip", "data/inner.zip", content=inner)
    assert names(file) == ["data/inner.zip/x/d.geojson"]


def test_archives_nested_without_end_are_refused(tmp_path: Path) -> None:
    content = b"x"
    for _ in range(6):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("a.zip", content)
        content = buffer.getvalue()
    (tmp_path / "a.zip").write_bytes(content)
    with pytest.raises(FileError, match="more than 3 deep"), datasets(tmp_path / "a.zip"):
        pass


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_tar_files_are_unpacked(tmp_path: Path, mode: str) -> None:
    (tmp_path / "d.kml").write_bytes(b"x")
    file = tmp_path / "d.tar"
    with tarfile.open(file, mode) as archive:  # type: ignore[call-overload]
        archive.add(tmp_path / "d.kml", "folder/d.kml")
        link = tarfile.TarInfo("link.kml")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    assert names(file) == ["folder/d.kml"]


@pytest.mark.parametrize(("ending", "pack"), [(".gz", gzip.compress), (".bz2", bz2.compress)])
def test_a_single_packed_file_is_unpacked(tmp_path: Path, ending: str, pack: object) -> None:
    assert callable(pack)
    (tmp_path / f"d.geojson{ending}").write_bytes(pack(b"{}"))
    assert names(tmp_path / f"d.geojson{ending}") == ["d.geojson"]


def test_a_folder_is_searched(tmp_path: Path) -> None:
    for part in SHAPEFILE:
        (tmp_path / part).write_bytes(b"x")
    assert names(tmp_path) == ["d.shp"]


def test_a_folder_with_only_an_archive_in_it_is_searched_too(tmp_path: Path) -> None:
    zipped(tmp_path / "d.zip", "x/d.shp")
    assert names(tmp_path) == ["d.zip/x/d.shp"]


@pytest.mark.parametrize("part", ["d.dbf", "d.shx", "d.prj", "d.cpg", "D.CPG"])
def test_a_part_of_a_shapefile_stands_for_the_whole(tmp_path: Path, part: str) -> None:
    for name in {*SHAPEFILE, part}:
        (tmp_path / name).write_bytes(b"x")
    assert names(tmp_path / part) == ["d.shp"]


def test_a_lonely_part_names_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "d.shx").write_bytes(b"x")
    with pytest.raises(FileError, match=r"d\.shp is missing beside it"):
        names(tmp_path / "d.shx")


def test_spreadsheets_are_no_archives(tmp_path: Path) -> None:
    assert names(zipped(tmp_path / "d.xlsx", "xl/workbook.xml")) == ["d.xlsx"]


@pytest.mark.parametrize(("magic", "word"), [(b"7z\xbc\xaf\x27\x1c", "7z"), (b"Rar!\x1a\x07\x00", "RAR")])
def test_other_archives_are_named(tmp_path: Path, magic: bytes, word: str) -> None:
    (tmp_path / "d.zip").write_bytes(magic + b"rest")
    with pytest.raises(FileError, match=f"is packed as {word}; unpack it"):
        names(tmp_path / "d.zip")


def test_a_locked_archive_is_told(tmp_path: Path) -> None:
    file = zipped(tmp_path / "d.zip", "d.shp")
    raw = bytearray(file.read_bytes())
    for at in (raw.index(b"PK\x03\x04") + 6, raw.index(b"PK\x01\x02") + 8):
        raw[at] |= 1
    file.write_bytes(bytes(raw))
    with pytest.raises(FileError, match="locked with a password"):
        names(file)


@pytest.mark.parametrize("damage", [slice(0, 60), slice(0, 10)])
def test_a_damaged_archive_is_one_clear_line(tmp_path: Path, damage: slice) -> None:
    file = zipped(tmp_path / "d.zip", "d.shp", content=b"x" * 1000)
    file.write_bytes(file.read_bytes()[damage])
    with pytest.raises(FileError, match=r"^d\.zip: cannot be unpacked: \S"):
        names(file)


def test_an_archive_that_grows_without_bounds_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cityhub.catalogue.boundaries.packages.MOST_BYTES", 1 << 20)
    file = tmp_path / "d.zip"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("d.shp", bytes(2 << 20))
    with pytest.raises(FileError, match="unpacks to more than 1 MiB"):
        names(file)


def test_nothing_known_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="holds no file of boundaries"):
        names(zipped(tmp_path / "d.zip", "readme.txt", "photo.jpg"))
    with pytest.raises(FileError, match="is not there"):
        names(tmp_path / "nowhere.shp")


def test_a_copy_can_be_changed_and_has_names_of_one_case(tmp_path: Path) -> None:
    for part in ("d.shp", "D.DBF", "D.shx", "other.shp"):
        (tmp_path / part).write_bytes(b"x")
    with datasets(tmp_path / "d.shp") as [dataset]:
        copy = stage(dataset, tmp_path / "copy")
    assert sorted(path.name for path in copy.parent.iterdir()) == ["d.dbf", "d.shp", "d.shx"]
