"""What can be wrong with a device, as a table, and what that says of the cause. Pure.

Five states that are not the same: nothing comes; what comes has old times; what comes does not change; the battery is
low; the signal is weak. A device of which nothing comes has no other trouble: its last word may be its cause.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Literal, get_args

from cityhub.devices.status import OFFLINE_AFTER_INTERVALS, said_goodbye

Code = Literal["silent", "stale", "unchanged", "low_battery", "weak_signal"]
Cause = Literal["never", "refused", "goodbye", "battery", "unknown", "clock", "stuck", "power", "place"]

# Project rules: a lithium cell falls fast below a fifth; below -105 dBm modems of the mobile network begin to lose
# messages.
LOW_BATTERY = 20.0
WEAK_SIGNAL = -105.0
# What came before a goodbye may be stored after it was received, in the same batch. Both are told by our clocks, so
# that whoever is heard later than that is back.
STORED_WITHIN = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of trouble. `severity`: 1 is the gravest. Its words are in portal/staff/trouble_words.py."""

    code: Code
    severity: int

    @property
    def is_grave(self) -> bool:
        """Is its figure of no use until it is mended?"""
        return self.severity <= 2


KINDS: Mapping[Code, Kind] = MappingProxyType(
    {
        kind.code: kind
        for kind in (
            Kind("silent", 1),
            Kind("stale", 2),
            Kind("unchanged", 3),
            Kind("low_battery", 4),
            Kind("weak_signal", 5),
        )
    }
)
assert set(KINDS) == set(get_args(Code))  # noqa: S101 - of this table


@dataclass(frozen=True, slots=True)
class Device:
    """What is known of a device; times are aware.

    `newest`: phenomenon time of its newest reading; `heard`: when anything of it was stored last, by our clock;
    `flat_since`: since when a reading has not changed, if that is flagged; `online`, `told_at`: its last status.
    `battery` in %, `rssi` in dBm; `refused`: kinds of its messages in quarantine that came after that.
    """

    interval_s: int
    newest: datetime | None
    heard: datetime | None
    flat_since: datetime | None = None
    battery: float | None = None
    rssi: float | None = None
    online: bool | None = None
    told_at: datetime | None = None
    refused: int = 0


def found(device: Device, now: datetime) -> tuple[Code, ...]:
    """What is wrong with it at `now` (aware), the gravest first; trouble.sql leaves out those that are well."""
    patience = timedelta(seconds=OFFLINE_AFTER_INTERVALS * device.interval_s)
    if device.heard is None or now - device.heard > patience or has_left(device):
        return ("silent",)
    wrong: list[Code] = []
    if device.newest is not None and now - device.newest > patience:
        wrong.append("stale")
    if device.flat_since is not None:
        wrong.append("unchanged")
    if device.battery is not None and device.battery < LOW_BATTERY:
        wrong.append("low_battery")
    if device.rssi is not None and device.rssi < WEAK_SIGNAL:
        wrong.append("weak_signal")
    return tuple(wrong)


def cause(code: Code, device: Device) -> Cause:
    """What is likely behind it."""
    match code:
        case "silent":
            if device.refused:
                return "refused"
            if device.heard is None:
                return "never"
            if device.battery is not None and device.battery < LOW_BATTERY:
                return "battery"
            return "goodbye" if has_left(device) else "unknown"
        case "stale":
            return "clock"
        case "unchanged":
            return "stuck"
        case "low_battery":
            return "power"
        case "weak_signal":
            return "place"


def has_left(device: Device) -> bool:
    """Did it, or its last will, say goodbye after it was heard last?"""
    return said_goodbye(device.heard, device.online, device.told_at, STORED_WITHIN)
