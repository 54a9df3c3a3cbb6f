"""The tables of Decision 1460/QD-TCMT (2019): from a concentration to its sub-index, 100 (best) to 10."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

# How a result stands to the value written: it is that, below it (a detection limit), or above it.
Bound = Literal["=", "<", ">"]


@dataclass(frozen=True, slots=True)
class Scale:
    """Sub-indices at rising values, linear between. `below`: under the first, `beyond`: over the last.

    Where they differ from the sub-index of that point the Decision has a jump.
    """

    below: float
    points: tuple[tuple[float, float], ...]
    beyond: float

    def __call__(self, value: float) -> float:
        """The sub-index of `value`, in the unit of the points."""
        if value < self.points[0][0]:
            return self.below
        for (before, better), (after, worse) in zip(self.points, self.points[1:], strict=False):
            if value == before:
                return better
            if value < after:
                # The Decision's formula, which binary numbers must not lead out of the two sub-indices.
                found = (better - worse) / (after - before) * (after - value) + worse
                return min(max(found, min(better, worse)), max(better, worse))
        return self.points[-1][1] if value == self.points[-1][0] else self.beyond

    def certain(self, value: float, bound: Bound) -> float | None:
        """The sub-index of what may only be known to lie below or above `value`; None where it could be several."""
        if bound == "=":
            return self(value)
        if bound == "<":
            inside = [self.below] + [q for point, q in self.points if point < value]
            edge = self(math.nextafter(value, -math.inf))
        else:
            inside = [self.beyond] + [q for point, q in self.points if point > value]
            edge = self(math.nextafter(value, math.inf))
        return edge if all(q == edge for q in inside) else None


def _rising(*points: float) -> Scale:
    """Points of the sub-indices 100, 75, 50, 25 and, where there is a fifth, 10; more is worse."""
    return Scale(100, tuple(zip(points, (100, 75, 50, 25, 10), strict=False)), 10)


def _jumping(*points: float) -> Scale:
    """The same of a table whose 100 ends where its 75 begins."""
    return Scale(100, tuple(zip(points, (75, 50, 25, 10), strict=False)), 10)


def _step(limit: float) -> Scale:
    """At or below the limit 100, else 10."""
    return Scale(100, ((limit, 100),), 10)


# In the units of cityhub.water.parameters; dissolved oxygen in percent of saturation (cityhub.water.oxygen).
SCALES: Mapping[str, Scale] = MappingProxyType(
    {
        "ph": Scale(10, ((5.5, 50), (6, 100), (8.5, 100), (9, 50)), 10),
        "dissolved_oxygen": Scale(
            10, ((20, 25), (50, 50), (75, 75), (88, 100), (112, 100), (125, 75), (150, 50), (200, 25)), 10
        ),
        "bod5": _rising(4, 6, 15, 25, 50),
        "cod": _rising(10, 15, 30, 50, 150),
        "toc": _rising(4, 6, 15, 25, 50),
        "nh4_n": _jumping(0.3, 0.6, 0.9, 5),
        "no3_n": _rising(2, 5, 10, 15),
        "no2_n": _step(0.05),
        "po4_p": _rising(0.1, 0.2, 0.3, 0.5, 4),
        "coliform": _rising(2500, 5000, 7500, 10_000),
        "e_coli": _rising(20, 50, 100, 200),
        "arsenic": _rising(0.01, 0.02, 0.05, 0.1),
        "cadmium": _jumping(0.005, 0.008, 0.01, 0.1),
        "lead": _jumping(0.02, 0.04, 0.05, 0.5),
        "chromium_6": _rising(0.01, 0.02, 0.04, 0.05, 0.1),
        "copper": _rising(0.1, 0.2, 0.5, 1.0, 2),
        "zinc": _rising(0.5, 1.0, 1.5, 2.0, 3),
        "mercury": _jumping(0.001, 0.0015, 0.002, 0.01),
        "aldrin": _step(0.1),
        "bhc": _step(0.02),
        "dieldrin": _step(0.1),
        "ddts": _step(1.0),
        "heptachlor": _step(0.2),
    }
)
