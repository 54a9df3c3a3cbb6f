"""What the public sees of a parking place: how many bays are free, counted from the sensors in it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal, NamedTuple

from cityhub.devices.status import Status, age, status_of
from cityhub.kinds import KINDS
from cityhub.latest.feature import Feature, Properties, about, feature, marker
from cityhub.model import PlaceRow, Reading, SensorState
from cityhub.observing.quality import Flag, is_rejected, names
from cityhub.parking.tariffs.calendar import day_kind
from cityhub.rfc3339 import at_local_time

PlaceState = Literal["open", "full", "closed", "unknown"]


class ParkingProperties(Properties, frozen=True):
    """A parking place with room for `capacity` cars; `free` is null where it is closed or the state is unknown."""

    quality: dict[str, list[Flag]]
    capacity: int
    free: int | None
    state: PlaceState


class _Count(NamedTuple):
    """Cars as one sensor counts them, and how alive it is."""

    reading: Reading
    status: Status

    @property
    def is_good(self) -> bool:
        return self.status != "offline" and not is_rejected(self.reading.quality)


def features(states: Iterable[SensorState], places: Iterable[PlaceRow], now: datetime) -> list[Feature]:
    """One Feature per place, from the bays and counters that belong to it."""
    bays: dict[str, list[_Count]] = {}
    counters: dict[str, _Count] = {}
    for state in states:
        place_id = state.sensor.place_id
        if place_id is None or not state.readings:
            continue
        heard = max(reading.time for reading in state.readings)
        for reading in state.readings:
            if reading.property == "occupied":
                alive = status_of(state.sensor, reading.time, now, heard)
                bays.setdefault(place_id, []).append(_Count(reading, alive))
            elif reading.property == "occupied_count":
                held = counters.get(place_id)
                if held is None or reading.time > held.reading.time:
                    alive = status_of(state.sensor, reading.time, now, heard)
                    counters[place_id] = _Count(reading, alive)
    return [_feature(place, bays.get(place.id, []), counters.get(place.id), now) for place in places]


def _feature(place: PlaceRow, bays: Sequence[_Count], counter: _Count | None, now: datetime) -> Feature:
    """Bays that report count their free ones; only where none reports does the place's counter speak.

    A bay that is silent is not promised to be free. When none of the others is free either, the place is
    called full only if at least half of its bays report.
    """
    every = [*bays, *([counter] if counter is not None else [])]
    fresh = [bay.reading for bay in bays if bay.is_good]
    free: int | None = None
    occupied: float | None = None
    quality: list[Flag] = []
    state: PlaceState = "unknown"
    if fresh:
        occupied = sum(1 for reading in fresh if reading.value != 0)
        free = min(len(fresh) - int(occupied), place.capacity)
        if free > 0 or 2 * len(fresh) >= place.capacity:
            state = "open" if free > 0 else "full"
        else:
            free = None
    elif counter is not None:
        quality = names(counter.reading.quality)
        if not is_rejected(counter.reading.quality):
            occupied = counter.reading.value
        if occupied is not None and counter.is_good:
            free = min(max(place.capacity - int(occupied), 0), place.capacity)
            state = "open" if free > 0 else "full"
    if place.is_closed(now, day_kind):
        # Whoever stands there has nowhere to drive in: a closed place is not shown as full, nor as free.
        free, state = None, "closed"
    time = max((count.reading.time for count in every), default=None)
    statuses = {count.status for count in every}
    status: Status = "online" if "online" in statuses else "late" if "late" in statuses else "offline"
    kind = KINDS["parking"]
    shown = ParkingProperties(
        **about(kind, place),
        time=None if time is None else at_local_time(time),
        age_s=age(time, now),
        status=status,
        values={"occupied_count": None if occupied is None else int(occupied)},
        units={"occupied_count": ""},
        quality={"occupied_count": quality},
        capacity=place.capacity,
        free=free,
        state=state,
        marker=marker(kind, free, status),
    )
    return feature(place, shown)
