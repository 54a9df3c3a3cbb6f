"""How figures are written for people and programs: without what binary arithmetic adds, and zero without a sign.

14.200000000000001 is what a device's 142 became by a scale of 0.1, 50.699999999999996 the mean of readings with one
decimal.
"""

from collections.abc import Mapping
from types import MappingProxyType

from cityhub.kinds import DEVICE_PROPERTIES, KINDS

# What an instrument measures fits many times into it; what binary numbers add begins behind it.
_SIGNIFICANT_DIGITS = 12
# A mean is known to a little more than the readings it is made of.
_DERIVED_DECIMALS = 2
_USUAL_DECIMALS = 1

_DECIMALS: Mapping[str, int] = MappingProxyType(
    {
        name: observed.decimals
        for properties in (*(kind.properties for kind in KINDS.values()), DEVICE_PROPERTIES)
        for name, observed in properties.items()
    }
)


def as_measured(value: float) -> float:
    """A value as the device wrote it: all its digits are kept, be they more than the table of kinds shows."""
    return float(f"{value:.{_SIGNIFICANT_DIGITS}g}") + 0.0


def derived(property: str, value: float) -> float:
    """A mean or sum of a property's values: the decimals of the table and two more."""
    return round(value, _DECIMALS.get(property, _USUAL_DECIMALS) + _DERIVED_DECIMALS) + 0.0
