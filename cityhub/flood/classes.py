"""What a depth of water on the street is called, and which way it goes. Pure; all of it is project rule.

No official class of depth for passing was found (docs/decisions.md): the classes are the bands of the table of kinds.
"""

import math
from dataclasses import dataclass
from typing import Literal

from cityhub.kinds import KINDS

_FLOOD = KINDS["flood"]
# From this depth (cm) on a point counts as flooded: the second class, and where caution begins for a motorbike.
FLOODED_FROM_CM = _FLOOD.bands[1].start
# Slower than this (cm/h) water is said to stand: gauges tell whole centimetres, and half an hour makes the trend.
STEADY_CM_PER_HOUR = 2.0

Trend = Literal["rising", "steady", "falling"]


@dataclass(frozen=True, slots=True)
class DepthClass:
    """`level` counts from 0 (below 10 cm) to 4 (50 cm and more)."""

    level: int
    name_vi: str
    name_en: str


def depth_class(depth_cm: float) -> DepthClass:
    """The project class of a depth in cm. Raises ValueError for what is no depth."""
    check(depth_cm)
    band = _FLOOD.band(depth_cm)
    return DepthClass(_FLOOD.bands.index(band), f"{band.name_vi} cm", f"{band.name_en} cm")


def trend_word(cm_per_hour: float) -> Trend:
    """Which way the water goes."""
    if abs(cm_per_hour) < STEADY_CM_PER_HOUR:
        return "steady"
    return "rising" if cm_per_hour > 0 else "falling"


def check(depth_cm: float) -> None:
    """Raises ValueError for a depth that is negative or no number."""
    if not 0 <= depth_cm < math.inf:
        raise ValueError(f"{depth_cm} is no depth in cm")
