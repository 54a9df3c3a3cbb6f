"""The 12-hour NowCast of particles: Decision 1459/QD-TCMT, section on hourly values of PM2.5 and PM10.

For a weight of 1/2 the Decision prints sum((1/2)^i c_i), which falls short of the concentration by what missing hours
would weigh: 27.6 came out where it was 55.1. Here the weights of the hours that exist always add up to one, as in the
Decision's own form for larger weights; on complete hours both agree to 2^-12.
"""

import math
from collections.abc import Iterable, Sequence
from functools import reduce
from itertools import accumulate, repeat
from operator import add, mul
from typing import Final, cast

from cityhub.air.breakpoints import check
from cityhub.errors import InvalidInput

HOURS: Final = 12
# Of the newest three hours so many must exist.
RECENT: Final = 3
RECENT_NEEDED: Final = 2
LEAST_WEIGHT: Final = 0.5


def nowcast(means: Sequence[float | None]) -> float | None:
    """The NowCast (µg/m³, not rounded) of up to 12 hourly means, this hour's first; None for hours without data.

    None where fewer than two of the newest three hours have data. Raises InvalidInput for means that are negative or no
    numbers, and for more than 12.
    """
    if len(means) > HOURS:
        raise InvalidInput("means", f"are {len(means)} hours, at most {HOURS}")
    # Hours are complete nearly always, and years of them come by here.
    known = means if None not in means else [mean for mean in means if mean is not None]
    if not known:
        return None
    numbers = cast(Sequence[float], known)
    lowest, highest = min(numbers), max(numbers)
    # A sum is finite where all of its numbers are.
    if not (lowest >= 0 and sum(numbers) < math.inf):
        for one in numbers:
            check("means", one)
    weight = max(lowest / highest, LEAST_WEIGHT) if highest else 1.0
    weights = _LEAST_WEIGHTS if weight == LEAST_WEIGHT else _weights(weight)
    if known is means:
        if len(means) < RECENT_NEEDED:
            return None
        return _total(map(mul, numbers, weights)) / _total(weights[: len(means)])
    recent = means[:RECENT]
    if len(recent) - recent.count(None) < RECENT_NEEDED:
        return None
    pairs = [(share, mean) for share, mean in zip(weights, means, strict=False) if mean is not None]
    return _total(share * mean for share, mean in pairs) / _total(share for share, _ in pairs)


def _total(numbers: Iterable[float]) -> float:
    """One after another, as `many_hours` adds them too: `sum` does otherwise from Python 3.12 on."""
    return reduce(add, numbers)


def _weights(weight: float) -> list[float]:
    return list(accumulate(repeat(weight, HOURS - 1), mul, initial=1.0))


_LEAST_WEIGHTS = _weights(LEAST_WEIGHT)
