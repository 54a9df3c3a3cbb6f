"""What a catalogue holds. Frozen values; where they come from is cityhub.catalogue.read's business."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from cityhub.kinds import KindName

# How a coordinate is known, from best to least; shown wherever the place is shown.
BASES: Mapping[str, tuple[str, str]] = {
    "official": ("Nguồn chính thức", "Official source"),
    "official_approximate": ("Nguồn chính thức, vị trí gần đúng", "Official source, approximate position"),
    "third_party": ("Nguồn bên thứ ba", "Third-party list"),
    "geocoded": ("Suy ra từ địa chỉ", "Geocoded from the address"),
    "approximate": ("Gần đúng theo tên đường hoặc khu vực", "Approximate, from the street or area"),
    "illustrative": ("Minh họa, không phải vị trí thật", "Illustrative, not the real position"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Where a sensor or a parking place is. lon, lat: WGS84 degrees; `basis`: how they are known, one of BASES."""

    id: str
    name_vi: str
    name_en: str
    lon: float
    lat: float
    basis: str
    basis_note: str
    illustrative: bool = False
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place(Site):
    """A parking place (APDS: place) with `capacity` bays.

    `zone`: whose tariff holds, None: it cannot be paid for; `issuer`: who runs it and numbers receipts; `vehicles`:
    classes that it takes (cityhub.catalogue.vehicles); `opening`: as cityhub.catalogue.opening reads it.
    """

    capacity: int
    zone: str | None = None
    issuer: str | None = None
    vehicles: tuple[str, ...] = ("car",)
    opening: str = "24/7"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensor(Site):
    """A sensor at its site. `interval_s` is how often it is expected to report, in seconds.

    `properties` are the observed properties it measures (battery and rssi are implied). `capacity` bounds
    `occupied_count`. A sensor that is not `listed` (replayed foreign data) stays off public lists and maps. It has
    measured nothing before `observed_since` (aware); None: nothing before it was registered.
    """

    kind: KindName
    interval_s: int
    properties: tuple[str, ...]
    place_id: str | None = None
    capacity: int | None = None
    listed: bool = True
    observed_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Places and sensors that were read and checked as one whole."""

    places: tuple[Place, ...]
    sensors: tuple[Sensor, ...]
