"""A believable city for one seed: the same at the same time, whenever a run starts and however fast it is asked."""

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType

from cityhub.catalogue.model import Catalogue, Sensor
from cityhub.kinds import KindName
from simulators.city import clock
from simulators.city.air import Air
from simulators.city.devices import Device
from simulators.city.flood import Flood
from simulators.city.parking import Parking
from simulators.city.rain import Gauge, RainField, position
from simulators.city.water import Water
from simulators.city.weather import Weather
from simulators.report import Report


class City:
    """Every listed sensor of a catalogue whose kind is simulated, with the world around it, from `start` (aware) on.

    Ask for reports in the order of time: gauges, streets and bays have a memory.
    """

    def __init__(self, catalogue: Catalogue, seed: int, start: datetime) -> None:
        self._seed = seed
        self._now = clock.seconds(start)
        weather = Weather(seed)
        self.rain = RainField(seed, weather)
        self._air = Air(seed, weather, self.rain)
        self._water = Water(seed, weather, self.rain)
        self.sensors: tuple[Sensor, ...] = tuple(
            s for s in catalogue.sensors if s.listed and s.kind in _MEASURE
        )
        self._by_id = {sensor.id: sensor for sensor in self.sensors}
        self._devices = {s.id: Device(seed, s.id, s.kind) for s in self.sensors}
        self._gauges = {
            s.id: Gauge(*position(s.lon, s.lat), self._now) for s in self.sensors if s.kind == "rain"
        }
        flood_points = [s for s in self.sensors if s.kind == "flood"]
        self._flood = Flood(seed, flood_points, self.rain, self._now)
        self._parking = Parking(seed, _bays(self.sensors), self._now)

    def begin_gauge(self, sensor_id: str, time: datetime) -> None:
        """Let the gauge's next report cover the time from `time` (aware) on, also before the city's start."""
        self._gauges[sensor_id].begin(clock.seconds(time))

    def start_storm(self, time: datetime) -> None:
        """Let a heavy storm break over the city at `time` (aware)."""
        self.rain.add_storm(clock.seconds(time))

    def report(self, sensor_id: str, time: datetime) -> Report:
        """What the sensor says at `time` (aware); KeyError for an unknown sensor."""
        sensor = self._by_id[sensor_id]
        t = clock.seconds(time)
        return self._stamp(sensor, t, _MEASURE[sensor.kind](self, sensor, t))

    def changes(self, until: datetime) -> list[Report]:
        """What bays report because a car came or went, up to `until` (aware), oldest first."""
        return [
            self._stamp(self._by_id[change.bay_id], change.t, {"occupied": change.occupied})
            for change in self._parking.advance(clock.seconds(until))
            if change.bay_id in self._by_id
        ]

    def park(self, bay_id: str, time: datetime, stays_s: float) -> list[Report]:
        """What a bay reports when somebody's own car comes at `time` (aware, that of the last `changes`) for so many
        seconds; nothing when the bay is taken or has no sensor.
        """
        sensor = self._by_id.get(bay_id)
        if sensor is None or "occupied" not in sensor.properties:
            return []
        t = clock.seconds(time)
        change = self._parking.park(sensor.place_id or sensor.id, bay_id, t, t + stays_s)
        return [] if change is None else [self._stamp(sensor, t, {"occupied": 1})]

    def _stamp(self, sensor: Sensor, t: float, values: Mapping[str, float]) -> Report:
        device = self._devices[sensor.id]
        return Report(
            kind=sensor.kind,
            sensor_id=sensor.id,
            time=clock.moment(t),
            values=values,
            battery=device.battery(t),
            rssi=device.rssi(t),
            seq=device.next_seq(),
        )

    def _measure_air(self, sensor: Sensor, t: float) -> Mapping[str, float]:
        return self._air.values(sensor.id, sensor.properties, t)

    def _measure_rain(self, sensor: Sensor, t: float) -> Mapping[str, float]:
        return {"rain": self._gauges[sensor.id].collect(self.rain, t)}

    def _measure_flood(self, sensor: Sensor, t: float) -> Mapping[str, float]:
        return self._flood.values(sensor, t)

    def _measure_water(self, sensor: Sensor, t: float) -> Mapping[str, float]:
        return self._water.values(sensor.id, sensor.properties, t)

    def _measure_parking(self, sensor: Sensor, _t: float) -> Mapping[str, float]:
        if "occupied" in sensor.properties:
            return {"occupied": self._parking.occupied(sensor.place_id or sensor.id, sensor.id)}
        return {"occupied_count": self._parking.count(sensor.place_id or sensor.id)}


_MEASURE: Mapping[KindName, Callable[[City, Sensor, float], Mapping[str, float]]] = MappingProxyType(
    {
        "air": City._measure_air,
        "rain": City._measure_rain,
        "flood": City._measure_flood,
        "water": City._measure_water,
        "parking": City._measure_parking,
    }
)


def _bays(sensors: tuple[Sensor, ...]) -> dict[str, list[str]]:
    """Bay ids by place; a place whose bays have no sensors of their own gets nameless ones to count."""
    bays: dict[str, list[str]] = {}
    for sensor in sensors:
        if sensor.kind == "parking" and "occupied" in sensor.properties:
            bays.setdefault(sensor.place_id or sensor.id, []).append(sensor.id)
    for sensor in sensors:
        if sensor.kind == "parking" and "occupied_count" in sensor.properties:
            place = sensor.place_id or sensor.id
            bays.setdefault(place, [f"{place}/{number}" for number in range(sensor.capacity or 0)])
    return bays
