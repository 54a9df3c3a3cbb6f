"""Quality of an observation as a bit set. The raw value is always kept; flags say what to make of it.

`range` (implausible) and `fault` (the device says so, or a sentinel such as -999) keep a value out of sums and
public values. Plausible ranges come from cityhub.kinds and, for counts of cars, from the site's capacity.
"""

from collections.abc import Mapping
from types import MappingProxyType

from cityhub.kinds import ObservedProperty

RANGE = 1
FAULT = 2
REJECTED = RANGE | FAULT

NAMES: Mapping[int, str] = MappingProxyType({RANGE: "range", FAULT: "fault"})

# Numbers that data loggers write where a value is missing.
SENTINELS = frozenset({-999.0, -999.9, -9999.0, -99999.0, -99.99, -999.99, -9999.99})


def judge(
    observed: ObservedProperty, value: float, capacity: int | None = None, *, fault: bool = False
) -> int:
    """Flags of `value` (in the property's unit); `fault` is the device's own word about it."""
    if fault or value in SENTINELS:
        return FAULT
    high = capacity if capacity is not None and observed.name == "occupied_count" else observed.high
    if not observed.low <= value <= high:
        return RANGE
    if observed.name == "occupied" and value not in (0, 1):
        return RANGE
    return 0


def is_rejected(bits: int) -> bool:
    """True when the value stays out of sums and public answers."""
    return bits & REJECTED != 0


def names(bits: int) -> list[str]:
    """The words of the flags that are set, lowest bit first."""
    return [name for bit, name in NAMES.items() if bits & bit]
