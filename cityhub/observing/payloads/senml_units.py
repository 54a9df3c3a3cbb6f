"""SenML units (RFC 8428 section 12.1, RFC 8798) brought to the units of the hub's properties."""

from collections.abc import Mapping
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


def conversion(unit: str, observed: ObservedProperty) -> tuple[float, float] | None:
    """Scale and offset from SenML's `unit` to the property's; None when the two do not measure the same."""
    if unit == observed.unit:
        return _SAME
    return _CONVERSIONS.get((unit, observed.unit))
