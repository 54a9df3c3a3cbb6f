"""From values to places in a drawing, and the round values beside its axis."""

import math
from dataclasses import dataclass
from typing import Self

_ROUND = (1, 2, 2.5, 5, 10)
# Values closer to each other than this are the same to the eye, and below what binary numbers tell apart.
_LEAST = 1e-6


@dataclass(frozen=True, slots=True)
class Scale:
    """`low` stands at `start`, `high` at `end`; all between in proportion."""

    low: float
    high: float
    start: float
    end: float

    @classmethod
    def of(cls, lowest: float, highest: float, start: float, end: float, *, from_zero: bool) -> Self:
        """A scale with round ends that holds all of lowest ... highest, never without extent."""
        low = min(0.0, lowest) if from_zero else lowest
        high = max(highest, low)
        if high - low < _LEAST * max(1.0, abs(low)):
            high = low + max(1.0, abs(low) * _LEAST * 10)
        step = step_for(high - low)
        return cls(math.floor(low / step) * step, math.ceil(high / step) * step, start, end)

    def __call__(self, value: float) -> float:
        """Where `value` stands."""
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


def step_for(extent: float, most: int = 5) -> float:
    """The smallest of 1, 2, 2.5, 5, 10 ... that divides `extent` (above 0) into at most `most` parts."""
    rough = extent / most
    power = 10.0 ** math.floor(math.log10(rough))
    return next(step * power for step in _ROUND if step * power >= rough * (1 - 1e-9))


def ticks(low: float, high: float) -> list[float]:
    """Round values from `low` to `high`, which a Scale has made round."""
    step = step_for(high - low)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [round(count * step, 10) for count in range(first, last + 1)]
