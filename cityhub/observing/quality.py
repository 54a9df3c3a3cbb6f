"""Quality of an observation as a bit set. The raw value is always kept; flags say what to make of it.

`range` (implausible) and `fault` (the device says so, or a sentinel such as -999) keep a value out of sums and
public values. The others mark a value that is shown all the same: `rate` (it changed faster than physics allows),
`flatline` (unchanged for too long), `late` (it came when the public had already gone without it) and `neighbour`
(the sensors around it say something else). `total` stands beside `range`: a running total was sent for an amount.
Limits come from cityhub.kinds and, for counts of cars, from the site's capacity; `rate` and `flatline` are found by
continuity.py, `neighbour` by neighbours.py, `total` by running_totals.py.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import Literal

from cityhub.kinds import ObservedProperty

RANGE = 1
FAULT = 2
RATE = 4
FLATLINE = 8
LATE = 16
NEIGHBOUR = 32
TOTAL = 64
REJECTED = RANGE | FAULT

Flag = Literal["range", "fault", "rate", "flatline", "late", "neighbour", "total"]
NAMES: Mapping[int, Flag] = MappingProxyType(
    {
        RANGE: "range",
        FAULT: "fault",
        RATE: "rate",
        FLATLINE: "flatline",
        LATE: "late",
        NEIGHBOUR: "neighbour",
        TOTAL: "total",
    }
)
BITS: Mapping[str, int] = MappingProxyType({name: bit for bit, name in NAMES.items()})

# Numbers that data loggers write where a value is missing.
_SENTINELS = frozenset({-999.0, -999.9, -9999.0, -99999.0, -99.99, -999.99, -9999.99})
_SENTINELS_BELOW = -99.0

# A sensor whose newest reading is older than this many of its intervals is called late.
LATE_AFTER_INTERVALS = 3
# Clocks of devices may go wrong by so much before it is anybody's business.
_CLOCK_TOLERANCE = timedelta(minutes=5)

# A bay is taken or not, and devices number their messages: there is no half.
_WHOLE = frozenset({"occupied", "seq"})


def flags_of(
    observed: ObservedProperty, value: float, capacity: int | None = None, *, fault: bool = False
) -> int:
    """Flags of `value` (in the property's unit) by itself; `fault` is the device's own word about it."""
    if fault or is_sentinel(value):
        return FAULT
    high = capacity if capacity is not None and observed.name == "occupied_count" else observed.high
    if not observed.low <= value <= high:
        return RANGE
    if observed.name in _WHOLE and value % 1 != 0:
        return RANGE
    return 0


def is_sentinel(value: float) -> bool:
    """Is it a logger's sign for "missing"? To be asked before a unit is converted: -999 cm would be a river's level.

    Devices that count in single precision write -999.9 as -999.9000244140625.
    """
    return value < _SENTINELS_BELOW and round(value, 3) in _SENTINELS


def late_before(received_at: datetime, interval_s: float) -> datetime:
    """Readings of a phenomenon time before this one came late: the hub had called their sensor late without them."""
    return received_at - _patience(interval_s)


@lru_cache(maxsize=1024)
def _patience(interval_s: float) -> timedelta:
    return max(timedelta(seconds=LATE_AFTER_INTERVALS * interval_s), _CLOCK_TOLERANCE)


def is_rejected(bits: int) -> bool:
    """True when the value stays out of sums and public answers."""
    return bits & REJECTED != 0


def names(bits: int) -> list[Flag]:
    """The names of the flags that are set, lowest bit first."""
    return [name for bit, name in NAMES.items() if bits & bit]
