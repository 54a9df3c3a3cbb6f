"""The layers of what was handed over, and which of them hold the areas."""

import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cityhub.catalogue.boundaries.packages import Dataset, beside, stage
from cityhub.catalogue.boundaries.text_files import RAW, as_unicode, declared
from cityhub.errors import FileError

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

_PLANES: Final = frozenset({"Polygon", "MultiPolygon", "GeometryCollection"})
_MOST_LAYERS: Final = 500
# Drivers that put files of their own beside these while they read.
_STAGED: Final = frozenset({".shp", ".gml", ".xml", ".kml"})
_TEXTS: Final = frozenset(
    {".gml", ".kml", ".xml", ".json", ".geojson", ".topojson", ".geojsonl", ".csv", ".tsv", ".mif"}
)
_TABLES: Final = frozenset({".csv", ".tsv", ".psv"})
_GEOMETRY_COLUMNS: Final = (
    "WKT,wkt,geom,geometry,the_geom,wkb_geometry,wkb,shape,geo,polygon,ranh_gioi,ranhgioi,geojson"
)


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer as it was read: texts byte by byte (RAW), shapes as they are, None among them."""

    dataset: Dataset
    name: str
    frame: "GeoDataFrame"
    declared: str | None
    """The encoding that the file says it has."""

    def holds_areas(self) -> bool:
        """Is any of its shapes a plane, or a collection that may hold one?"""
        return bool(self.frame.geometry.geom_type.isin(_PLANES).any())


def layers(found: Sequence[Dataset], workspace: Path, file: str) -> list[Layer]:
    """Every layer with shapes. A dataset that cannot be read is an error only when it is the only one."""
    read: list[Layer] = []
    problems: list[str] = []
    for number, dataset in enumerate(found):
        try:
            read += _layers_of(dataset, workspace / str(number))
        except FileError as exc:
            problems.append(exc.problem)
    if not read:
        raise FileError(
            file,
            problems[0] if problems else "is a table without shapes; give boundaries, for example GeoJSON",
        )
    return read


def _layers_of(dataset: Dataset, workspace: Path) -> Iterator[Layer]:
    if dataset.path.suffix.lower() in {".parquet", ".geoparquet", ".feather"}:
        yield _columnar(dataset)
        return
    import pyogrio  # noqa: PLC0415

    path = _prepared(dataset, workspace)
    try:
        with warnings.catch_warnings():
            # GDAL warns of odd rings and the like; what matters of it is checked later.
            warnings.simplefilter("ignore")
            pyogrio.set_gdal_config_options({"SHAPE_RESTORE_SHX": "YES"})
            listed = [(str(name), kind) for name, kind in pyogrio.list_layers(path)]
    except Exception as exc:  # each GDAL driver fails with an exception type of its own
        raise _unreadable(dataset, exc) from exc
    if len(listed) > _MOST_LAYERS:
        raise FileError(dataset.name, f"has {len(listed)} layers; give a file of one")
    # The shapes of a table are found only when it is read.
    is_table = path.suffix.lower() in _TABLES
    for name, kind in listed:
        if kind is not None or is_table:
            yield Layer(dataset, name, _read(dataset, path, name), declared(dataset))


def _read(dataset: Dataset, path: Path, name: str) -> "GeoDataFrame":
    import geopandas  # noqa: PLC0415
    import pyogrio  # noqa: PLC0415

    is_table = path.suffix.lower() in _TABLES
    options = {"GEOM_POSSIBLE_NAMES": _GEOMETRY_COLUMNS, "KEEP_GEOM_COLUMNS": "NO"} if is_table else {}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            frame = pyogrio.read_dataframe(path, layer=name, encoding=RAW, on_invalid="fix", **options)
    except Exception as exc:  # as above
        raise _unreadable(dataset, exc) from exc
    if not isinstance(frame, geopandas.GeoDataFrame):
        frame = geopandas.GeoDataFrame(frame, geometry=[None] * len(frame))
    return frame.reset_index(drop=True)


def _columnar(dataset: Dataset) -> Layer:
    import geopandas  # noqa: PLC0415

    reader = geopandas.read_feather if dataset.path.suffix.lower() == ".feather" else geopandas.read_parquet
    try:
        frame = reader(dataset.path)
    except ImportError as exc:
        problem = "is Parquet, which needs pyarrow here; install it, or give a GeoPackage"
        raise FileError(dataset.name, problem) from exc
    except Exception as exc:  # whatever a damaged file leads to
        raise _unreadable(dataset, exc) from exc
    if frame.geometry.name != "geometry":
        frame = frame.rename_geometry("geometry")
    texts = [column for column in frame.columns if column != "geometry"]
    frame = frame.rename(columns={column: _raw(str(column)) for column in texts})
    for column in map(_raw, map(str, texts)):
        frame[column] = [_raw(value) if isinstance(value, str) else value for value in frame[column]]
    return Layer(dataset, dataset.path.stem, frame.reset_index(drop=True), None)


def _raw(text: str) -> str:
    return text.encode().decode(RAW)


def _unreadable(dataset: Dataset, exc: Exception) -> FileError:
    # GDAL goes on about its drivers after the first clause, and names the copy that it was given.
    reason = " ".join(str(exc).split()).split(";")[0].replace(str(dataset.path), dataset.name)
    reason = re.sub(r"\S*/boundaries-\w+/\S*/", "", reason)[:200]
    return FileError(dataset.name, f"geopandas cannot read it: {reason}")


def _prepared(dataset: Dataset, workspace: Path) -> Path:
    """What GDAL opens: the dataset, or a copy of it where something must be written or changed."""
    path = dataset.path
    ending = path.suffix.lower()
    if ending == ".shp" and beside(path, ".dbf") is None:
        raise FileError(dataset.name, f"has no names: {path.stem}.dbf is missing beside it")
    if path.is_file() and ending in _STAGED:
        path = stage(dataset, workspace)
    if path.is_file() and ending in _TEXTS:
        text = as_unicode(path)
        if text is not None:
            workspace.mkdir(parents=True, exist_ok=True)
            path = workspace / path.name
            path.write_text(text, encoding="utf-8")
    return path


def choose(read: Sequence[Layer], wanted: Sequence[str], file: str) -> list[Layer]:
    """The layers that hold the areas: the ones `wanted` (by name, or `all`), else the only one, or all of one kind.

    Raises FileError that lists them where a person must choose.
    """
    with_areas = [layer for layer in read if layer.holds_areas()]
    if wanted:
        return _named(read, with_areas, wanted, file)
    if not with_areas:
        raise FileError(file, f"holds no polygon, only {_other_shapes(read)}; give boundaries as areas")
    if len(with_areas) == 1 or _are_of_one_kind(with_areas):
        return with_areas
    listed = "; ".join(_described(layer, read) for layer in with_areas[:12])
    listed += "; ..." if len(with_areas) > 12 else ""
    raise FileError(
        file,
        f"holds {len(with_areas)} layers of areas: {listed}; give --layer NAME, more than once for several, or all",
    )


def _named(read: Sequence[Layer], with_areas: list[Layer], wanted: Sequence[str], file: str) -> list[Layer]:
    if {name.lower() for name in wanted} == {"all"}:
        return with_areas
    chosen = []
    for name in wanted:
        matching = [layer for layer in read if name.lower() in _names(layer)]
        if not matching:
            listed = ", ".join(told_name(layer, read) for layer in read[:20])
            raise FileError(file, f"has no layer {name!r}; its layers are: {listed}")
        if not any(layer.holds_areas() for layer in matching):
            raise FileError(file, f"layer {name!r} holds no polygon, only {_other_shapes(matching)}")
        chosen += [layer for layer in matching if layer.holds_areas() and layer not in chosen]
    return chosen


def _names(layer: Layer) -> set[str]:
    path = layer.dataset.path
    names = {layer.name, layer.dataset.name, path.name, path.stem, f"{layer.dataset.name}/{layer.name}"}
    return {name.lower() for name in names}


def told_name(layer: Layer, read: Sequence[Layer]) -> str:
    """How people call a layer, and may call it in --layer."""
    siblings = [other for other in read if other.dataset == layer.dataset]
    if len({other.dataset for other in read}) == 1:
        return layer.name
    return layer.dataset.name if len(siblings) == 1 else f"{layer.dataset.name}/{layer.name}"


def _are_of_one_kind(found: Sequence[Layer]) -> bool:
    """Parts of one whole, as a KML file with a folder for each district: alike, of one file, none above another."""
    first = found[0]
    if any(layer.dataset != first.dataset or set(layer.frame) != set(first.frame) for layer in found):
        return False
    wholes = [layer.frame.geometry.force_2d().make_valid().union_all() for layer in found]
    return not any(
        one.intersection(other).area > 0.05 * min(one.area, other.area)
        for at, one in enumerate(wholes)
        for other in wholes[:at]
    )


def _described(layer: Layer, read: Sequence[Layer]) -> str:
    from cityhub.catalogue.boundaries.columns import some_names  # noqa: PLC0415

    count = len(layer.frame)
    names = some_names(layer.frame)
    more = ", ..." if count > len(names) else ""
    return f"{told_name(layer, read)!r} ({count}{': ' + ', '.join(names) + more if names else ''})"


def _other_shapes(read: Sequence[Layer]) -> str:
    counts: dict[str, int] = {}
    for layer in read:
        for kind in layer.frame.geometry.geom_type.dropna():
            counts[kind] = counts.get(kind, 0) + 1
    return ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items())) or "rows without a shape"
