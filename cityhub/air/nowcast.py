"""The 12-hour NowCast of particles: Decision 1459/QD-TCMT, section on hourly values of PM2.5 and PM10.

For a weight of 1/2 the Decision prints sum((1/2)^i c_i), which falls short of the concentration by what missing hours
would weigh: 27.6 came out where it was 55.1. Here the weights of the hours that exist always add up to one, as in the
Decision's own form for larger weights; on complete hours both agree to 2^-12.
"""

import math
from collections.abc import Sequence
from itertools import accumulate, repeat
from operator import mul
from typing import Final, cast

from cityhub.air.breakpoints import check
from cityhub.errors import InvalidInput

HOURS: Final = 12
# Of the newest three hours so many must exist.
RECENT: Final = 3
RECENT_NEEDED: Final = 2
_LEAST_WEIGHT = 0.5


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
    weight = max(lowest / highest, _LEAST_WEIGHT) if highest else 1.0
    weights = _LEAST_WEIGHTS if weight == _LEAST_WEIGHT else _weights(weight)
    if known is means:
        if len(means) < RECENT_NEEDED:
            return None
        total: float = sum(map(mul, numbers, weights))
        return total / sum(weights[: len(means)])
    recent = means[:RECENT]
    if len(recent) - recent.count(None) < RECENT_NEEDED:
        return None
    pairs = [(share, mean) for share, mean in zip(weights, means, strict=False) if mean is not None]
    return sum(share * mean for share, mean in pairs) / sum(share for share, _ in pairs)


def _weights(weight: float) -> list[float]:
    return list(accumulate(repeat(weight, HOURS - 1), mul, initial=1.0))


_LEAST_WEIGHTS = _weights(_LEAST_WEIGHT)
