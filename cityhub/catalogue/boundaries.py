"""Districts from any boundary file that geopandas reads, and which point lies in which district."""

import json
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cityhub.catalogue.district_names import both_names, slug
from cityhub.catalogue.model import District
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


def read_boundaries(file: Path, name_column: str | None = None) -> list[District]:
    """Districts in `file` (GeoJSON, Shapefile, GeoPackage, zipped ones, ...), by id, in WGS84.

    Rows that share a name are parts of one district. Invalid shapes are repaired, what is no polygon is left
    out. Outlines are simplified by about 30 m together, so that neighbours keep one border. Raises FileError.
    """
    frame = _polygons(_in_wgs84(_frame(file), file), file)
    column = _name_column(frame, file, name_column)
    for index, name in frame[column].items():
        if not isinstance(name, str) or not name.strip():
            raise FileError(file.name, f"feature {index + 1} has no name in words", column=column)
    frame["name_vi_found"] = [both_names(name)[0] for name in frame[column]]
    frame = frame[["name_vi_found", "geometry"]].dissolve(by="name_vi_found").reset_index()
    found: dict[str, District] = {}
    for name_vi, exact, outline in zip(frame["name_vi_found"], frame.geometry, _outlines(frame), strict=True):
        district_id = _free_id(slug(name_vi) or "district", found)
        found[district_id] = District(
            district_id, name_vi, both_names(name_vi)[1], _geojson(exact), _geojson(outline)
        )
    return [found[district_id] for district_id in sorted(found)]


def assign(districts: Sequence[District], points: Mapping[str, tuple[float, float]]) -> dict[str, str]:
    """The district id of every point that lies in one; `points` are (lon, lat) in WGS84 by their own id.

    A point on a border, or where districts overlap, gets the district whose id comes first. A point in no
    district is absent from the answer.
    """
    if not districts or not points:
        return {}
    # Takes a second to import, and only boundaries need them.
    import geopandas  # noqa: PLC0415
    from shapely.geometry import shape  # noqa: PLC0415

    areas = geopandas.GeoDataFrame(
        {"district_id": [district.id for district in districts]},
        geometry=[shape(district.geometry) for district in districts],
        crs="EPSG:4326",
    )
    lon, lat = zip(*points.values(), strict=True)
    sites = geopandas.GeoDataFrame(
        {"point_id": list(points)}, geometry=geopandas.points_from_xy(lon, lat), crs="EPSG:4326"
    )
    joined = sites.sjoin(areas, predicate="intersects")
    first = joined.groupby("point_id")["district_id"].min()
    return {str(point_id): str(district_id) for point_id, district_id in first.items()}


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


def _free_id(wanted: str, taken: Mapping[str, District]) -> str:
    number, district_id = 2, wanted
    while district_id in taken:
        district_id, number = f"{wanted}-{number}", number + 1
    return district_id


def _geojson(geometry: Any) -> dict[str, Any]:
    import shapely  # noqa: PLC0415

    # Through text, because shapely's mapping has tuples where JSON and the database have lists.
    parsed: dict[str, Any] = json.loads(shapely.to_geojson(geometry))
    return parsed
