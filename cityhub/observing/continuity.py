"""What a reading says beside the ones before it: `rate` (it changed faster than physics allows) and `flatline`.

Readings are judged as they come, once each, in the order of their phenomenon time. Rejected values (range, fault) are
no readings here.

A change is measured from the last reading whose own change was possible. So a spike is flagged and the return from
it is not, and a new level is believed as soon as there was time enough to reach it. A reading that comes after a
newer one of its datastream is held against that one, for a change takes its time in either direction; how long the
value had been the same is not known any more.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from cityhub.kinds import ObservedProperty
from cityhub.kinds.model import Change, Flat
from cityhub.observing.quality import FLATLINE, RATE, REJECTED

# A run of equal values is no flatline before it has so many readings, however seldom they come. A project rule.
FLAT_READINGS = 6
_HOUR_S = 3600.0


class Limits(NamedTuple):
    """What a datastream's readings are held against. `amount`: values are sums since the reading before."""

    change: Change | None
    flat: Flat | None
    amount: bool


class Memory(msgspec.Struct, gc=False):
    """What is remembered of a datastream. Times are phenomenon times, aware; values are in the property's unit.

    `time` and `value` are the newest reading; it ends a run of `readings` equal values that began at `since`.
    `believed_*` is the newest reading whose change was possible.
    """

    time: datetime
    value: float
    since: datetime
    readings: int
    believed_time: datetime
    believed_value: float


# (datastream id, phenomenon time, value in the property's unit, quality bits)
Row = tuple[int, datetime, float, int]


class Finding(NamedTuple):
    """Flags that a row has besides those it came with."""

    datastream_id: int
    time: datetime
    flags: int


class Judged(NamedTuple):
    """What was found, and the datastreams whose memory changed."""

    found: list[Finding]
    changed: set[int]


def limits_of(observed: ObservedProperty) -> Limits | None:
    """The limits of a property; None where there are none to judge by."""
    if observed.change is None and observed.flat is None:
        return None
    return Limits(observed.change, observed.flat, observed.aggregation == "sum")


def judge(rows: Sequence[Row], limits: Mapping[int, Limits], memories: dict[int, Memory]) -> Judged:
    """What is found of the rows of datastreams that have limits; `memories` (by datastream id) moves on with them.

    The rows are new ones, for a reading that comes again must not be judged again, and each datastream's are in the
    order of their times.
    """
    found: list[Finding] = []
    changed: set[int] = set()
    for id, time, value, quality in rows:
        limit = limits.get(id)
        if limit is None or quality & REJECTED:
            continue
        memory = memories.get(id)
        if memory is None:
            memories[id] = Memory(time, value, time, 1, time, value)
            changed.add(id)
        elif time > memory.time:
            changed.add(id)
            if flags := _follow(memory, limit, time, value):
                found.append(Finding(id, time, flags))
        elif flags := _overtaken(memory, limit, time, value):
            found.append(Finding(id, time, flags))
    return Judged(found, changed)


def _overtaken(memory: Memory, limit: Limits, time: datetime, value: float) -> int:
    """Flags of a reading that is not newer than the newest. What a sum's time began with is not known."""
    if limit.change is None or limit.amount:
        return 0
    hours = abs((memory.believed_time - time).total_seconds()) / _HOUR_S
    possible = abs(value - memory.believed_value) <= limit.change.jump + limit.change.per_hour * hours
    return 0 if possible else RATE


def _follow(memory: Memory, limit: Limits, time: datetime, value: float) -> int:
    """Flags of the reading that comes next, and the memory moved on to it."""
    flags = 0
    change, flat = limit.change, limit.flat
    possible = True
    if change is not None:
        apart, since = (
            (value, memory.time) if limit.amount else (value - memory.believed_value, memory.believed_time)
        )
        if apart > change.jump or apart < -change.jump:
            hours = (time - since).total_seconds() / _HOUR_S
            possible = abs(apart) <= change.jump + change.per_hour * hours
    if possible:
        memory.believed_time, memory.believed_value = time, value
    else:
        flags = RATE
    if value != memory.value:
        memory.value, memory.since, memory.readings = value, time, 1
    else:
        memory.readings += 1
        if flat is not None and memory.readings >= FLAT_READINGS and flat.above < value < flat.below:
            hours = (time - memory.since).total_seconds() / _HOUR_S
            if hours >= flat.hours:
                flags |= FLATLINE
    memory.time = time
    return flags
