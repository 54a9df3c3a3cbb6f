"""What a person hands over as one file: a dataset, a folder of them, or an archive of either."""

import bz2
import gzip
import lzma
import shutil
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any, Final

from cityhub.errors import FileError


def _endings(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Files and, for Esri's databases, folders that can be opened by themselves. Where there are some of these, tables and
# other files beside them are left alone.
_DATASETS: Final = _endings(
    ".shp .gpkg .geojson .geojsonl .geojsons .topojson .kml .gml .tab .mif .fgb .dxf .parquet .geoparquet .gdb"
    " .sqlite .dgn .jml .osm .pbf .gmt .feather"
)
_MAYBE_DATASETS: Final = _endings(".json .csv .tsv .psv .xml .jsonl .ndjson .jsonfg .xlsx .ods .dbf .db")
# A part of a dataset that is given instead of the whole.
_WHOLE_OF: Final = {
    **dict.fromkeys((".dbf", ".shx", ".prj", ".cpg", ".sbn", ".sbx", ".qix", ".qpj"), ".shp"),
    **dict.fromkeys((".dat", ".id", ".map", ".ind"), ".tab"),
    ".mid": ".mif",
}
_NOT_DATA: Final = frozenset(("__macosx", "thumbs.db", "desktop.ini"))
_DEEPEST: Final = 3
_MOST_FILES: Final = 20_000
MOST_BYTES: Final = 4 << 30
_COMPRESSED: Final[Mapping[bytes, Callable[[Path], Any]]] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ\x00": lzma.open,
}
_DAMAGED: Final = (
    OSError,
    EOFError,
    RuntimeError,
    ValueError,
    zlib.error,
    zipfile.BadZipFile,
    tarfile.TarError,
    lzma.LZMAError,
)
_FOREIGN: Final = {b"7z\xbc\xaf\x27\x1c": "7z", b"Rar!\x1a\x07": "RAR"}


@dataclass(frozen=True, slots=True)
class Dataset:
    """A file, or a folder that is one, and how it is called to people."""

    path: Path
    name: str


@contextmanager
def datasets(given: Path) -> Iterator[list[Dataset]]:
    """The datasets in what was `given`, by name; what was unpacked is gone after the block. Raises FileError."""
    if not given.exists():
        raise FileError(str(given), "is not there")
    with tempfile.TemporaryDirectory(prefix="boundaries-") as temporary:
        room = _Room(given.name)
        if given.is_dir() and given.suffix.lower() == ".gdb":
            found = [Dataset(given, given.name)]
        elif given.is_dir():
            found = _search(given)
            for archive in [] if found else [path for path in _walk(given) if _is_archive(path)]:
                _unpack(archive, Path(temporary) / archive.name, room, 1)
            found = found or _search(Path(temporary))
        elif _is_archive(given):
            _unpack(given, Path(temporary), room, 1)
            found = _search(Path(temporary))
        else:
            found = [_whole(given)]
        if not found:
            raise FileError(given.name, "holds no file of boundaries that is known by its name")
        yield found


def _whole(given: Path) -> Dataset:
    ending = _WHOLE_OF.get(given.suffix.lower())
    if ending is None or (given.suffix.lower() == ".dbf" and not beside(given, ".shx")):
        return Dataset(given, given.name)
    whole = beside(given, ending)
    if whole is None:
        problem = f"is only a part of the boundaries: {given.stem}{ending} is missing beside it"
        raise FileError(given.name, problem)
    return Dataset(whole, whole.name)


def beside(file: Path, ending: str) -> Path | None:
    """The file of the same name with another ending, whatever its case: many come from systems that know none."""
    for other in file.parent.iterdir():
        if other.stem.lower() == file.stem.lower() and other.suffix.lower() == ending:
            return other
    return None


def _search(root: Path) -> list[Dataset]:
    found: dict[bool, list[Dataset]] = {True: [], False: []}
    for path in sorted(_walk(root)):
        ending = path.suffix.lower()
        if ending in _DATASETS or ending in _MAYBE_DATASETS:
            found[ending in _DATASETS].append(Dataset(path, path.relative_to(root).as_posix()))
    whole = {dataset.path.with_suffix("") for dataset in found[True]}
    return found[True] or [one for one in found[False] if one.path.with_suffix("") not in whole]


