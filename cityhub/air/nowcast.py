"""The 12-hour NowCast of particles: Decision 1459/QD-TCMT, section on hourly values of PM2.5 and PM10.

For a weight of 1/2 the Decision prints sum((1/2)^i c_i), which falls short of the concentration by what missing hours
would weigh: 27.6 came out where it was 55.1. Here the weights of the hours that exist always add up to one, as in the
Decision's own form for larger weights; on complete hours both agree to 2^-12.
"""

from collections.abc import Sequence
from typing import Final

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
    known = [mean for mean in means if mean is not None]
    if known:
        # A sum is finite where all of its numbers are.
        check("means", min(known))
        check("means", sum(known))
    if (
        len(means) - means.count(None) < RECENT_NEEDED
        or means[:RECENT].count(None) > len(means[:RECENT]) - RECENT_NEEDED
    ):
        return None
    highest = max(known)
    weight = max(min(known) / highest, _LEAST_WEIGHT) if highest else 1.0
    total = weights = 0.0
    share = 1.0
    for mean in means:
        if mean is not None:
            total += share * mean
            weights += share
        share *= weight
    return total / weights
