"""What a forecast of PM2.5 is made from: hours that were, of the station and of those around it.

Concentrations are taken as log(µg/m³ + OFFSET): what adds up there are ratios, as air that mixes or stagnates makes
them. Gaps: without the newest hour, or with less than half of the last 12 hours, or of the last 24 or 72, nothing can
be said from an hour; any other hour that is missing counts as the mean around it.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# µg/m³. Below this, differences are the monitor's own.
OFFSET: Final = 5.0
# So many hours before the newest are looked at.
HOURS_BEFORE: Final = 72
DAY: Final = 24
# Where the last value and the mean of the day stand in a row.
LAST, MEAN_OF_DAY = 1, 5
_LEAST_SHARE = 0.5
# Hours ago, of three hours each: the shape of the last day.
_PARTS_OF_DAY: Final = (23, 21, 18, 15, 12, 9, 6, 3)
_HARMONICS: Final = (1, 2, 3)
NETWORK_COLUMNS: Final = 3


def to_log(concentrations: Array) -> Array:
    """Concentrations (µg/m³) on the scale of the forecast; NaN stays."""
    return np.log(concentrations + OFFSET)


def from_log(values: Array) -> Array:
    """And back, never below zero."""
    return np.maximum(np.exp(values) - OFFSET, 0.0)


def network_mean(others: Array) -> Array:
    """The mean of other stations (on the forecast's scale, a row each) hour by hour; NaN where none measured."""
    there = ~np.isnan(others)
    count = there.sum(axis=0)
    total = np.where(there, others, 0.0).sum(axis=0)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def features(values: Array, network: Array | None, first_hour: int) -> tuple[Array, NDArray[np.bool_]]:
    """One row of figures for each hour, and for which hours they suffice to look ahead from.

    `values`, `network`: on the forecast's scale, hour after hour, NaN where nothing was measured; `network` None for a
    station alone. `first_hour`: hours from 1 January 1970, 00:00 of local time, to the first.
    Where the network says nothing it counts as being as it was during the day.
    """
    day, shape = _trailing(values, DAY), _trailing(values, 3, least=1 / 3)
    six, long = _trailing(values, 6, least=1 / 6), _trailing(values, HOURS_BEFORE)
    columns = [
        np.ones(len(values)),
        values - day,
        shape - day,
        six - day,
        _trailing(values, 12) - day,
        day,
        long - day,
    ]
    columns += [_filled(_ago(values, hours), six) - day for hours in (1, 2)]
    columns += [_filled(_ago(shape, hours), day) - day for hours in _PARTS_OF_DAY]
    if network is not None:
        around = _trailing(network, DAY)
        recent = _trailing(network, 3, least=1 / 3)
        columns += [np.nan_to_num(part) for part in (network - around, recent - around, around - day)]
    hours = first_hour + np.arange(len(values))
    angle = 2 * np.pi * (hours % DAY) / DAY
    for harmonic in _HARMONICS:
        columns += [np.sin(harmonic * angle), np.cos(harmonic * angle)]
    # 1 January 1970 was a Thursday.
    columns.append(((hours // DAY + 3) % 7 >= 5).astype(float))
    rows = np.column_stack(columns)
    return rows, np.asarray(~np.isnan(rows).any(axis=1), dtype=np.bool_)


def _ago(values: Array, hours: int) -> Array:
    return np.concatenate([np.full(hours, np.nan), values[:-hours]])[: len(values)]


def _filled(values: Array, otherwise: Array) -> Array:
    return np.where(np.isnan(values), otherwise, values)


def _trailing(values: Array, hours: int, least: float = _LEAST_SHARE) -> Array:
    """Means of the last `hours` up to each; NaN where less than the share `least` of them was measured."""
    there = ~np.isnan(values)
    sums = np.cumsum(np.concatenate([[0.0], np.where(there, values, 0.0)]))
    counts = np.cumsum(np.concatenate([[0], there]))
    end = np.arange(1, len(values) + 1)
    begin = np.maximum(end - hours, 0)
    count = counts[end] - counts[begin]
    return np.where(count >= hours * least, (sums[end] - sums[begin]) / np.maximum(count, 1), np.nan)
