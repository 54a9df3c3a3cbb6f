"""How deep the water will be in 30 and 60 minutes, by what the point's own past taught (forecast_training.py). Pure.

The change to come is a part of the last hour's rise, or of its fall, and so many cm for each mm of the last hour's rain
nearby: three coefficients for each horizon that anybody can read. Only where water moves or it rains is there anything
to tell; and only what beat the persistence of the newest depth on times that the model had not seen is told.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Self

NAME = "rise-fall-rain-1"
HORIZONS_MIN = (30, 60)
# Water moves that changed by so many cm within the last hour, or that so many mm of rain fell on.
MOVING_CM, MOVING_MM = 2.0, 0.5

# Why there is no forecast: no model yet; too short a past; no better than persistence; nothing moves; too few readings.
NoForecast = Literal["no_model", "short_history", "no_skill", "still", "few_readings"]


@dataclass(frozen=True, slots=True)
class Horizon:
    """What was learnt for `minutes` ahead: parts of the rise and the fall, cm for each mm of rain.

    `low`, `high`: what is to be added (cm) for the bounds that held 80 % of the unseen cases. `error`, `persistence`:
    mean absolute errors (cm) of both over `cases` unseen.
    """

    minutes: int
    rise: float
    fall: float
    rain: float
    low: float
    high: float
    error: float
    persistence: float
    cases: int

    @property
    def skill(self) -> float:
        """By which part its error is smaller than that of persistence; negative where it is larger."""
        return 1 - self.error / self.persistence if self.persistence else 0.0

    def as_json(self) -> dict[str, Any]:
        """As it is stored."""
        return {name: getattr(self, name) for name in self.__slots__}

    def change(self, change_cm: float, rain_mm: float) -> float:
        """The change to come in cm after `change_cm` and `rain_mm` in the last hour."""
        return self.rise * max(change_cm, 0) + self.fall * min(change_cm, 0) + self.rain * rain_mm


@dataclass(frozen=True, slots=True)
class Model:
    """The horizons that may be told, in order."""

    horizons: Sequence[Horizon]

    def as_json(self) -> list[dict[str, Any]]:
        """As it is stored."""
        return [one.as_json() for one in self.horizons]

    @classmethod
    def from_json(cls, stored: Sequence[Mapping[str, Any]]) -> Self:
        """As it was stored."""
        return cls(tuple(Horizon(**one) for one in stored))


@dataclass(frozen=True, slots=True)
class Learnt:
    """What was learnt of start <= time < end (aware); `model`: None where there is nothing to tell, and `why`."""

    trained_at: datetime
    start: datetime
    end: datetime
    model: Model | None
    why: NoForecast | None


@dataclass(frozen=True, slots=True)
class Ahead:
    """A depth (cm) to come, between `low` and `high` in 80 % of such cases."""

    minutes: int
    depth: float
    low: float
    high: float


def forecast(
    model: Model, depth_cm: float, change_cm: float | None, rain_mm: float | None
) -> list[Ahead] | NoForecast:
    """The depths to come after `change_cm` in the last hour.

    `rain_mm`: the mean of the gauges nearby, None where none is known: a model that needs it then tells nothing.
    """
    if change_cm is None:
        return "few_readings"
    if not moves(change_cm, rain_mm or 0):
        return "still"
    told = []
    for one in model.horizons:
        if one.rain and rain_mm is None:
            continue
        ahead = depth_cm + one.change(change_cm, rain_mm or 0)
        low, depth, high = (round(max(0.0, ahead + add), 1) for add in (one.low, 0.0, one.high))
        told.append(Ahead(one.minutes, depth, low, high))
    return told or "few_readings"


def moves(change_cm: float, rain_mm: float) -> bool:
    """Is there anything to tell?"""
    return abs(change_cm) >= MOVING_CM or rain_mm >= MOVING_MM
