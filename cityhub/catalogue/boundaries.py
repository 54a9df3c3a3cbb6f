"""Areas from any boundary file that geopandas reads."""

import json
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cityhub.catalogue.area_names import Name, old_district, read_names, slug
from cityhub.catalogue.areas import LEVELS, Area, Level
from cityhub.errors import FileError

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

# As boundary files of OpenStreetMap, geoBoundaries, GADM and Vietnamese agencies call the name, best first.
NAME_COLUMNS = (
    "name_vi",
    "name:vi",
    "ten_quan",
    "ten_huyen",
    "tenhuyen",
    "ten_phuong",
    "ten_xa",
    "ten",
    "district",
    "shapename",
    "name_3",
    "name_2",
    "adm3_vi",
    "adm2_vi",
    "adm3_en",
    "adm2_en",
    "name",
    "name_en",
)
_OUTLINE_TOLERANCE_M = 30
# About 1 m: finer digits only make the map's download longer.
_OUTLINE_GRID_DEGREES = 1e-5


@dataclass(frozen=True, slots=True)
class Boundaries:
    """The areas of a file, by id, all of one level."""

    level: Level
    areas: tuple[Area, ...]


def read_boundaries(file: Path, name_column: str | None = None, level: Level | None = None) -> Boundaries:
    """Areas in `file` (GeoJSON, Shapefile, GeoPackage, zipped ones, ...), by id, in WGS84.

    Rows that share a name are parts of one area. Invalid shapes are repaired, what is no polygon is left out. Outlines
    are simplified by about 30 m together, so that neighbours keep one border. Without `level` the names must tell it.
    Raises FileError.
    """
    frame = _polygons(_in_wgs84(_frame(file), file), file)
    column = _name_column(frame, file, name_column)
    for index, name in frame[column].items():
        if not isinstance(name, str) or not name.strip():
            raise FileError(file.name, f"feature {index + 1} has no name in words", column=column)
    names = read_names(list(frame[column]))
    level = level or _level(names, file)
    if level == "district":
        names = [old_district(name.vi) or name for name in names]
    name_of = {name.full_vi: name for name in names}
    frame["full_name"] = [name.full_vi for name in names]
    frame = frame[["full_name", "geometry"]].dissolve(by="full_name").reset_index()
    found: dict[str, Area] = {}
    for full_name, exact, outline in zip(frame["full_name"], frame.geometry, _outlines(frame), strict=True):
        name = name_of[full_name]
        area_id = _free_id(f"{level}-{slug(name.vi) or 'area'}", found)
        found[area_id] = Area(
            area_id, None, name.vi, name.en, name.full_vi, name.full_en, _geojson(exact), _geojson(outline)
        )
    return Boundaries(level, tuple(found[area_id] for area_id in sorted(found)))


def _level(names: Sequence[Name], file: Path) -> Level:
    ranked = [set(name.rank.levels) for name in names if name.rank is not None]
    common = set.intersection(*ranked) if ranked else set()
    if len(common) == 1:
        return common.pop()
    if not ranked and 2 * sum(old_district(name.vi) is not None for name in names) >= len(names):
        return "district"
    problem = "which level are these areas? Give --level, one of: " + ", ".join(LEVELS)
    raise FileError(file.name, problem)


def _frame(file: Path) -> "GeoDataFrame":
    if not file.is_file() and not file.is_dir():
        raise FileError(str(file), "is not there")
    import geopandas  # noqa: PLC0415

    try:
        with warnings.catch_warnings():
            # GDAL warns of a file's other layers and odd rings; what matters of it is checked below.
            warnings.simplefilter("ignore")
            frame = geopandas.read_file(file)
    except Exception as exc:  # each GDAL driver and column type fails with an exception type of its own
        # GDAL goes on about its drivers after the first clause.
        reason = " ".join(str(exc).split()).split(";")[0][:200]
        raise FileError(file.name, f"geopandas cannot read it: {reason}") from exc
    if not isinstance(frame, geopandas.GeoDataFrame):
        raise FileError(file.name, "is a table without shapes; give boundaries, for example GeoJSON")
    return frame.rename_geometry("geometry") if frame.geometry.name != "geometry" else frame


def _in_wgs84(frame: "GeoDataFrame", file: Path) -> "GeoDataFrame":
    if frame.crs is not None:
        try:
            frame = frame.to_crs("EPSG:4326")
        except Exception as exc:  # pyproj's errors share no base with the grids it may lack
            raise FileError(file.name, f"its coordinates cannot be brought to WGS84: {exc}") from exc
        system = "says that its coordinates are degrees"
    else:
        frame = frame.set_crs("EPSG:4326")
        system = "names no coordinate system"
    west, south, east, north = frame.total_bounds
    # A file without any shape has nan here, and is refused for that later.
    if west < -180 or south < -90 or east > 180 or north > 90:
        problem = f"{system}, but they are no degrees; add its .prj or export it as WGS84"
        raise FileError(file.name, problem)
    return frame


def _polygons(frame: "GeoDataFrame", file: Path) -> "GeoDataFrame":
    frame = frame[frame.geometry.notna()].copy()
    frame["geometry"] = frame.geometry.force_2d().make_valid()
    # A repaired shape may hold stray lines beside its polygons.
    frame = frame.explode()
    frame = frame[frame.geom_type.isin(["Polygon", "MultiPolygon"]) & ~frame.is_empty]
    if frame.empty:
        raise FileError(file.name, "holds no polygon; give boundaries as areas, not points or lines")
    return frame


def _name_column(frame: "GeoDataFrame", file: Path, wanted: str | None) -> str:
    by_lower = {str(column).lower(): str(column) for column in frame.columns if column != "geometry"}
    columns = ", ".join(by_lower.values()) or "none"
    if wanted is not None:
        if wanted.lower() not in by_lower:
            raise FileError(file.name, f"has no column {wanted!r}; its columns are: {columns}")
        return by_lower[wanted.lower()]
    for candidate in NAME_COLUMNS:
        if candidate in by_lower:
            return by_lower[candidate]
    raise FileError(file.name, f"which column has the names? Give --name-column, one of: {columns}")


def _outlines(frame: "GeoDataFrame") -> list[Any]:
    import shapely  # noqa: PLC0415

    metric = frame.to_crs(frame.estimate_utm_crs())
    simplified = metric.simplify_coverage(_OUTLINE_TOLERANCE_M).set_crs(metric.crs).to_crs("EPSG:4326")
    outlines = []
    for exact, outline in zip(frame.geometry, simplified, strict=True):
        rounded = shapely.set_precision(shapely.make_valid(outline), _OUTLINE_GRID_DEGREES)
        outlines.append(exact if rounded.is_empty else rounded)
    return outlines


def _free_id(wanted: str, taken: Mapping[str, Area]) -> str:
    number, area_id = 2, wanted
    while area_id in taken:
        area_id, number = f"{wanted}-{number}", number + 1
    return area_id


def _geojson(geometry: Any) -> dict[str, Any]:
    import shapely  # noqa: PLC0415

    # Through text, because shapely's mapping has tuples where JSON and the database have lists.
    parsed: dict[str, Any] = json.loads(shapely.to_geojson(geometry))
    return parsed