def _walk(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if _is_junk(path.name):
            continue
        if path.is_dir() and path.suffix.lower() != ".gdb":
            yield from _walk(path)
        else:
            yield path


def _is_junk(name: str) -> bool:
    return name.startswith(".") or name.lower() in _NOT_DATA


def _is_archive(file: Path) -> bool:
    head = _head(file)
    if head.startswith(b"PK\x03\x04"):
        # Spreadsheets are ZIP files too, and read as they are.
        return file.suffix.lower() not in {".xlsx", ".ods"}
    is_tar = file.suffix.lower() == ".tar" and tarfile.is_tarfile(file)
    return is_tar or any(head.startswith(magic) for magic in (*_COMPRESSED, *_FOREIGN))


def _head(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(8)
    except OSError as exc:
        raise FileError(file.name, f"cannot be read: {exc.strerror or exc}") from exc


class _Room:
    """How much may still be unpacked: a small archive may hold a very large file."""

    def __init__(self, name: str) -> None:
        self.name, self._files, self._bytes = name, _MOST_FILES, MOST_BYTES

    def copy(self, source: IO[bytes], target: Path) -> None:
        """Write all of `source` to `target`."""
        self._files -= 1
        if self._files < 0:
            raise FileError(self.name, f"holds more than {_MOST_FILES} files")
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as opened:
            while piece := source.read(1 << 20):
                self._bytes -= len(piece)
                if self._bytes < 0:
                    raise FileError(self.name, f"unpacks to more than {MOST_BYTES >> 20} MiB")
                opened.write(piece)


def _unpack(archive: Path, into: Path, room: _Room, depth: int) -> None:
    head = _head(archive)
    for magic, kind in _FOREIGN.items():
        if head.startswith(magic):
            raise FileError(room.name, f"is packed as {kind}; unpack it and give what was in it")
    try:
        if head.startswith(b"PK\x03\x04"):
            _unzip(archive, into, room)
        elif tarfile.is_tarfile(archive):
            _untar(archive, into, room)
        else:
            opener = next(opener for magic, opener in _COMPRESSED.items() if head.startswith(magic))
            with opener(archive) as source:
                room.copy(source, into / archive.name.lstrip(".").removesuffix(archive.suffix))
    except _DAMAGED as exc:
        raise FileError(room.name, f"cannot be unpacked: {_reason(exc)}") from exc
    for inner in list(_walk(into)):
        if inner.is_file() and _is_archive(inner):
            if depth == _DEEPEST:
                raise FileError(room.name, f"holds archives within archives, more than {_DEEPEST} deep")
            packed = inner.rename(inner.with_name(f".{inner.name}"))
            _unpack(packed, inner, room, depth + 1)


def _unzip(archive: Path, into: Path, room: _Room) -> None:
    with zipfile.ZipFile(archive) as opened:
        for member in opened.infolist():
            target = _target(into, member.filename)
            if member.is_dir() or target is None:
                continue
            if member.flag_bits & 1:
                raise FileError(room.name, "is locked with a password; unpack it and give what was in it")
            with opened.open(member) as source:
                room.copy(source, target)


def _untar(archive: Path, into: Path, room: _Room) -> None:
    with tarfile.open(archive) as opened:
        for member in opened:
            target = _target(into, member.name)
            source = opened.extractfile(member) if member.isfile() else None
            if source is not None and target is not None:
                with source:
                    room.copy(source, target)


def _target(into: Path, name: str) -> Path | None:
    """Where a member goes, never outside of `into`; None for what systems put into archives by themselves."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    inside = [part for part in parts if part not in {"/", ".", ".."} and not part.endswith(":")]
    return None if not inside or any(map(_is_junk, inside)) else into.joinpath(*inside)


def _reason(exc: Exception) -> str:
    if isinstance(exc, NotImplementedError):
        return "it is packed in an unusual way; pack it anew as an ordinary ZIP file"
    if isinstance(exc, OSError) and exc.strerror:
        return exc.strerror
    return str(exc) or type(exc).__name__


def stage(dataset: Dataset, folder: Path) -> Path:
    """A copy of the dataset with all files of its name, in `folder`, where they may be changed.

    All of one case: GDAL looks for .dbf and .DBF, not for .Dbf.
    """
    folder.mkdir(parents=True, exist_ok=True)
    stem = dataset.path.stem
    for part in dataset.path.parent.iterdir():
        if part.is_file() and part.stem.lower() == stem.lower():
            shutil.copyfile(part, folder / f"{stem}{part.suffix.lower()}")
    return folder / f"{stem}{dataset.path.suffix.lower()}"
