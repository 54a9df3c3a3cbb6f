"""What the readings before the newest one tell of the water at a point."""

from dataclasses import dataclass
from datetime import datetime, timedelta

# The trend is a straight line through the good readings of so long, and of so many at least.
TREND_SPAN = timedelta(minutes=30)
TREND_READINGS = 3
# A flood that lasts for longer is said to have begun then.
LONGEST_FLOOD = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Water:
    """`trend` in cm/h, None without enough readings; `since` (aware): flooded without a break since then.

    `time`: of the newest reading; `change` in cm within the hour before it, None without a reading back then.
    """

    trend: float | None = None
    since: datetime | None = None
    time: datetime | None = None
    change: float | None = None
