"""SenML units (RFC 8428 section 12.1, RFC 8798) brought to the units of the hub's properties."""

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from cityhub.kinds import ObservedProperty

_SAME = (1.0, 0.0)

# (SenML's unit, the hub's unit) -> scale and offset
_CONVERSIONS: Mapping[tuple[str, str], tuple[float, float]] = MappingProxyType(
    {
        ("Cel", "°C"): _SAME,
        ("K", "°C"): (1.0, -273.15),
        ("%RH", "%"): _SAME,
        ("%EL", "%"): _SAME,
        ("/100", "%"): _SAME,
        ("/", "%"): (100.0, 0.0),
        ("ug/m3", "µg/m³"): _SAME,
        ("mg/m3", "µg/m³"): (1e3, 0.0),
        ("kg/m3", "µg/m³"): (1e9, 0.0),
        ("kg/m3", "mg/L"): (1e3, 0.0),
        ("mg/L", "mg/L"): _SAME,
        ("kg/m3", "µg/L"): (1e6, 0.0),
        ("S/m", "µS/cm"): (1e4, 0.0),
        ("mS/m", "µS/cm"): (10.0, 0.0),
        ("mS/cm", "µS/cm"): (1e3, 0.0),
        ("dS/m", "µS/cm"): (1e3, 0.0),
        ("mm", "mm"): _SAME,
        ("cm", "mm"): (10.0, 0.0),
        ("m", "mm"): (1e3, 0.0),
        ("mm", "cm"): (0.1, 0.0),
        ("cm", "cm"): _SAME,
        ("m", "cm"): (100.0, 0.0),
        ("mm", "m"): (1e-3, 0.0),
        ("cm", "m"): (0.01, 0.0),
        ("m", "m"): _SAME,
        ("dBm", "dBm"): _SAME,
        ("dBW", "dBm"): (1.0, 30.0),
        ("NTU", "NTU"): _SAME,
        ("pH", ""): _SAME,
        ("/", ""): _SAME,
        ("count", ""): _SAME,
    }
)


# Letters that look alike, of which only some are what SenML means: signs for degree, minus and the stroke; Cyrillic,
# Greek and phonetic letters; and the letter mu, which is one in Greek (U+03BC) and another as a unit (U+00B5; NFKC
# makes the Greek one of it).
_LOOK_ALIKES = str.maketrans("º˚∘−–⁄∕μмсСКМΚΜɡ", "°°°--//umcCKMKMg")
# Between the parts of a unit nothing, a blank, a dot or a sign for a power mean the same.
_BETWEEN = re.compile(r"[\s^*·⋅.]+|\u200b")
_LONGEST = 40
_OTHER_NAMES = MappingProxyType(
    {
        "°c": "cel",
        "degc": "cel",
        "celsius": "cel",
        "c": "cel",
        "degk": "k",
        "kelvin": "k",
        "%rh": "%",
        "rh%": "%",
        "percent": "%",
        "mcg/m3": "ug/m3",
        "ugm-3": "ug/m3",
        "mgm-3": "mg/m3",
        "kgm-3": "kg/m3",
        "mgl-1": "mg/l",
        "ugl-1": "ug/l",
        "uscm-1": "us/cm",
        "sm-1": "s/m",
    }
)


def canonical(unit: str) -> str:
    """One spelling of a unit that is written in several: `µg/m³`, `μg/m3`, `ug / m^3` and `㎍/㎥` are `ug/m3`.

    Case is left out: of the units that measure what the hub stores no two differ in nothing else.
    """
    if len(unit) > _LONGEST:
        return unit
    plain = unicodedata.normalize("NFKC", unit.translate(_LOOK_ALIKES)).translate(_LOOK_ALIKES)
    short = _BETWEEN.sub("", plain).casefold()
    return _OTHER_NAMES.get(short, short)


def _canonical_conversions() -> Mapping[tuple[str, str], tuple[float, float]]:
    return {(canonical(sent), canonical(own)): scale for (sent, own), scale in _CONVERSIONS.items()}


_BY_CANONICAL = _canonical_conversions()


@lru_cache(maxsize=1024)
def _conversion(unit: str, own: str) -> tuple[float, float] | None:
    sent, wanted = canonical(unit), canonical(own)
    return _SAME if sent == wanted else _BY_CANONICAL.get((sent, wanted))


def conversion(unit: str, observed: ObservedProperty) -> tuple[float, float] | None:
    """Scale and offset from SenML's `unit` to the property's; None when the two do not measure the same."""
    return None if len(unit) > _LONGEST else _conversion(unit, observed.unit)
