"""What a chart is to show: series over time, their bands and limits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, NamedTuple

from cityhub.kinds.model import Band

Step = Literal["hour", "day"]
STEPS: Final = {"hour": timedelta(hours=1), "day": timedelta(days=1)}


class Point(NamedTuple):
    """A value at `time` (aware), None where there is none; `why`: the reason, in words.

    `low` and `high`: the interval that a forecast gives.
    """

    time: datetime
    value: float | None
    low: float | None = None
    high: float | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """Points by time. `is_ahead`: a forecast, drawn as a broken line with its interval."""

    name: str
    points: Sequence[Point]
    is_ahead: bool = False


class Limit(NamedTuple):
    """A level to be seen beside the series, such as a limit of a standard."""

    value: float
    name: str


@dataclass(frozen=True, slots=True)
class Chart:
    """What is to be drawn; `id` is unique in the page.

    `bars`: the first series as bars, in the colours of `bands` if there are any. `from_zero`: the scale begins at 0, as
    it must for bars; levels and temperatures need not.
    """

    id: str
    title: str
    unit: str
    step: Step
    series: Sequence[Series]
    bands: Sequence[Band] = ()
    limits: Sequence[Limit] = ()
    decimals: int = 0
    bars: bool = False
    from_zero: bool = True


def band_of(bands: Sequence[Band], value: float) -> Band:
    """The band that a value lies in; what is below all of them is of the first."""
    return next((band for band in reversed(bands) if value >= band.start), bands[0])
