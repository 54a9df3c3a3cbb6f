"""PM2.5 and VN_AQI of the next 24 hours at a station, out of a model that forecast_training made of its own past.

The range is one that 80 % of past hours ahead lay in. Hours ahead at which the model did not beat both baselines on
weeks that it had not seen are not told.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from cityhub.air.forecast_features import (
    LAST,
    MEAN_OF_DAY,
    NETWORK_COLUMNS,
    Array,
    features,
    from_log,
    network_mean,
    to_log,
)
from cityhub.air.forecast_reasons import Why
from cityhub.air.nowcast import HOURS as NOWCAST_HOURS
from cityhub.air.vn_aqi import hourly

# A model of another name is made anew. It says what the model is, and changes when that does.
NAME: Final = "pm25-ridge-24h-1"
HOURS_AHEAD: Final = 24
# Share of the last hour's distance from the day's mean that is left after each hour, before anything is learnt.
STAYS_PER_HOUR: Final = 0.95
# The newest hour may be missing, and the one before; a forecast from before those would be old when it is made.
HOURS_LATE: Final = 2


@dataclass(frozen=True, slots=True)
class Skill:
    """How good forecasts so many hours ahead were on weeks that the model had not seen.

    Mean absolute errors in µg/m³: of the forecast, of taking the present value, and of taking the same hour of the day
    before, over `n` hours. `coverage`: share of them that lay in the range.
    """

    ahead: int
    n: int
    error: float
    error_persistence: float
    error_yesterday: float
    coverage: float
    is_published: bool

    def as_json(self) -> dict[str, Any]:
        """What is stored of it; a figure that too few hours would make is null."""
        return {
            "ahead": self.ahead,
            "n": self.n,
            "error": _figure(self.error, 2),
            "error_persistence": _figure(self.error_persistence, 2),
            "error_yesterday": _figure(self.error_yesterday, 2),
            "coverage": _figure(self.coverage, 3),
            "is_published": self.is_published,
        }


@dataclass(frozen=True, slots=True)
class Model:
    """What was learnt, a row for each hour ahead. `low`, `high`: the range around the forecast, on its scale."""

    coefficients: Array
    low: Array
    high: Array
    has_network: bool
    is_published: Sequence[bool]

    def as_json(self) -> dict[str, Any]:
        """What is stored of it."""
        return {
            "coefficients": np.round(self.coefficients, 6).tolist(),
            "low": np.round(self.low, 6).tolist(),
            "high": np.round(self.high, 6).tolist(),
            "has_network": self.has_network,
            "is_published": list(self.is_published),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Model":
        """The same, read again."""
        return cls(
            np.array(stored["coefficients"], dtype=float),
            np.array(stored["low"], dtype=float),
            np.array(stored["high"], dtype=float),
            stored["has_network"],
            stored["is_published"],
        )


@dataclass(frozen=True, slots=True)
class HourAhead:
    """One hour, `ahead` hours after the one it was told from: µg/m³ to one decimal, the index where it may be told."""

    ahead: int
    pm2_5: float
    low: float
    high: float
    vn_aqi: int | None


@dataclass(frozen=True, slots=True)
class Forecast:
    """What can be said from the hour `at` (a number in the series it was made from)."""

    at: int
    hours: Sequence[HourAhead]


def _figure(value: float, decimals: int) -> float | None:
    return None if np.isnan(value) else round(value, decimals)


def predict(coefficients: Array, rows: Array) -> Array:
    """Hours ahead (columns) from rows of features, on the forecast's scale."""
    return rows @ coefficients.T + leaning(rows)


def leaning(rows: Array) -> Array:
    """What is said before anything is learnt: the last value goes back to the mean of the day, bit by bit."""
    stays = STAYS_PER_HOUR ** np.arange(1, HOURS_AHEAD + 1)
    return rows[:, [MEAN_OF_DAY]] + rows[:, [LAST]] * stays


def forecast(
    model: Model, concentrations: Array, others: Array, first_hour: int, *, has_index: bool
) -> Forecast | Why:
    """The next hours from the newest hour that has what it takes, at most HOURS_LATE before the last of the series.

    `concentrations`: µg/m³ hour after hour, NaN where missing; `others`: the stations around, a row each; `first_hour`
    as for `features`. `has_index`: the station may publish VN_AQI.
    """
    network = network_mean(to_log(others)) if model.has_network and len(others) else None
    rows, suffices = features(to_log(concentrations), network, first_hour)
    if model.has_network and network is None:
        rows = _without_network(rows)
    newest = np.flatnonzero(suffices[-1 - HOURS_LATE :])
    if not len(newest):
        return "no_data"
    at = len(rows) - len(suffices[-1 - HOURS_LATE :]) + int(newest[-1])
    [ahead] = predict(model.coefficients, rows[[at]])
    middle, low, high = (from_log(ahead + shift) for shift in (0.0, model.low, model.high))
    indices = _indices(concentrations[: at + 1], middle) if has_index else [None] * HOURS_AHEAD
    return Forecast(
        at,
        [
            HourAhead(
                number + 1,
                round(float(middle[number]), 1),
                round(float(min(low[number], middle[number])), 1),
                round(float(max(high[number], middle[number])), 1),
                indices[number],
            )
            for number in range(HOURS_AHEAD)
            if model.is_published[number]
        ],
    )


def _without_network(rows: Array) -> Array:
    """Rows of a station alone as a model with network reads them: the network as during the day."""
    before = rows.shape[1] - 7  # hour and weekday come last
    return np.insert(rows, [before] * NETWORK_COLUMNS, 0.0, axis=1)


def _indices(observed: Array, ahead: Array) -> list[int | None]:
    """VN_AQI of the hours ahead, by PM2.5 alone: its NowCast reaches back into hours that were."""
    known = [None if np.isnan(value) else float(value) for value in observed[-NOWCAST_HOURS:]]
    newest_first = [*(float(value) for value in ahead[::-1]), *reversed(known)]
    return [
        hourly({"pm2_5": newest_first[HOURS_AHEAD - number :][:NOWCAST_HOURS]}).index.value
        for number in range(1, HOURS_AHEAD + 1)
    ]
