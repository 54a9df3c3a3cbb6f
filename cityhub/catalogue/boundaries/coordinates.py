"""From whatever coordinate system a file uses to WGS84, VN-2000 and files that name none among them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from geopandas import GeoSeries

# Viet Nam with its sea, degrees: west, south, east, north.
_VIET_NAM: Final = (101.5, 7.5, 118.5, 24.0)
# VN-2000 in zones of 6 degrees (UTM) and of 3 degrees (TM-3), each province in its own; then UTM on WGS84.
VN_2000: Final = (3405, 3406, 4756, 5897, 5898, 5899, *range(9205, 9219))
_OFFERED: Final = (3405, 3406, 5897, 5898, 5899, *range(9205, 9219), 32648, 32649)
_MAYBE_VN_2000: Final = (
    "the file says UTM on WGS84, as MapInfo writes VN-2000 too; if it is that, all of it lies 220 m off: then give"
    " --crs EPSG:{code}"
)
_NAMES_VN_2000: Final = re.compile(r"vn[ _-]?2000|viet[ _-]?nam[ _-]?2000", re.IGNORECASE)


class UnknownPlace(ValueError):
    """Where the coordinates lie cannot be told; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Placed:
    """Shapes in WGS84, the system they came in, and what a person should know of that."""

    geometry: "GeoSeries"
    system: str
    notes: tuple[str, ...] = ()


def to_wgs84(
    geometry: "GeoSeries",
    *,
    wanted: str | None = None,
    swap_axes: bool = False,
    is_mapinfo: bool = False,
    points: Sequence[tuple[float, float]] = (),
    names: Sequence[str] = (),
) -> Placed:
    """Bring shapes to WGS84. `wanted`: the system that a person gave; `swap_axes`: they come with latitude first.

    MapInfo has no name for VN-2000. `points` (lon, lat) are where something is known to be: they help to tell which
    system a file without one has. `names`, one for each shape, tell which of them lies nowhere.
    Raises UnknownPlace.
    """
    from shapely import transform  # noqa: PLC0415

    if swap_axes:
        swapped = transform(geometry.to_numpy(), lambda pairs: pairs[:, ::-1])
        geometry = type(geometry)(swapped, index=geometry.index, crs=geometry.crs)
    notes: list[str] = []
    if wanted is not None:
        crs = _named(wanted)
    elif geometry.crs is not None:
        crs, told = _with_datum(geometry.crs)
        notes += told
        if is_mapinfo and crs.utm_zone in {"48N", "49N"} and not told:
            notes.append(_MAYBE_VN_2000.format(code=3405 if crs.utm_zone == "48N" else 3406))
    elif _are_degrees(geometry.total_bounds):
        crs = _named("EPSG:4326")
        notes.append("the file names no coordinate system; its numbers are taken as degrees in WGS84")
    else:
        raise UnknownPlace(_without_system(geometry, points))
    return _transformed(geometry, crs, notes, swap_axes, names)


def _transformed(
    geometry: "GeoSeries", crs: Any, notes: list[str], swapped: bool, names: Sequence[str]
) -> Placed:
    system = _called(crs)
    if crs.is_geographic and not _are_degrees(geometry.total_bounds):
        if not swapped and _are_degrees(_turned(geometry.total_bounds)):
            raise UnknownPlace("its coordinates come with latitude first; give --swap-axes to read them so")
        _refuse_strays(geometry, names)
        problem = (
            f"{system} has degrees, but the coordinates are no degrees; give --crs with the right system"
        )
        raise UnknownPlace(problem)
    try:
        placed = geometry.set_crs(crs, allow_override=True).to_crs("EPSG:4326")
    except Exception as exc:  # pyproj's errors share no base with the grids it may lack
        raise UnknownPlace(f"its coordinates cannot be brought from {system} to WGS84: {exc}") from exc
    if not swapped and not _in_viet_nam(placed.total_bounds) and _are_swapped(geometry, crs):
        raise UnknownPlace(
            "its coordinates seem to come with latitude, or northing, first: so they lie in Viet Nam, else far from it;"
            " give --swap-axes to read them so"
        )
    if not _are_degrees(placed.total_bounds):
        _refuse_strays(placed, names)
        raise UnknownPlace(f"its coordinates lie nowhere in {system}; give --crs with the right system")
    return Placed(placed, system, tuple(notes))


def _refuse_strays(geometry: "GeoSeries", names: Sequence[str]) -> None:
    """A few shapes with a corner off the earth among many that are on it: a slip, not another system."""
    outside = [at for at, shape in enumerate(geometry) if not _are_degrees(shape.bounds)]
    if names and 2 * len(outside) <= len(geometry):
        listed = ", ".join(names[at] for at in outside[:5]) + (", ..." if len(outside) > 5 else "")
        turned = all(_in_viet_nam(_turned(geometry.iloc[at].bounds)) for at in outside)
        why = ", where latitude seems to come first" if turned else ""
        raise UnknownPlace(
            f"has corners that lie nowhere on earth: {listed}{why}; mend them and import again"
        )


