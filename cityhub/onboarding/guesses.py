"""What names of a device's fields likely mean, and which kind of sensor sends them. A guess; a person decides."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from cityhub.kinds import DEVICE_PROPERTIES, KINDS, KindName

# Other names that makers and people give to properties, as `plain` writes them.
_SYNONYMS: Mapping[str, tuple[str, ...]] = {
    "pm2_5": ("pm25", "pm2p5", "pm2d5", "pm02", "p2", "sdsp2", "finedust", "buimin", "bui25", "massconcentration25"),
    "pm10": ("pm10", "p1", "sdsp1", "pm100", "bui10", "coarsedust"),
    "no2": ("nitrogendioxide",),
    "so2": ("sulphurdioxide", "sulfurdioxide"),
    "o3": ("ozone", "ozon"),
    "co": ("carbonmonoxide",),
    "temperature": ("temp", "t", "tmp", "airtemp", "airtemperature", "watertemp", "watertemperature", "nhietdo"),
    "humidity": ("hum", "rh", "h", "relativehumidity", "airhumidity", "doam"),
    "rain": ("rainfall", "precipitation", "raingauge", "mua", "luongmua", "rainmm"),
    "depth": ("waterdepth", "flooddepth", "dosau", "dosaungap", "ngap"),
    "level": ("waterlevel", "riverlevel", "stage", "mucnuoc"),
    "ph": ("phvalue",),
    "dissolved_oxygen": ("do", "oxygen", "o2", "odo", "oxyhoatan"),
    "conductivity": ("ec", "cond", "dodandien"),
    "turbidity": ("turb", "ntu", "doduc"),
    "tss": ("suspendedsolids",),
    "bod5": ("bod",),
    "nh4_n": ("nh4", "ammonium", "amoni"),
    "no3_n": ("no3", "nitrate", "nitrat"),
    "no2_n": ("nitrite", "nitrit"),
    "po4_p": ("po4", "phosphate", "phosphat"),
    "chlorophyll_a": ("chla", "chlorophyll", "chl"),
    "e_coli": ("ecoli",),
    "occupied": ("occupancy", "parked", "carpresent", "cochiem", "coxe"),
    "occupied_count": ("count", "cars", "vehicles", "carcount", "vehiclecount", "soxe"),
    "battery": ("bat", "batt", "batterylevel", "batterypercent", "soc", "pin"),
    "rssi": ("signal", "rxrssi", "signalstrength"),
    "seq": ("sequence", "fcnt", "counter", "msgid", "messageid"),
}  # fmt: skip
# Ends of names that tell a unit. What is not the property's own needs a factor that only a person can give.
_UNITS = ("ugm3", "mgm3", "ppb", "ppm", "degc", "celsius", "fahrenheit", "degf", "percent", "pct", "mm", "cm", "dbm",
          "mgl", "uscm", "avg", "mean", "raw", "value")  # fmt: skip
_SAFE_UNITS = frozenset({"degc", "celsius", "percent", "pct", "dbm", "mgl", "uscm", "avg", "mean", "value"})
_UNIT_OF = {"ugm3": "µg/m³", "mm": "mm", "cm": "cm"}


class Guess(NamedTuple):
    """The property that a field likely is. `needs_factor`: its name tells of another unit than the property's."""

    property: str
    needs_factor: bool = False


def plain(name: str) -> str:
    """Letters and digits alone, small and without marks: `PM2.5 (µg/m³)` is pm25ugm3, `Nhiệt độ` is nhietdo."""
    spread = unicodedata.normalize("NFKD", name.casefold().replace("đ", "d").replace("µ", "u"))
    return re.sub(r"[^a-z0-9]", "", spread.replace("μ", "u"))


_NAMES: Mapping[str, str] = {
    plain(name): property for property, names in _SYNONYMS.items() for name in (property, *names)
} | {plain(name): name for kind in KINDS.values() for name in kind.properties}


def guess(kind: KindName, name: str) -> Guess | None:
    """The property of the kind, or of every device, that the field likely is; None where nobody can tell."""
    known = KINDS[kind].properties
    if name in known or name in DEVICE_PROPERTIES:
        return Guess(name)
    found = _named(name)
    return (
        found
        if found is not None and (found.property in known or found.property in DEVICE_PROPERTIES)
        else None
    )


def _named(name: str) -> Guess | None:
    written = plain(name)
    if written in _NAMES:
        return Guess(_NAMES[written])
    for unit in _UNITS:
        property = _NAMES.get(written.removesuffix(unit)) if written.endswith(unit) else None
        if property is not None:
            return Guess(
                property, needs_factor=not (unit in _SAFE_UNITS or _UNIT_OF.get(unit) == _unit(property))
            )
    return None


def _unit(property: str) -> str:
    return next(
        (kind.properties[property].unit for kind in KINDS.values() if property in kind.properties), ""
    )


def suggestions(kind: KindName, names: Iterable[str]) -> Mapping[str, Guess]:
    """A guess for each field that has one, no property twice: what is named as the hub names it comes first."""
    listed = list(dict.fromkeys(names))
    found: dict[str, Guess] = {}
    taken: set[str] = set()
    for name in sorted(listed, key=lambda name: name not in KINDS[kind].properties):
        guessed = guess(kind, name)
        if guessed is not None and guessed.property not in taken:
            taken.add(guessed.property)
            found[name] = guessed
    return {name: found[name] for name in listed if name in found}


def looks_like(names: Iterable[str]) -> KindName | None:
    """The kind whose properties the names tell of, one that several kinds have counting half; None where it is open."""
    scores: dict[KindName, int] = {}
    meant = {found.property for name in names if (found := _named(name)) is not None}
    for property in meant:
        kinds = [kind.name for kind in KINDS.values() if property in kind.properties]
        for name in kinds:
            scores[name] = scores.get(name, 0) + (2 if len(kinds) == 1 else 1)
    best = max(scores.values(), default=0)
    first = [kind for kind, score in scores.items() if score == best]
    return first[0] if len(first) == 1 else None
