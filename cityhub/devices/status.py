"""How alive a device is: by the age of its newest reading beside its own interval, and by its status. Pure."""

import math
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal

from cityhub.model import SensorRow
from cityhub.observing.decode import FUTURE_TOLERANCE
from cityhub.observing.quality import LATE_AFTER_INTERVALS

Status = Literal["online", "late", "offline"]

OFFLINE_AFTER_INTERVALS = 12


def status(age_s: float | None, interval_s: float) -> Status:
    """How alive something is whose newest reading is `age_s` old and that reports every `interval_s` seconds."""
    if age_s is None or age_s > OFFLINE_AFTER_INTERVALS * interval_s:
        return "offline"
    return "late" if age_s > LATE_AFTER_INTERVALS * interval_s else "online"


def has_left(sensor: SensorRow, newest: datetime | None) -> bool:
    """Did the sensor, or its last will, say goodbye after its newest reading? Until it reports or says otherwise.

    Readings bear the time of a clock that may be ahead of ours, a goodbye that of its receipt.
    """
    return said_goodbye(newest, sensor.status_online, sensor.status_time)


def said_goodbye(
    newest: datetime | None,
    online: bool | None,
    told_at: datetime | None,
    tolerance: timedelta = FUTURE_TOLERANCE,
) -> bool:
    """The same of a device whose status says `online` at `told_at`. `tolerance`: how far the clock of `newest` may be
    ahead of ours.
    """
    if online is not False or told_at is None:
        return False
    return newest is None or newest <= told_at + tolerance


def status_of(
    sensor: SensorRow, newest: datetime | None, now: datetime, heard: datetime | None = None
) -> Status:
    """How alive a sensor is whose newest reading is of `newest`; `heard`: if it sent anything else later, when."""
    return "offline" if has_left(sensor, heard or newest) else status(age(newest, now), sensor.interval_s)


def next_change(times: Iterable[datetime], interval_s: float, now: datetime) -> datetime | None:
    """When after `now` (aware) next the state changes of anything whose readings are of `times`, if no other comes."""
    ages = [
        timedelta(seconds=math.floor(intervals * interval_s) + 1)
        for intervals in (LATE_AFTER_INTERVALS, OFFLINE_AFTER_INTERVALS)
    ]
    return min((time + old for time in times for old in ages if time + old > now), default=None)


def earliest(*moments: datetime | None) -> datetime | None:
    """The first of moments (aware); None: never."""
    return min((moment for moment in moments if moment is not None), default=None)


def age(time: datetime | None, now: datetime) -> int | None:
    """Whole seconds since `time`; a clock slightly ahead of ours counts as now."""
    return None if time is None else max(int((now - time).total_seconds()), 0)