def _named(text: str) -> Any:
    from pyproj import CRS  # noqa: PLC0415

    plain = text.strip()
    try:
        return CRS.from_user_input(f"EPSG:{plain}" if plain.isdigit() else plain)
    except Exception as exc:  # whatever pyproj makes of a text
        raise UnknownPlace(f"there is no coordinate system {text!r}; give for example EPSG:3405") from exc


def _with_datum(crs: Any) -> tuple[Any, list[str]]:
    """VN-2000 may be named, or used, without its datum: then nothing would be moved by the 220 m between the two."""
    from pyproj.crs import CRS, ProjectedCRS  # noqa: PLC0415

    base = crs.geodetic_crs
    if base is None or crs.is_bound or (base.datum is not None and _NAMES_VN_2000.search(base.datum.name)):
        return crs, []
    by_name = _NAMES_VN_2000.search(crs.name) is not None
    if by_name or _is_tm_3(crs):
        told = (
            "names VN-2000 without its datum"
            if by_name
            else "uses a zone of VN-2000 without naming its datum"
        )
        datum = CRS("EPSG:4756")
        moved = (
            ProjectedCRS(crs.coordinate_operation, "VN-2000", geodetic_crs=datum)
            if crs.is_projected
            else datum
        )
        return moved, [f"the file {told}; its coordinates are read as VN-2000"]
    return crs, []


def _is_tm_3(crs: Any) -> bool:
    """A transverse Mercator zone of 3 degrees, as only VN-2000 has them here."""
    operation = crs.coordinate_operation if crs.is_projected else None
    if operation is None or operation.method_name != "Transverse Mercator":
        return False
    values = {parameter.name: parameter.value for parameter in operation.params}
    west, _, east, _ = _VIET_NAM
    return (
        abs(values.get("Scale factor at natural origin", 0) - 0.9999) < 1e-9
        and values.get("False easting") == 500_000
        and west < values.get("Longitude of natural origin", 0) < east
    )


def _without_system(geometry: "GeoSeries", points: Sequence[tuple[float, float]]) -> str:
    if _are_degrees(_turned(geometry.total_bounds)):
        return "names no coordinate system, and its degrees come with latitude first; give --swap-axes"
    fitting = []
    for code in _OFFERED:
        placed = geometry.set_crs(code).to_crs(4326).total_bounds
        if _in_viet_nam(placed):
            inside = sum(
                placed[0] <= lon <= placed[2] and placed[1] <= lat <= placed[3] for lon, lat in points
            )
            fitting.append((inside, code))
    fitting = [found for found in fitting if found[0]] or fitting[:3]
    fitting.sort(key=lambda found: -found[0])
    told = [
        f"EPSG:{code} ({_named(str(code)).name}"
        + (f"; sensors within its extent: {inside})" if inside else ")")
        for inside, code in fitting
    ]
    offered = ", ".join(told) or "EPSG:3405 (VN-2000 / UTM zone 48N)"
    return f"names no coordinate system (no .prj), and its numbers are no degrees; give --crs, for example {offered}"


def _called(crs: Any) -> str:
    source = crs.source_crs if crs.is_bound and crs.source_crs is not None else crs
    code = source.to_epsg()
    name = source.name if source.name not in {"unnamed", "unknown"} else "an unnamed system"
    return name if code is None else f"{name} (EPSG:{code})"


def _are_swapped(geometry: "GeoSeries", crs: Any) -> bool:
    west, south, east, north = geometry.total_bounds
    from pyproj import Transformer  # noqa: PLC0415

    try:
        transformer = Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
        corners = [transformer.transform(y, x) for x, y in ((west, south), (east, north))]
    except Exception:  # it was only a guess
        return False
    return all(_in_viet_nam((lon, lat, lon, lat)) for lon, lat in corners)


def _turned(bounds: Sequence[float]) -> tuple[float, float, float, float]:
    west, south, east, north = bounds
    return south, west, north, east


def _are_degrees(bounds: Sequence[float]) -> bool:
    """A set without any shape has nan here, and is told for that elsewhere."""
    west, south, east, north = bounds
    return not (west < -180 or south < -90 or east > 180 or north > 90)


def _in_viet_nam(bounds: Sequence[float]) -> bool:
    west, south, east, north = bounds
    return bool(
        west >= _VIET_NAM[0] and south >= _VIET_NAM[1] and east <= _VIET_NAM[2] and north <= _VIET_NAM[3]
    )
