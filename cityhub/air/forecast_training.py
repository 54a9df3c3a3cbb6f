"""Learning to look ahead from a station's past, and finding out how good that is on weeks that were held out.

For each hour ahead a ridge regression (least squares with a penalty on leaving `leaning`). Every week after the first
four is told by what was learnt from the weeks before it; the errors of the last eight such weeks make the range for the
next (split conformal prediction: about their 10 % and 90 % quantiles). So nothing is judged by hours that it was made
from.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cityhub.air.forecast import HOURS_AHEAD, Model, Skill, leaning, predict
from cityhub.air.forecast_features import DAY, Array, features, from_log, network_mean, to_log
from cityhub.air.forecast_reasons import Why

WEEK: Final = 7 * DAY
# Weeks that something is learnt from before the first is told, weeks of errors before the first range, weeks judged.
_LEARNT, _RANGED, _JUDGED = 4, 2, 2
LEAST_WEEKS: Final = _LEARNT + _RANGED + _JUDGED
# A range is made from at most so many weeks of errors: they change with the season.
_RANGE_WEEKS: Final = 8
# Chosen on the data of docs/data.md, out of 100, 300 and 1000.
_PENALTY: Final = 1000.0
# The range is to hold 80 % of the hours: a tenth lies below, a tenth above. Air changes faster in winter: after a week
# that held fewer or more, the quantiles move by a part of what was amiss (Gibbs and Candès, 2021), within these bounds.
TAIL: Final = 0.1
_ADAPTING: Final = 0.25
_LEAST_TAIL, _MOST_TAIL = 0.03, 0.2
COVERAGE: Final = (0.75, 0.85)
# Fewer hours than these tell nothing.
_LEAST_ERRORS: Final = 100


@dataclass(frozen=True, slots=True)
class Trained:
    """A model and how good it was, hour by hour ahead, over `weeks` weeks that it had not seen."""

    model: Model
    skill: Sequence[Skill]
    weeks: int

    @property
    def has_skill(self) -> bool:
        """Is there an hour ahead that may be told?"""
        return any(self.model.is_published)


@dataclass(frozen=True, slots=True)
class _Past:
    """Rows of features by hour; for each hour ahead what came (log), and the week of the hour; -1: before the first."""

    rows: Array
    suffices: NDArray[np.bool_]
    came: Array
    week: NDArray[np.int_]
    weeks: int

    def week_of_target(self, ahead: int) -> NDArray[np.int_]:
        return np.concatenate([self.week[ahead:], np.full(ahead, self.weeks)])


def train(concentrations: Array, others: Array, first_hour: int) -> Trained | Why:
    """What can be learnt from hours (µg/m³, NaN where missing) of a station and of those around it, a row each.

    `first_hour` as for `features`. Weeks are counted back from the last hour.
    """
    weeks = len(concentrations) // WEEK
    if weeks < LEAST_WEEKS:
        return "short_history"
    values = to_log(concentrations)
    network = network_mean(to_log(others)) if len(others) else None
    past = _past(values, network, first_hour, weeks)
    told, last = _walk(past)
    errors = past.came - told
    ranges = _ranges(past, errors)
    skill = [
        _skill(past, concentrations, told[:, ahead - 1], ranges[:, :, ahead - 1], ahead)
        for ahead in range(1, HOURS_AHEAD + 1)
    ]
    if all(one.n < _LEAST_ERRORS for one in skill):
        return "short_history"
    # Hours ahead that nothing was learnt for are not told; VN_AQI may reach back to them.
    last, low, high = (np.nan_to_num(part) for part in (last, *ranges[weeks]))
    model = Model(last, low, high, network is not None, [one.is_published for one in skill])
    return Trained(model, skill, weeks - _LEARNT - _RANGED)


def _past(values: Array, network: Array | None, first_hour: int, weeks: int) -> _Past:
    rows, suffices = features(values, network, first_hour)
    came = np.full((len(values), HOURS_AHEAD), np.nan)
    for ahead in range(1, HOURS_AHEAD + 1):
        came[:-ahead, ahead - 1] = values[ahead:]
    before = len(values) - weeks * WEEK
    week = np.maximum((np.arange(len(values)) - before) // WEEK, -1)
    return _Past(rows, suffices, came, week, weeks)


def _walk(past: _Past) -> tuple[Array, Array]:
    """What was told of every hour of the weeks after the first, NaN elsewhere; and what all weeks together teach."""
    size = past.rows.shape[1]
    told = np.full(past.came.shape, np.nan)
    final = np.empty((HOURS_AHEAD, size))
    rest = past.came - leaning(past.rows)
    coefficients = np.full((past.weeks + 1, HOURS_AHEAD, size), np.nan)
    for ahead in range(1, HOURS_AHEAD + 1):
        target = rest[:, ahead - 1]
        usable = past.suffices & ~np.isnan(target)
        week = past.week_of_target(ahead)
        squares, products, counts = np.zeros((size, size)), np.zeros(size), 0
        for number in range(-1, past.weeks):
            at = usable & (week == number)
            rows = past.rows[at]
            squares = squares + rows.T @ rows
            products = products + rows.T @ target[at]
            counts += len(rows)
            if number >= _LEARNT - 1 and counts >= _LEAST_ERRORS:
                coefficients[number + 1, ahead - 1] = _ridge(squares, products, counts)
        final[ahead - 1] = coefficients[past.weeks, ahead - 1]
    for number in range(_LEARNT, past.weeks):
        at = past.suffices & (past.week == number)
        told[at] = predict(coefficients[number], past.rows[at])
    return told, final


def _ridge(squares: Array, products: Array, count: int) -> Array:
    """The coefficients, each penalized in units of its feature's spread; the constant is free."""
    mean = squares[0] / count
    spread = np.sqrt(np.maximum(np.diag(squares) / count - mean**2, 1e-9))
    spread[0] = 1.0
    penalty = np.full(len(products), _PENALTY)
    penalty[0] = 0.0
    scaled = squares / np.outer(spread, spread) + np.diag(penalty)
    solved: Array = np.linalg.solve(scaled, products / spread) / spread
    return solved


