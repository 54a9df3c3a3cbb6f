"""A parking place as a person describes it before it is one, by the rules of the catalogue's own file."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from cityhub.catalogue.model import Place, Sensor
from cityhub.catalogue.read import read_place
from cityhub.catalogue.vehicles import VEHICLES
from cityhub.onboarding.candidate import CITY
from cityhub.onboarding.own_names import Fault

# What a form has; vehicles are ticked one by one.
FIELDS = (
    "id",
    "name_vi",
    "name_en",
    "lat",
    "lon",
    "basis",
    "basis_note",
    "capacity",
    "zone",
    "issuer",
    "opening",
)
# What is wrong with a column where it is not simply its text.
_CODES: Mapping[str, str] = {
    "id": "id",
    "lat": "degrees",
    "lon": "degrees",
    "basis": "basis",
    "capacity": "capacity",
    "zone": "zone",
    "issuer": "issuer",
    "opening": "opening",
    "vehicles": "vehicles",
}


@dataclass(frozen=True, slots=True)
class NewPlace:
    """What would be registered: the place, and the sensor of the same id that counts its cars."""

    place: Place
    sensor: Sensor


def place_of(form: Mapping[str, str], zones: Collection[str]) -> NewPlace | list[Fault]:
    """The place that a form describes, or all that is wrong with it. `zones`: those that have a tariff."""
    cells = {name: form.get(name, "").strip() for name in FIELDS}
    cells |= {name: cells[name].replace(",", ".") for name in ("lat", "lon")}
    cells["vehicles"] = ";".join(name for name in VEHICLES if form.get(f"vehicle_{name}") == "on")
    cells["illustrative"] = "true" if cells["basis"] == "illustrative" else "false"
    found = read_place(cells)
    if isinstance(found, list):
        return _told(cells, found)
    place, sensor = found
    faults = []
    if not CITY.holds(place.lat, place.lon):
        faults.append(Fault("lat", "swapped" if CITY.holds(place.lon, place.lat) else "outside"))
    if place.zone is not None and place.zone not in zones:
        faults.append(Fault("zone", "no_tariff"))
    if not cells["vehicles"]:
        # A file may leave them out; a person who ticked none forgot to.
        faults.append(Fault("vehicles", "missing"))
    return faults or NewPlace(place, sensor)


def _told(cells: Mapping[str, str], faults: Collection[tuple[str, str]]) -> list[Fault]:
    """Faults of the catalogue as forms have them: (column, problem)."""
    told = []
    for column, problem in faults:
        swapped = column == "lat" and _is_swapped(cells)
        code = "swapped" if swapped else _CODES.get(column, "text")
        # That a zone is missing is only wrong beside who runs it.
        told.append(Fault(column, code if cells[column] or column == "zone" else "missing", problem))
    return told


def _is_swapped(cells: Mapping[str, str]) -> bool:
    try:
        return CITY.holds(float(cells["lon"]), float(cells["lat"]))
    except ValueError:
        return False
