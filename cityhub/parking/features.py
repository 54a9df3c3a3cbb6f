"""What the public sees of a parking place: how many bays are free, counted from the sensors in it."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from cityhub.devices.status import Status, age, earliest, next_change, status_of
from cityhub.kinds import KINDS
from cityhub.latest.feature import Feature, Properties, about, feature, marker
from cityhub.model import PlaceRow, Reading, SensorState
from cityhub.observing.quality import Flag, is_rejected, names
from cityhub.parking.tariffs.calendar import day_kind
from cityhub.rfc3339 import at_local_time

# What counts cars.
_COUNTS = ("occupied", "occupied_count")
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


class PlaceSensors(NamedTuple):
    """What a place's Feature is made of: the sensors in it that ever reported."""

    place: PlaceRow
    sensors: Sequence[SensorState]


def features(states: Iterable[SensorState], places: Sequence[PlaceRow], now: datetime) -> list[Feature]:
    """One Feature per place, from the bays and counters that belong to it; `now` is aware."""
    return [made(of_place, now)[0] for _, of_place in by_place(states, places)]


def by_place(states: Iterable[SensorState], places: Sequence[PlaceRow]) -> Iterator[tuple[str, PlaceSensors]]:
    """Places by id with the sensors in them."""
    inside: dict[str | None, list[SensorState]] = {place.id: [] for place in places}
    for state in states:
        if state.readings and state.sensor.place_id in inside:
            inside[state.sensor.place_id].append(state)
    return ((place.id, PlaceSensors(place, inside[place.id])) for place in places)


def made(of_place: PlaceSensors, now: datetime) -> tuple[Feature, datetime | None]:
    """The Feature of a place at `now` (aware), and until when it stays so but for its age, if no sensor reports."""
    bays: list[_Count] = []
    counter: _Count | None = None
    until = _opening_changes(of_place.place, now)
    for state in of_place.sensors:
        counts = [reading for reading in state.readings if reading.property in _COUNTS]
        heard = max(reading.time for reading in state.readings)
        until = earliest(
            until, next_change((reading.time for reading in counts), state.sensor.interval_s, now)
        )
        for reading in counts:
            if reading.property == "occupied":
                bays.append(_Count(reading, status_of(state.sensor, reading.time, now, heard)))
            elif counter is None or reading.time > counter.reading.time:
                counter = _Count(reading, status_of(state.sensor, reading.time, now, heard))
    return _feature(of_place.place, bays, counter, now), until


def _opening_changes(place: PlaceRow, now: datetime) -> datetime | None:
    """When it is to be looked at again whether the place is open: opening hours are whole minutes."""
    bounds = (bound for closure in place.closures for bound in closure if bound > now)
    minute = None if place.opening is None else now.replace(second=0, microsecond=0) + timedelta(minutes=1)
    return earliest(minute, min(bounds, default=None))


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