def _ranges(past: _Past, errors: Array) -> Array:
    """For each week, and the one to come, the quantiles of the errors known by its beginning, by hour ahead."""
    ranges = np.full((past.weeks + 1, 2, HOURS_AHEAD), np.nan)
    for ahead in range(1, HOURS_AHEAD + 1):
        week, all_errors = past.week_of_target(ahead), errors[:, ahead - 1]
        there = ~np.isnan(all_errors)
        tail = TAIL
        for number in range(_LEARNT + _RANGED, past.weeks + 1):
            known = there & (week < number)
            low, high = ranges[number - 1, :, ahead - 1]
            newest = all_errors[known & (past.week == number - 1)]
            if len(newest) >= DAY and not np.isnan(low):
                inside = float(((newest >= low) & (newest <= high)).mean())
                tail = min(max(tail + _ADAPTING * (inside - (1 - 2 * TAIL)) / 2, _LEAST_TAIL), _MOST_TAIL)
            recent = all_errors[known & (past.week >= number - _RANGE_WEEKS)]
            if len(recent) >= _LEAST_ERRORS:
                ranges[number, :, ahead - 1] = np.quantile(recent, [tail, 1 - tail])
    return ranges


def _skill(past: _Past, concentrations: Array, told: Array, ranges: Array, ahead: int) -> Skill:
    """`told`, `ranges`: of this hour ahead, by hour and by week."""
    count = len(concentrations) - ahead
    before = np.concatenate([np.full(DAY, np.nan), concentrations])[ahead : ahead + count]
    now, came, said = concentrations[:count], concentrations[ahead:], told[:count]
    low, high = ranges[np.maximum(past.week[:count], 0)].T
    compared = ~np.isnan(before + now + came + said + low)
    n = int(compared.sum())
    if n < _LEAST_ERRORS:
        return Skill(ahead, n, np.nan, np.nan, np.nan, np.nan, is_published=False)
    error, persistence, yesterday = (
        float(np.abs(one - came)[compared].mean()) for one in (from_log(said), now, before)
    )
    inside = (to_log(came) >= said + low) & (to_log(came) <= said + high)
    coverage = float(inside[compared].mean())
    is_published = error < persistence and error < yesterday and COVERAGE[0] <= coverage <= COVERAGE[1]
    return Skill(ahead, n, error, persistence, yesterday, coverage, is_published)
