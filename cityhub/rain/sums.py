"""Rain of the last hours as gauges reported it: what came, and how much of what was expected came. Pure.

A report is the rain in mm since the one before, at the time of its end. A window of h hours holds the reports of
now - h < time <= now. Where none came there is no sum; where some are missing the sum is what fell at least.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType
from typing import Literal

from msgspec import Struct

from cityhub.rain.events import Event

# Hours of the windows by the names of their sums.
WINDOWS_H: Mapping[str, int] = MappingProxyType(
    {"mm_1h": 1, "mm_3h": 3, "mm_6h": 6, "mm_12h": 12, "mm_24h": 24}
)
# Project rule: with fewer of the expected reports nobody can say that it was dry. Decision 1459 and the standards of
# rain know no such rule; the share is shown with every sum.
ENOUGH = 0.75

# Why a figure is null: nothing came; nothing that came was good; too little came to call it dry; it does not rain.
Why = Literal["no_reports", "rejected", "partial", "dry"]


class Readings(Struct, frozen=True):
    """How many reports were expected in a span, by the gauge's interval, and how many good ones came."""

    expected: int
    observed: int

    @property
    def is_enough(self) -> bool:
        """Is it enough to say that it was dry (project rule: 75 %)?"""
        return self.observed >= ENOUGH * self.expected


@dataclass(frozen=True, slots=True)
class Window:
    """What came in a window: the sum of `observed` good reports in mm, None without any, and `rejected` others."""

    mm: float | None
    observed: int
    rejected: int = 0

    @property
    def why(self) -> Why | None:
        """Why there is no sum."""
        if self.mm is not None:
            return None
        return "rejected" if self.rejected else "no_reports"


NOTHING = Window(None, 0)


@dataclass(frozen=True, slots=True)
class RainSums:
    """What a gauge reported: its `windows` by the names of WINDOWS_H, the `intensity` (mm/h) of its last reports and
    the rain since it began (`event`), None while it is dry or unknown.
    """

    windows: Mapping[str, Window] = field(default_factory=dict)
    intensity: float | None = None
    event: Event | None = None

    def __getitem__(self, name: str) -> Window:
        return self.windows.get(name, NOTHING)


def expected(span: timedelta, interval_s: float) -> int:
    """How many reports a gauge that sends one each `interval_s` seconds is to send in `span`, at least one."""
    return max(1, round(span.total_seconds() / interval_s))


def readings(name: str, window: Window, interval_s: float) -> Readings:
    """Expected and observed reports of the window of this name. More than expected are as many as expected."""
    due = expected(timedelta(hours=WINDOWS_H[name]), interval_s)
    return Readings(due, min(due, window.observed))
