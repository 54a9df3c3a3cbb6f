"""A sensor as a person describes it before it is one: what they wrote, checked, as a row of the catalogue."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from cityhub.catalogue import cells
from cityhub.catalogue.cells import BadCell
from cityhub.catalogue.model import BASES, Sensor
from cityhub.kinds import KINDS, KindName
from cityhub.observing.payloads.mapping_fields import Fields
from cityhub.onboarding.own_names import Fault, lines_of, mapping_of

LONGEST_INTERVAL_S = 86_400


class Box(NamedTuple):
    """South, north, west and east (WGS84 degrees)."""

    south: float
    north: float
    west: float
    east: float

    def holds(self, lat: float, lon: float) -> bool:
        """Does the point lie in it?"""
        return self.south <= lat <= self.north and self.west <= lon <= self.east


# The city with its rural districts and some kilometres around them. What lies outside is a typing error.
CITY = Box(20.50, 21.45, 105.20, 106.10)


class Site(NamedTuple):
    """Where another sensor stands, and how that is known."""

    name_vi: str
    name_en: str
    lat: float
    lon: float
    basis: str
    basis_note: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """What would be registered: the sensor, and its device's own names where it has any."""

    sensor: Sensor
    fields: Fields | None


def candidate_of(
    kind: KindName,
    sensor_id: str,
    form: Mapping[str, str],
    *,
    site: Site | None,
    places: Mapping[str, int],
    is_bare: bool,
) -> Candidate | list[Fault]:
    """The candidate that a form describes, or all that is wrong with it.

    `site`: where the sensor named in `same_as` stands; None: no such. `places`: capacity by id of parking places.
    """
    faults: list[Fault] = []

    def read(field: str, parse: Callable[[str], Any], code: str, blank: Any = None) -> Any:
        text = form.get(field, "").strip()
        if not text:
            if blank is None:
                faults.append(Fault(field, "missing"))
            return blank
        try:
            return parse(text)
        except BadCell as exc:
            faults.append(Fault(field, code, str(exc)))
            return None

    if form.get("same_as", "").strip() and site is None:
        faults.append(Fault("same_as", "same_as"))
    here = site or _NOWHERE
    told: dict[str, Any] = {
        "name_vi": read("name_vi", cells.text, "text", here.name_vi or None),
        "name_en": read("name_en", cells.text, "text", here.name_en or None),
    }
    if site is None:
        # Both may be any angle: which of them is which is told by where the city lies.
        told["lat"] = read("lat", lambda text: cells.longitude(text.replace(",", ".")), "degrees")
        told["lon"] = read("lon", lambda text: cells.longitude(text.replace(",", ".")), "degrees")
        told["basis"] = read("basis", cells.basis, "basis")
        told["basis_note"] = read("basis_note", cells.text, "text", "")
        faults += _outside(told["lat"], told["lon"])
    else:
        told |= {"lat": site.lat, "lon": site.lon, "basis": site.basis, "basis_note": site.basis_note}
    told["interval_s"] = read("interval_s", cells.whole, "interval", KINDS[kind].interval_s)
    if told["interval_s"] is not None and told["interval_s"] > LONGEST_INTERVAL_S:
        faults.append(Fault("interval_s", "interval"))
    place_id, capacity = _parking(kind, form, places, faults)
    fields = mapping_of(kind, lines_of(form), is_bare=is_bare)
    if isinstance(fields, list):
        faults += fields
        fields = None
    properties = _properties(kind, form, fields)
    if not properties:
        faults.append(Fault("properties", "properties"))
    if faults:
        return faults
    sensor = Sensor(
        id=sensor_id,
        kind=kind,
        **told,
        illustrative=told["basis"] == "illustrative",
        properties=properties,
        place_id=place_id,
        capacity=capacity,
    )
    return Candidate(sensor, fields)


_NOWHERE = Site("", "", 0.0, 0.0, "", "")
assert "illustrative" in BASES  # noqa: S101 - of this table


def _outside(lat: float | None, lon: float | None) -> list[Fault]:
    if lat is None or lon is None or CITY.holds(lat, lon):
        return []
    return [Fault("lat", "swapped" if CITY.holds(lon, lat) else "outside")]


def _parking(
    kind: KindName, form: Mapping[str, str], places: Mapping[str, int], faults: list[Fault]
) -> tuple[str | None, int | None]:
    """The place that a parking sensor belongs to, and how many cars it can count at most."""
    place_id = form.get("place_id", "").strip() or None
    written = form.get("capacity", "").strip()
    if kind != "parking":
        return None, None
    if place_id is not None and place_id not in places:
        faults.append(Fault("place_id", "place"))
    try:
        return place_id, cells.whole(written) if written else None
    except BadCell:
        faults.append(Fault("capacity", "capacity"))
        return place_id, None


def _properties(kind: KindName, form: Mapping[str, str], fields: Fields | None) -> tuple[str, ...]:
    """What was ticked, and what fields are said to be, in the order of the kind."""
    meant = {field.property for field in (fields or {}).values() if field is not None}
    return tuple(
        name for name in KINDS[kind].properties if form.get(f"measures_{name}") == "on" or name in meant
    )
