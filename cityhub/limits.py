"""How a measured quantity may go on in time. The figures are in the table of cityhub.kinds."""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Change:
    """How far a value may lie from the last one believed: `jump` plus `per_hour` for every hour since.

    For a sum, such as rain since the previous report, the value itself is bounded so.
    """

    jump: float
    per_hour: float


@dataclass(frozen=True, slots=True)
class Flat:
    """How long (hours) a value may stay the same while it lies between `above` and `below`, both exclusive.

    Outside of these bounds it may rest: at a detection limit, at saturation, or because there is nothing to measure.
    """

    hours: float
    above: float = -math.inf
    below: float = math.inf
