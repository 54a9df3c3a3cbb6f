"""The newest state of a kind: what its Features are made of, read in one transaction."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

import psycopg

from cityhub.air import features as air
from cityhub.flood import features as flood_features
from cityhub.flood.nearby import Nearby
from cityhub.flood.passability import Limits
from cityhub.kinds import KINDS, KindName
from cityhub.latest import Feature, State
from cityhub.latest.kept import Kept
from cityhub.latest.sensors import features as sensor_features
from cityhub.model import PlaceRow, Reading, SensorState
from cityhub.parking import features as parking
from cityhub.rain import features as rain_features
from cityhub.store import flood_reports, places, rain, samples, sensors
from cityhub.store.air_newest import Newest
from cityhub.store.flood_newest import Models, Waters
from cityhub.store.newest_sensors import Sensors
from cityhub.store.queries import load
from cityhub.water import features as water
from cityhub.water.wqi import Rules as WaterRules

_SQL = load(__file__)
# A laboratory's clock may be ahead by as much: its sample counts as soon as its time has come.
_AHEAD = timedelta(minutes=5)
_MOST_SAMPLES = 10_000


@dataclass(frozen=True, slots=True)
class Rules:
    """What an operator may set of the rules that make the newest state.

    `flood`: who can pass at which depth; `water`: what VN_WQI is made by.
    """

    flood: Limits = field(default_factory=Limits)
    water: WaterRules = field(default_factory=WaterRules)


_USUAL = Rules()


class Reader:
    """Reads the state of kinds again and again, from one database in one thread, and remembers what it was made of."""

    def __init__(self, rules: Rules = _USUAL) -> None:
        """`rules`: what the operator set of them."""
        self._rules = rules
        self._air = Newest()
        self._sensors = Sensors()
        self._places: tuple[object, list[PlaceRow]] = (None, [])
        self._place_features = Kept(parking.made)
        self._waters = Waters()
        self._models = Models()
        self._nearby = Nearby()
        self._flood_features = Kept(flood_features.maker(rules.flood))

    def state(self, conn: psycopg.Connection, kind: KindName, now: datetime) -> State:
        """The state of the kind at `now` (aware)."""
        states = self._sensors.states(conn, kind, now)
        if kind == "air":
            return partial(air.features, states, self._air.read(conn, states, now))
        if kind == "parking":
            # The edition of sensors tells of areas too, which places lie in.
            edition = self._sensors.edition(kind), places.edition(conn)
            if edition != self._places[0]:
                self._places = edition, places.all(conn)
            return partial(self._parking, states, self._places[1])
        if kind == "flood":
            around = flood_features.Around(
                self._waters.read(conn, states, now),
                rain.last_hour(conn, now),
                self._models.read(conn, self._sensors.edition(kind)),
                flood_reports.newest(conn, now),
            )
            return partial(self._flood, states, around)
        read = _STATES.get(kind)
        if read is None:
            return partial(sensor_features, KINDS[kind], states)
        return read(conn, states, now, self._rules)

    def _parking(
        self, states: Sequence[SensorState], places: Sequence[PlaceRow], now: datetime
    ) -> list[Feature]:
        return self._place_features.features(parking.by_place(states, places), now)

    def _flood(
        self, points: Sequence[SensorState], around: flood_features.Around, now: datetime
    ) -> list[Feature]:
        near = self._nearby.among(around.gauges)
        return self._flood_features.features(flood_features.by_point(points, around, near), now)


def of_kind(conn: psycopg.Connection, kind: KindName) -> list[SensorState]:
    """Every listed sensor of the kind by id, also those that never reported."""
    readings: dict[str, list[Reading]] = defaultdict(list)
    for sensor_id, *reading in conn.execute(_SQL["readings"], {"kind": kind}):
        readings[sensor_id].append(Reading(*reading))
    return [SensorState(sensor, readings[sensor.id]) for sensor in sensors.of_kind(conn, kind)]


def _rain(conn: psycopg.Connection, gauges: Sequence[SensorState], now: datetime, _rules: Rules) -> State:
    return partial(rain_features.features, gauges, rain.sums(conn, now))


def _water(conn: psycopg.Connection, stations: Sequence[SensorState], now: datetime, rules: Rules) -> State:
    start = now - timedelta(days=rules.water.sample_days)
    found = samples.of_stations(conn, start, now + _AHEAD, limit=_MOST_SAMPLES)
    return partial(water.features, stations, found, rules.water)


# Kinds with features of their own, and what those need beside the sensors. Those that remember are above;
# a kind that is nowhere shows its sensors.
_STATES: Mapping[KindName, Callable[[psycopg.Connection, Sequence[SensorState], datetime, Rules], State]] = {
    "rain": _rain,
    "water": _water,
}
