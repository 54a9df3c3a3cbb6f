"""QCVN 08:2023/BTNMT, surface water, lakes, level B: which limit a result meets, and by how much."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from cityhub.water.scales import Bound

STANDARD: Final = "QCVN 08:2023/BTNMT"
LEVEL: Final = "B"
Side = Literal["at_most", "at_least"]


@dataclass(frozen=True, slots=True)
class Limit:
    """The value that must not be passed, in the parameter's unit."""

    value: float
    side: Side


@dataclass(frozen=True, slots=True)
class Comparison:
    """A result beside its limit. `is_met`: None where a detection limit leaves it open.

    `difference`: result minus limit in the parameter's unit, above 0 where the result is higher; `percent`: the same of
    the limit.
    """

    limit: Limit
    is_met: bool | None
    difference: float
    percent: float


LIMITS: Mapping[str, Limit] = MappingProxyType(
    {
        "bod5": Limit(6, "at_most"),
        "cod": Limit(15, "at_most"),
        "toc": Limit(6, "at_most"),
        "tss": Limit(15, "at_most"),
        "dissolved_oxygen": Limit(5, "at_least"),
        "total_p": Limit(0.3, "at_most"),
        "total_n": Limit(1.5, "at_most"),
        "coliform": Limit(5000, "at_most"),
        "nh4_n": Limit(0.3, "at_most"),
        "no2_n": Limit(0.05, "at_most"),
    }
)


def compare(parameter: str, value: float, bound: Bound = "=") -> Comparison | None:
    """A result beside its limit; None where the standard's level B for lakes has none that the hub knows."""
    limit = LIMITS.get(parameter)
    if limit is None:
        return None
    difference = value - limit.value
    # A dozen digits: what a device measures fits into them, what binary numbers add does not.
    return Comparison(
        limit,
        _is_met(limit, value, bound),
        float(f"{difference:.12g}") + 0.0,
        round(100 * difference / limit.value, 1) + 0.0,
    )


def _is_met(limit: Limit, value: float, bound: Bound) -> bool | None:
    if bound == "=":
        return value <= limit.value if limit.side == "at_most" else value >= limit.value
    # All that lies below the value, or above it, is on one side of the limit; or it is not.
    if bound == "<" and value <= limit.value:
        return limit.side == "at_most"
    if bound == ">" and value >= limit.value:
        return limit.side == "at_least"
    return None
