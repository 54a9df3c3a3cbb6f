"""How alive a device is: by the age of its newest reading beside its own interval, and by its own word. Pure."""

from datetime import datetime
from typing import Literal, Protocol

from cityhub.observing.decode import FUTURE_TOLERANCE
from cityhub.observing.quality import LATE_AFTER_INTERVALS

Status = Literal["online", "late", "offline"]

OFFLINE_AFTER_INTERVALS = 12


class Device(Protocol):
    """A sensor's interval (seconds) at which it is expected to report.

    `said_online`, `said_at`: what it, or its last will, said last of being connected, and when; None if never.
    """

    @property
    def interval_s(self) -> int: ...
    @property
    def said_online(self) -> bool | None: ...
    @property
    def said_at(self) -> datetime | None: ...


def status(age_s: float | None, interval_s: float) -> Status:
    """How alive something is whose newest reading is `age_s` old and that reports every `interval_s` seconds."""
    if age_s is None or age_s > OFFLINE_AFTER_INTERVALS * interval_s:
        return "offline"
    return "late" if age_s > LATE_AFTER_INTERVALS * interval_s else "online"


def has_left(device: Device, newest: datetime | None) -> bool:
    """Did the device, or its last will, say goodbye after its newest reading? Until it reports or says otherwise.

    Readings bear the time of a clock that may be ahead of ours, a goodbye that of its receipt.
    """
    if device.said_online is not False or device.said_at is None:
        return False
    return newest is None or newest <= device.said_at + FUTURE_TOLERANCE


def status_of(
    device: Device, newest: datetime | None, now: datetime, heard: datetime | None = None
) -> Status:
    """How alive a device is whose newest reading is of `newest`; `heard`: if it sent anything else later, when."""
    return "offline" if has_left(device, heard or newest) else status(age(newest, now), device.interval_s)


def age(time: datetime | None, now: datetime) -> int | None:
    """Whole seconds since `time`; a clock slightly ahead of ours counts as now."""
    return None if time is None else max(int((now - time).total_seconds()), 0)
