"""How much oxygen water can hold, by Decision 1460/QD-TCMT (2019)."""

import math
from typing import Final

from cityhub.errors import InvalidInput

# Where the polynomial is about water; beyond it is about nothing.
_COLDEST, _WARMEST = 0.0, 50.0
PERCENT: Final = "%"


def saturation(celsius: float) -> float:
    """Dissolved oxygen in mg/L at saturation in water of 0 to 50 °C; raises InvalidInput."""
    if not (math.isfinite(celsius) and _COLDEST <= celsius <= _WARMEST):
        raise InvalidInput("temperature", f"must be from {_COLDEST:g} to {_WARMEST:g} °C")
    c = celsius
    return 14.652 - 0.41022 * c + 0.0079910 * c**2 - 0.000077774 * c**3


def percent(dissolved: float, celsius: float) -> float:
    """`dissolved` oxygen (mg/L) in percent of saturation at this temperature; raises InvalidInput."""
    if not (math.isfinite(dissolved) and dissolved >= 0):
        raise InvalidInput("dissolved_oxygen", "must be a number of mg/L, 0 or more")
    return 100 * dissolved / saturation(celsius)
