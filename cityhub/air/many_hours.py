"""VN_AQI of many hours at once: to the last bit what `Hours.index` makes of each (a property test holds it to that).

A day of sixty stations is 1,440 hours, each a page of arithmetic: one after another they take four times as long.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from itertools import compress
from typing import TYPE_CHECKING, Any

from cityhub.air.breakpoints import BREAKPOINTS, INDICES, TO_BE_ROUNDED
from cityhub.air.hours import Hours
from cityhub.air.nowcast import HOURS as NOWCAST_HOURS
from cityhub.air.nowcast import LEAST_WEIGHT, RECENT, RECENT_NEEDED
from cityhub.air.vn_aqi import COLUMNS, PARTICLES, POLLUTANTS, Hour, Index, Pollutant, reason

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]

# So many hours are worth loading numpy for, which the start of a program should not wait for.
MANY = 200
# They stand first in POLLUTANTS.
_PARTICLES = len(PARTICLES)


def indices(found: Sequence[Hours], first: int) -> list[list[Hour]]:
    """Of each of `found`, all with as many hours, `Hours.index(at)` of every hour from `first` on.

    Raises InvalidInput for means that are negative or no numbers.
    """
    count = found[0].count - first if found else 0
    if len(found) * count < MANY:
        return _each(found, first)
    import numpy as np  # noqa: PLC0415 - see MANY

    means, missing = _means(found, first)
    # What is no concentration, and sums that end in the infinite, are told by who says what is wrong with them.
    if (means < 0).any() or np.isinf(means).any() or np.isnan(means).sum() != missing:
        return _each(found, first)
    casts, is_few = _nowcasts(means[:, :_PARTICLES])
    if np.isinf(casts).any():
        return _each(found, first)
    used = np.concatenate((casts, means[:, _PARTICLES:, NOWCAST_HOURS - 1 :]), axis=1)
    exact = np.stack(
        [_sub_indices(pollutant, used[:, at]) for at, pollutant in enumerate(POLLUTANTS)], axis=1
    )
    is_known = ~np.isnan(exact)
    whole = np.where(is_known, exact + 0.5 + TO_BE_ROUNDED, 0).astype(int)
    driver = np.where(is_known, exact, -1.0).argmax(axis=1)
    return [
        [
            one.told(first + at, _hour(*figures))
            for at, figures in enumerate(
                zip(
                    whole[row].T.tolist(),
                    is_known[row].T.tolist(),
                    casts[row].T.tolist(),
                    driver[row].tolist(),
                    is_few[row].tolist(),
                    strict=True,
                )
            )
        ]
        for row, one in enumerate(found)
    ]


def _each(found: Sequence[Hours], first: int) -> list[list[Hour]]:
    return [[one.index(at) for at in range(first, one.count)] for one in found]


def _hour(
    whole: Sequence[int], is_known: Sequence[bool], casts: Sequence[float], driver: int, is_few: bool
) -> Hour:
    sub_indices: Mapping[Pollutant, int] = dict(zip(POLLUTANTS, whole, strict=True))
    nowcast: Mapping[Pollutant, float] = dict(zip(PARTICLES, casts, strict=True))
    # Hours are complete nearly always.
    if False in is_known:
        sub_indices = dict(compress(sub_indices.items(), is_known))
        nowcast = dict(compress(nowcast.items(), is_known))
    if nowcast:
        index = Index(whole[driver], None, POLLUTANTS[driver], sub_indices)
    else:
        index = Index(None, reason(few_hours=is_few, has_gas=bool(sub_indices)), None, sub_indices)
    return Hour(index, nowcast)


def _means(found: Sequence[Hours], first: int) -> tuple["Array", int]:
    """By station, pollutant and hour, NaN where there is none, and as many hours before `first` as a NowCast needs.

    Beside them how many there are not.
    """
    import numpy as np  # noqa: PLC0415 - see MANY

    begin = first - (NOWCAST_HOURS - 1)
    means = np.full((len(found), len(POLLUTANTS), found[0].count - begin), np.nan)
    missing = means.size
    for row, one in enumerate(found):
        for at, pollutant in enumerate(POLLUTANTS):
            if pollutant in one.used:
                known = one.used[pollutant][max(begin, 0) :]
                # None becomes NaN.
                means[row, at, max(-begin, 0) :] = np.array(known, float)
                missing -= len(known) - known.count(None)
    return means, missing


def _nowcasts(means: "Array") -> tuple["Array", "Array"]:
    """The NowCast of every hour but the first 11, NaN where there is none; and of which hours any has data, yet none.

    One hour of the window after another, so that sums are those of `nowcast`.
    """
    import numpy as np  # noqa: PLC0415 - see MANY

    count = means.shape[-1] - (NOWCAST_HOURS - 1)
    windows = [means[..., NOWCAST_HOURS - 1 - back :][..., :count] for back in range(NOWCAST_HOURS)]
    there = [~np.isnan(window) for window in windows]
    lowest, highest = windows[0], windows[0]
    for window in windows[1:]:
        lowest, highest = np.fmin(lowest, window), np.fmax(highest, window)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        weight = np.where(highest > 0, np.maximum(lowest / highest, LEAST_WEIGHT), 1.0)
        total, shares, share = np.zeros_like(weight), np.zeros_like(weight), np.ones_like(weight)
        for window, is_there in zip(windows, there, strict=True):
            total = total + np.where(is_there, share * window, 0.0)
            shares = shares + np.where(is_there, share, 0.0)
            share = share * weight
        enough = np.sum(there[:RECENT], axis=0) >= RECENT_NEEDED
        casts = np.where(enough, total / shares, np.nan)
    return casts, (~np.isnan(highest) & ~enough).any(axis=1)


def _sub_indices(pollutant: Pollutant, concentrations: "Array") -> "Array":
    """`sub_index` of each; NaN of NaN."""
    import numpy as np  # noqa: PLC0415 - see MANY

    breakpoints, below, step, width = _steps(pollutant)
    at = np.searchsorted(breakpoints, concentrations, side="left")
    # All columns of an hour go up to the highest index.
    lower = np.clip(at, 1, len(INDICES) - 1) - 1
    within = np.minimum(concentrations, breakpoints[-1])
    between = step[lower] * (within - breakpoints[lower]) / width[lower] + below[lower]
    found = np.where(at == 0, 0.0, np.where(at == len(INDICES), float(INDICES[-1]), between))
    return np.where(np.isnan(concentrations), np.nan, found)


@cache
def _steps(pollutant: Pollutant) -> tuple["Array", "Array", "Array", "Array"]:
    import numpy as np  # noqa: PLC0415 - see MANY

    breakpoints, indices = np.array(BREAKPOINTS[COLUMNS[pollutant]], float), np.array(INDICES, float)
    return breakpoints, indices[:-1], np.diff(indices), np.diff(breakpoints)
