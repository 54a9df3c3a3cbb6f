"""How fast messages come, and how old their readings are when they are stored: counts by minute and kind. Pure."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from operator import add
from typing import Final

# Upper bounds in seconds; what is older than the last has a class of its own.
BOUNDS_S: Final = (0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 21_600, 86_400)
MINUTE = timedelta(minutes=1)


@dataclass(slots=True)
class Counted:
    """Of a minute and kind: messages, and those of them that were refused, whole or in part; `lags` by class."""

    messages: int = 0
    refused: int = 0
    lags: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS_S) + 1))

    @classmethod
    def of(cls, messages: int, refused: int, lags_s: Iterable[float]) -> "Counted":
        """So many, with the lags of some of them."""
        found = cls(messages, refused)
        for lag_s in lags_s:
            found.lags[bisect_left(BOUNDS_S, lag_s)] += 1
        return found

    def take(self, more: "Counted") -> None:
        """Count these too."""
        self.messages += more.messages
        self.refused += more.refused
        self.lags = list(map(add, self.lags, more.lags))


@dataclass(frozen=True, slots=True)
class Rate:
    """Of a kind: messages a minute in the last five minutes, refused ones of them, and in `steps` of the last hours.

    `lags`: by class, of the last quarter of an hour.
    """

    kind: str
    per_minute: float
    refused_per_minute: float
    lags: Sequence[int]
    steps: Sequence["Step"]


@dataclass(frozen=True, slots=True)
class Step:
    """Messages a minute, and refused ones of them, of the time from `begins_at` (aware) on."""

    begins_at: datetime
    per_minute: float
    refused_per_minute: float


def quantile_s(lags: Sequence[int], share: float) -> float | None:
    """The lag in seconds under which this share of them is, about: within its class as if they lay evenly.

    None without any; infinity beyond the last bound.
    """
    wanted = share * sum(lags)
    if not wanted:
        return None
    below = 0.0
    for bound, count, lower in zip(BOUNDS_S, lags, (0, *BOUNDS_S), strict=False):
        if below + count >= wanted:
            return lower + (bound - lower) * (wanted - below) / count
        below += count
    return float("inf")


def minute_of(moment: datetime) -> datetime:
    """The minute in which a moment (aware) lies."""
    return moment.replace(second=0, microsecond=0)
