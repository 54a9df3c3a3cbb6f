"""The past of a city as its sensors would have told it, oldest first, one slot of ten minutes after the other.

Slots lie on whole ten minutes (UTC) and each sensor has its own fixed moment of a slot. Together with a city that
is the same whenever a run starts, two runs with the same seed tell the same values at the same times where they
overlap, and the hub stores them once. Rain is what fell since the gauge's slot before, even if that lies before
`start`: who already stored rain up to a moment asks for history from one SLOT after it.

In the last hours gauges may speak every minute: sums of rain want nearly every report of theirs, or say that more may
have fallen. Which hours these are hangs on when the run began: runs that overlap there tell the same rain twice.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from simulators.city import City, clock
from simulators.city.clock import DAY_S
from simulators.city.noise import uniform
from simulators.report import Report

SLOT = timedelta(minutes=10)
# Into so many parts a slot falls where gauges speak every minute.
_PARTS = 10
_HOUR_S = 3600
# Bays live in every third slot: who is silent for more than half an hour says nothing of what stands there.
_BEATS = 3


def reports(
    city: City,
    seed: int,
    start: datetime,
    now: Callable[[], datetime],
    often_from: datetime | None = None,
) -> Iterator[Report]:
    """Reports from `start` (aware) until the last whole slot before `now()`, which may move on meanwhile.

    Air, rain, flood and water speak once in a slot, each at its own moment of it; places count in the first slot
    of an hour; bays tell their state at the first beginning of a slot, then each change, and in every third slot that
    they live. Slots that begin after `often_from` (aware) have every minute of rain.
    """
    offset_s = {
        s.id: 1 + round(uniform(seed, s.id, "phase") * (SLOT.total_seconds() - 2)) for s in city.sensors
    }
    bays = [s.id for s in city.sensors if s.kind == "parking" and "occupied" in s.properties]
    beating = [s for s in city.sensors if s.id in set(bays)]
    every_slot = [s for s in city.sensors if s.kind != "parking"]
    hourly = [s for s in city.sensors if s.kind == "parking" and "occupied_count" in s.properties]
    silent_gauges = {s.id for s in city.sensors if s.kind == "rain"}
    slot_s = SLOT.total_seconds()
    slot = clock.moment(clock.seconds(start) // slot_s * slot_s)
    while slot + SLOT <= now():
        if slot >= start and bays:
            for bay in bays:
                yield city.report(bay, slot)
            bays = []
        first_of_hour = clock.seconds(slot) % _HOUR_S < slot_s
        speakers = [*every_slot, *hourly] if first_of_hour else every_slot
        if clock.seconds(slot) // slot_s % _BEATS == 0:
            speakers = [*speakers, *beating]
        parts = _PARTS if often_from is not None and slot >= often_from else 1
        turns = sorted(
            (slot + (timedelta(seconds=offset_s[s.id]) + n * SLOT) / (parts if s.kind == "rain" else 1), s.id)
            for s in speakers
            for n in range(parts if s.kind == "rain" else 1)
        )
        for time, sensor_id in turns:
            if time < start:
                continue
            if sensor_id in silent_gauges:
                silent_gauges.remove(sensor_id)
                city.begin_gauge(sensor_id, time - SLOT / parts)
            yield from city.changes(time)
            yield city.report(sensor_id, time)
        slot += SLOT
        yield from city.changes(slot)


def estimate(city: City, days: float) -> int:
    """About how many reports `days` of history hold; for progress bars."""
    counts = {"fixed": 0, "bay": 0, "place": 0}
    for sensor in city.sensors:
        if sensor.kind != "parking":
            counts["fixed"] += 1
        else:
            counts["bay" if "occupied" in sensor.properties else "place"] += 1
    slots = days * DAY_S / SLOT.total_seconds()
    changes_per_bay = 20 + DAY_S / SLOT.total_seconds() / _BEATS
    return round(
        counts["fixed"] * slots + counts["place"] * days * 24 + counts["bay"] * days * changes_per_bay
    )
