"""VN_AQI of the hour that ended last, of all stations: read again of a station when something of its hours changed."""

from collections.abc import Hashable, Sequence
from datetime import datetime

import psycopg

from cityhub.air.features import NewestHour
from cityhub.air.hours import HOUR, last_end
from cityhub.catalogue.air_stations import AirStation, station_of
from cityhub.model import SensorState
from cityhub.store import air, air_hours


class Newest:
    """Remembers the index of each station with what it was made of. For one thread and one database."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[Hashable, NewestHour]] = {}

    def read(
        self, conn: psycopg.Connection, states: Sequence[SensorState], now: datetime
    ) -> dict[str, NewestHour]:
        """The newest hour of every station of `states`, which were read before in the same transaction."""
        end = last_end(now)
        due: dict[str, tuple[Hashable, AirStation]] = {}
        for state in states:
            id = state.sensor.id
            station = station_of(state.sensor.attributes, [one.property for one in state.readings])
            key = _key(state, station, end)
            if id not in self._kept or self._kept[id][0] != key:
                due[id] = key, station
        if due:
            stations = {id: station for id, (_, station) in due.items()}
            measured = air.streams(conn, list(due))
            for id, [row] in air_hours.hourly_of_all(conn, stations, measured, end, end).items():
                key, station = due[id]
                self._kept[id] = key, NewestHour(station, end, row.hour)
        return {state.sensor.id: self._kept[state.sensor.id][1] for state in states}


def _key(state: SensorState, station: AirStation, end: datetime) -> Hashable:
    """Another one whenever an hour up to that of `end` may have changed.

    Readings newer than all before move the newest time, until it has left the hour; all others count the revision up.
    """
    last = end + HOUR if station.hour_stamp == "end" else end
    return end, station, tuple((one.property, one.revision, min(one.time, last)) for one in state.readings)
