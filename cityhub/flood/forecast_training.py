"""Learns how water at a point goes on from its own past, and tries it on times that it had not seen. Pure; numpy.

The past is cut into blocks. Each block is told by a model of the others, with hours left out between them, so that all
cases are tried and none by a model that saw its flood. Errors are held against persistence, the newest depth.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cityhub.flood.forecast import HORIZONS_MIN, MOVING_CM, MOVING_MM, Horizon, Model, NoForecast

Array = NDArray[np.float64]

STEP_MIN = 15
_HOUR = 60 // STEP_MIN
BLOCKS = 6
# Between what a model learns and what it is tried on: four hours, which most floods of a street last.
_APART = 4 * _HOUR
# Fewer cases in which water moved teach nothing.
FEWEST_CASES = 60
# Less than this is no skill: it would be luck.
LEAST_SKILL = 0.05
_RIDGE = 0.05
_ROUNDS = 15


@dataclass(frozen=True, slots=True)
class Trained:
    """The horizons that beat persistence (None: none did), and all that were tried."""

    model: Model | None
    tried: tuple[Horizon, ...]


def train(depth_cm: Array, rain_mm: Array) -> Trained | NoForecast:
    """Learn from depths and the rain nearby, one figure each for every quarter of an hour, NaN where there is none.

    A model without rain is tried too, and taken where it is not worse.
    """
    known = ~np.isnan(depth_cm)
    change = _before(depth_cm, _HOUR, depth_cm)
    rain = _last_hour(rain_mm)
    moving = known & ~np.isnan(change) & ((np.abs(change) >= MOVING_CM) | (np.nan_to_num(rain) >= MOVING_MM))
    if moving.sum() < FEWEST_CASES:
        return "short_history"
    tried = []
    for minutes in HORIZONS_MIN:
        ahead = _ahead(depth_cm, minutes // STEP_MIN)
        found = [
            one
            for with_rain in (False, True)
            if (one := _tried(minutes, depth_cm, change, rain, ahead, moving, with_rain=with_rain))
            is not None
        ]
        if found:
            tried.append(min(found, key=lambda one: one.error))
    good = tuple(one for one in tried if one.skill >= LEAST_SKILL)
    return Trained(Model(good) if good else None, tuple(tried))


def _tried(
    minutes: int,
    depth: Array,
    change: Array,
    rain: Array,
    ahead: Array,
    moving: NDArray[np.bool_],
    *,
    with_rain: bool,
) -> Horizon | None:
    """A horizon with its errors over all blocks, None with too few cases."""
    columns = [np.maximum(change, 0), np.minimum(change, 0), *([rain] if with_rain else [])]
    causes = np.stack(columns, axis=1)
    fits = moving & ~np.isnan(causes).any(axis=1) & ~np.isnan(ahead)
    if fits.sum() < FEWEST_CASES:
        return None
    wanted = ahead - depth
    places = np.arange(len(depth))
    errors: list[Any] = []
    changes: list[Any] = []
    # Blocks of as many cases, not of as much time: floods are few.
    edges = np.quantile(places[fits], np.linspace(0, 1, BLOCKS + 1))
    for block in range(BLOCKS):
        first, last = edges[block], edges[block + 1]
        tries = fits & (places >= first) & (places < last + (block == BLOCKS - 1))
        learns = fits & ((places < first - _APART) | (places >= last + _APART))
        if not tries.any() or learns.sum() < FEWEST_CASES // 2:
            continue
        weights = _fitted(causes[learns], wanted[learns])
        # Water is never below the street.
        told = (
            np.maximum(depth[tries] + causes[tries] @ weights, np.minimum(0.0, depth[tries])) - depth[tries]
        )
        errors.append(wanted[tries] - told)
        changes.append(wanted[tries])
    if not errors:
        return None
    missed, came = np.concatenate(errors), np.concatenate(changes)
    rise, fall, *rest = _fitted(causes[fits], wanted[fits])
    low, high = np.quantile(missed, (0.1, 0.9))
    return Horizon(
        minutes,
        round(float(rise), 4),
        round(float(fall), 4),
        round(float(rest[0]), 4) if rest else 0.0,
        round(min(0.0, float(low)), 2),
        round(max(0.0, float(high)), 2),
        round(float(np.abs(missed).mean()), 4),
        round(float(np.abs(came).mean()), 4),
        len(missed),
    )


def _fitted(causes: Array, wanted: Array) -> Array:
    """Coefficients by Huber's loss of 1 cm with a little ridge: a sensor's leap must not bend them."""
    scale = causes.std(axis=0) + 1e-9
    scaled = causes / scale
    weights = np.ones(len(wanted))
    ridge = _RIDGE * len(wanted) * np.eye(causes.shape[1])
    found = np.zeros(causes.shape[1])
    for _ in range(_ROUNDS):
        weighted = scaled * weights[:, None]
        found = np.linalg.solve(weighted.T @ scaled + ridge, weighted.T @ wanted)
        weights = np.minimum(1.0, 1.0 / np.maximum(np.abs(wanted - scaled @ found), 1e-9))
    return np.asarray(found / scale, dtype=np.float64)


def _before(values: Array, steps: int, of: Array) -> Array:
    found = np.full(len(values), np.nan)
    found[steps:] = of[steps:] - values[:-steps]
    return found


def _ahead(values: Array, steps: int) -> Array:
    found = np.full(len(values), np.nan)
    found[:-steps] = values[steps:]
    return found


def _last_hour(rain_mm: Array) -> Array:
    """Sums over the last hour, NaN where a quarter of it is missing."""
    found = np.full(len(rain_mm), np.nan)
    if len(rain_mm) >= _HOUR:
        found[_HOUR - 1 :] = np.lib.stride_tricks.sliding_window_view(rain_mm, _HOUR).sum(axis=1)
    return found
