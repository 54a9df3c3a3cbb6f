"""What Features of all kinds have in common, as they are sent: encoding an object of these classes is the answer."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, Literal

from msgspec import Struct

from cityhub.catalogue.areas import Level
from cityhub.devices.status import Status
from cityhub.kinds import Kind, KindName
from cityhub.model import AreaName, SiteRow
from cityhub.observing.quality import Flag
from cityhub.rfc3339 import LocalTime

GREY = "#8c8c8c"
# A value that has not come for as long as makes a sensor offline. It is no stored flag.
OLD: Final = "old"
ValueFlag = Flag | Literal["old"]


class Point(Struct, frozen=True, tag_field="type", tag="Point"):
    """lon, lat in WGS84 degrees."""

    coordinates: tuple[float, float]


class Marker(Struct, frozen=True):
    """What a map shows of a site: the kind's headline figure and the band that it lies in.

    The colour is grey and the band null where the figure is absent or the site offline.
    """

    property: str
    value: float | None
    unit: str
    color: str
    band: str | None
    band_en: str | None


class Marked(Struct, frozen=True, kw_only=True):
    """What every Feature shows on a map. By keyword, so that it stands behind the figures that a kind adds."""

    marker: Marker


class Properties(Marked, frozen=True):
    """What is known of a site and was measured there last; each kind adds its own figures and `quality`.

    `time` is the newest of all values, `age_s` (s) its age when the answer was made. Values unfit to be shown are null.
    """

    kind: KindName
    name: str
    name_en: str
    areas: Mapping[Level, AreaName]
    basis: str
    illustrative: bool
    time: LocalTime | None
    age_s: int | None
    status: Status
    values: dict[str, float | None]
    units: dict[str, str]


class Feature(Struct, frozen=True, tag_field="type", tag="Feature"):
    """A sensor or parking place with its newest state."""

    id: str
    geometry: Point
    properties: Properties


# What the store holds of a kind at one moment, as the Features that it makes at a time (aware), any number of times.
State = Callable[[datetime], list[Feature]]


def about(kind: Kind, site: SiteRow) -> dict[str, Any]:
    """The first fields of Properties: those that do not change from reading to reading."""
    return {
        "kind": kind.name,
        "name": site.name_vi,
        "name_en": site.name_en,
        "areas": site.areas,
        "basis": site.basis,
        "illustrative": site.illustrative,
    }


def marker(kind: Kind, value: float | None, status: Status) -> Marker:
    """The marker for the headline figure `value` of a site in this state."""
    band = None if value is None or status == "offline" else kind.band(value)
    return Marker(
        property=kind.headline,
        value=value,
        unit=kind.headline_unit,
        color=GREY if band is None else band.color,
        band=None if band is None else band.name_vi,
        band_en=None if band is None else band.name_en,
    )


def feature(site: SiteRow, properties: Properties) -> Feature:
    """The Feature of a site."""
    return Feature(id=site.id, geometry=Point((site.lon, site.lat)), properties=properties)
