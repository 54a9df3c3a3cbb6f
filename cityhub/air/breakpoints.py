"""Sub-indices of VN_AQI from concentrations: Decision 1459/QD-TCMT (12 November 2019), Table 2.

All concentrations are µg/m³, CO's too. The scale is continuous: what lies between two breakpoints lies on a straight
line between their indices, so that 25 µg/m³ of PM2.5 is 50 and a little more is a little more than 50.
"""

import math
from bisect import bisect_left
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

from cityhub.errors import InvalidInput

UNIT: Final = "µg/m³"

# A column of the table: a pollutant and, for ozone, the hours that it is averaged over.
Column = Literal["o3_1h", "o3_8h", "co", "so2", "no2", "pm10", "pm2_5"]

INDICES: Final = (0, 50, 100, 150, 200, 300, 400, 500)
# Above its last breakpoint a column has the highest index, 500; ozone's 8-hour column ends at 400 µg/m³ and says
# nothing above.
BREAKPOINTS: Final[Mapping[Column, tuple[float, ...]]] = MappingProxyType(
    {
        "o3_1h": (0, 160, 200, 300, 400, 800, 1000, 1200),
        "o3_8h": (0, 100, 120, 170, 210, 400),
        "co": (0, 10_000, 30_000, 45_000, 60_000, 90_000, 120_000, 150_000),
        "so2": (0, 125, 350, 550, 800, 1600, 2100, 2630),
        "no2": (0, 100, 200, 700, 1200, 2350, 3100, 3850),
        "pm10": (0, 50, 150, 250, 350, 420, 500, 600),
        "pm2_5": (0, 25, 50, 80, 150, 250, 350, 500),
    }
)
# What binary arithmetic takes from a half that is to be rounded up is less.
TO_BE_ROUNDED: Final = 1e-6


def sub_index(column: Column, concentration: float, unit: str = UNIT) -> float | None:
    """The sub-index of a concentration (µg/m³), not rounded; None where the column ends below it.

    Raises InvalidInput for a concentration that is negative or no number, and for another unit.
    """
    # Years of hours come by here: a look at what is good is all that it costs.
    if unit != UNIT or not 0 <= concentration < math.inf:
        check(column, concentration, unit)
    breakpoints = BREAKPOINTS[column]
    at = bisect_left(breakpoints, concentration)
    if at == len(breakpoints):
        return float(INDICES[-1]) if at == len(INDICES) else None
    if at == 0:
        return 0.0
    low, below = breakpoints[at - 1], INDICES[at - 1]
    return (INDICES[at] - below) * (concentration - low) / (breakpoints[at] - low) + below


def check(field: str, concentration: float, unit: str = UNIT) -> None:
    """Raises InvalidInput naming `field` where this is no concentration in µg/m³."""
    if unit != UNIT:
        raise InvalidInput(field, f"is in {unit!r}, must be in {UNIT}")
    if not math.isfinite(concentration):
        raise InvalidInput(field, "is no number")
    if concentration < 0:
        raise InvalidInput(field, "must not be negative")


def rounded(index: float) -> int:
    """An index as it is published: a whole number, halves up."""
    return int(index + 0.5 + TO_BE_ROUNDED)
