"""Rain summed up over the last hours, since it began, and by the quarter of an hour."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import psycopg

from cityhub.flood.risk import GaugeHour
from cityhub.kinds.figures import derived
from cityhub.rain.events import HOUR, Event, RainHour, WetTimes, begins_at_edge, event, undecided
from cityhub.rain.frames import STEP, Frames
from cityhub.rain.frames import ends as frame_ends
from cityhub.rain.sums import WINDOWS_H, RainSums, Window, readings
from cityhub.store.queries import load

_SQL = load(__file__)
# Rain that goes on for longer is said to have begun then.
LONGEST_EVENT = timedelta(days=30)
_DAY = timedelta(days=1)


class _Gauge(NamedTuple):
    """A gauge as read: what came in each window, and its hours of the last day, the oldest first."""

    id: int
    sensor_id: str
    windows: Mapping[str, Window]
    hours: list[RainHour]
    intensity: float | None


def sums(conn: psycopg.Connection, now: datetime) -> dict[str, RainSums]:
    """Rain up to and including `now` (aware) by sensor id; gauges silent for 24 hours are absent."""
    hour = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    windows = list(WINDOWS_H.values())
    parameters = {"now": now, "hour": hour, "windows": windows, "edges": [0, *windows]}
    gauges = [_gauge(hour, *row) for row in conn.execute(_SQL["sums"], parameters)]
    events = _events(conn, gauges, now, hour)
    return {
        gauge.sensor_id: RainSums(gauge.windows, gauge.intensity, events.get(gauge.id)) for gauge in gauges
    }


def _gauge(
    hour: datetime,
    id: int,
    sensor_id: str,
    mm: Sequence[float | None],
    observed: Sequence[int],
    rejected: Sequence[int],
    back: Sequence[int],
    hours_mm: Sequence[float],
    hours_observed: Sequence[int],
    intensity: float | None,
) -> _Gauge:
    windows = dict(zip(WINDOWS_H, map(Window, mm, observed, rejected), strict=True))
    hours = [
        RainHour(hour - hours_ago * HOUR, fell, came)
        for hours_ago, fell, came in zip(back, hours_mm, hours_observed, strict=True)
    ]
    return _Gauge(id, sensor_id, windows, hours, intensity)


def _events(
    conn: psycopg.Connection, gauges: Sequence[_Gauge], now: datetime, hour: datetime
) -> dict[int, Event]:
    """The rain that goes on, by datastream."""
    hours = {gauge.id: gauge.hours for gauge in gauges if any(one.mm > 0 for one in gauge.hours)}
    longer = [id for id, known in hours.items() if begins_at_edge(known)]
    if longer:
        first = now - LONGEST_EVENT
        parameters = {"ids": longer, "first": first, "end": hour - 23 * HOUR}
        before: dict[int, list[RainHour]] = defaultdict(list)
        for id, start, mm, observed in conn.execute(_SQL["hours_before"], parameters):
            before[id].append(RainHour(start, mm, observed))
        hours |= {id: before[id] + hours[id] for id in longer}
    times = _wet_times(conn, {id: undecided(known) for id, known in hours.items()}, now)
    found = {id: event(known, times[id], now) for id, known in hours.items()}
    return {id: one for id, one in found.items() if one is not None}


def _wet_times(
    conn: psycopg.Connection, asked: Mapping[int, set[datetime]], now: datetime
) -> Mapping[int, dict[datetime, WetTimes]]:
    pairs = [(id, hour) for id, hours in asked.items() for hour in sorted(hours)]
    found: dict[int, dict[datetime, WetTimes]] = defaultdict(dict)
    if not pairs:
        return found
    ids, hours = zip(*pairs, strict=True)
    parameters = {"ids": list(ids), "hours": list(hours), "first": min(hours), "now": now}
    for id, hour, first, last in conn.execute(_SQL["wet_times"], parameters):
        found[id][hour] = WetTimes(first, last)
    return found


def frames(conn: psycopg.Connection, now: datetime) -> Frames:
    """The rain of the six hours up to `now` (aware), a quarter of an hour at a time."""
    ends = frame_ends(now)
    places = {end: at for at, end in enumerate(ends)}
    found: dict[str, list[float | None]] = {}
    parameters = {"step": STEP, "first": ends[0] - STEP, "last": ends[-1]}
    for sensor_id, end, mm in conn.execute(_SQL["frames"], parameters):
        found.setdefault(sensor_id, [None] * len(ends))[places[end]] = derived("rain", mm)
    return Frames(ends, found)


def last_hour(conn: psycopg.Connection, now: datetime) -> list[GaugeHour]:
    """Every listed gauge with its rain of the hour up to `now` (aware)."""
    return [
        GaugeHour(
            id,
            name_vi,
            name_en,
            lon,
            lat,
            None if mm is None else derived("rain", mm),
            readings("mm_1h", Window(mm, n), interval_s).is_enough,
        )
        for id, name_vi, name_en, lon, lat, interval_s, mm, n in conn.execute(_SQL["last_hour"], {"now": now})
    ]
