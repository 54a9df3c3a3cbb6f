"""How a device does: messages that it numbered but that never came, and reports against those expected of it. Pure.

Gaps are counted in the database (cityhub/store/health.sql) from stored numbers in the order of their phenomenon times,
so the order of arrival does not matter and a message that comes late closes its gap. A number that is not larger than
the one before it is a restart, the wrap of a 16-bit counter included: what was lost around it cannot be known and
counts nothing.
"""

import math
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from cityhub.kinds import DEVICE_PROPERTIES

# A counter that jumps ahead by no more than this has lost messages, however fast that was: devices may report far
# more often than they have to. Beyond it, messages are called missing only as far as a device that sends ten times
# as often as expected could have sent them; a larger jump is another device, or a counter that was set anew.
BELIEVED_JUMP = 1000
BELIEVED_PER_INTERVAL = 10
# What lies beside the range is no number of a message, whatever its flags say: flags can be cleared by hand.
SMALLEST_NUMBER = DEVICE_PROPERTIES["seq"].low
LARGEST_NUMBER = DEVICE_PROPERTIES["seq"].high
# In an hour one report more than expected counts: reports are not in step with the clock. More do not, so that a
# burst cannot make up for a silence.
SPARE_REPORTS = 1
HOUR = timedelta(hours=1)
HOURS = 24
# Devices may report more often than they have to; beyond so many times they flood.
FLOOD = 10


class Gaps(NamedTuple):
    """Messages that never came, and how often the counter began anew."""

    missing: int
    restarts: int


class Hour(NamedTuple):
    """An hour from `time` (aware): reports that came, and how many were expected (0 before the sensor's first)."""

    time: datetime
    reports: int
    expected: float


def hours(
    reports: Mapping[datetime, int], first: datetime | None, interval_s: float, now: datetime
) -> list[Hour]:
    """The 24 whole hours before `now` (aware), oldest first. `reports`: by the hour's start.

    `first`: the hour of the sensor's first report ever. Nothing is expected of it before the hour after that.
    """
    end = now.replace(minute=0, second=0, microsecond=0)
    starts = [end - HOUR * back for back in range(HOURS, 0, -1)]
    each = HOUR.total_seconds() / interval_s
    return [
        Hour(start, reports.get(start, 0), each if first is not None and start > first else 0.0)
        for start in starts
    ]


def completeness(found: Iterable[Hour]) -> float | None:
    """The share of expected reports that came, from 0 to 1; None where not even one was expected."""
    counted = [hour for hour in found if hour.expected > 0]
    # 24 times a twelfth must be two.
    expected = math.floor(math.fsum(hour.expected for hour in counted) + 1e-9)
    if expected == 0:
        return None
    came = sum(min(hour.reports, math.ceil(hour.expected) + SPARE_REPORTS) for hour in counted)
    return min(came / expected, 1.0)


def excess(reports: Iterable[int], interval_s: float) -> float | None:
    """How many times what is expected of an hour came in the busiest of these hours; None up to `FLOOD` times.

    It is told, and nothing is refused for it: a day's readings that a device sends at once after an outage belong to
    many hours, but nobody can tell one that was told to measure every second from one that floods.
    """
    expected = max(HOUR.total_seconds() / interval_s, 1.0)
    most = max(reports, default=0) / expected
    return most if most > FLOOD else None
