"""Street flooding: rain collects with delay, ponds where it passes what the drains take, and runs off again."""

import math
import re
from collections.abc import Iterable

from cityhub.catalogue.model import Sensor
from simulators.city import clock
from simulators.city.noise import Noise, between
from simulators.city.rain import RainField, position

_STEP_S = 60.0
_DEEPEST_CM = 120.0
# What fell longer ago than this no longer shows: the slowest street runs off in 70 minutes.
_WARM_UP_S = 18 * 3600.0
# Rain in mm/h that a point stands when its scenario is unknown.
_DEFAULT_THRESHOLD = 70.0
_SURROUNDINGS_KM = ((0.0, 0.0), (0.5, 0.2), (-0.4, 0.4), (-0.1, -0.5))


def threshold(scenario: str | None) -> float:
    """mm/h from which a point floods: the first number of its scenario, such as `50_70mm/h` or `>100mm/h`."""
    found = re.search(r"\d+", scenario or "")
    return float(found[0]) if found else _DEFAULT_THRESHOLD


class _Point:
    def __init__(self, seed: int, sensor: Sensor) -> None:
        x, y = position(sensor.lon, sensor.lat)
        self.places = tuple((x + dx, y + dy) for dx, dy in _SURROUNDINGS_KM)
        self.capacity = threshold(sensor.attributes.get("scenario"))
        self.delay_s = between(500, 1300, seed, sensor.id, "delay")
        # cm of water on the street for each mm of rain that the drains leave over: streets lie in hollows.
        self.gain = between(0.5, 1.1, seed, sensor.id, "gain")
        self.run_off_s = between(1500, 4200, seed, sensor.id, "run-off")
        self.inflow = 0.0
        self.depth = 0.0

    def step(self, rain: RainField, t: float) -> None:
        fall = sum(rain.intensity(x, y, t) for x, y in self.places) / len(self.places)
        self.inflow += (fall - self.inflow) * (1 - math.exp(-_STEP_S / self.delay_s))
        surplus = self.inflow - self.capacity
        if surplus > 0:
            self.depth += surplus * self.gain * _STEP_S / 3600
        else:
            # Part of the drains' free capacity, and a pool empties slower the shallower it is.
            free = min(1.0, -surplus / self.capacity + 0.2)
            self.depth -= (self.depth / self.run_off_s + 0.5 / 3600) * free * _STEP_S
        self.depth = min(max(self.depth, 0.0), _DEEPEST_CM)
        if fall == 0 and self.inflow < 0.01:
            self.inflow = 0.0

    @property
    def resting(self) -> bool:
        return self.inflow == 0 and self.depth == 0


class Flood:
    """Water on the streets, stepped by the minute on whole minutes, whatever times it is asked about."""

    def __init__(self, seed: int, points: Iterable[Sensor], rain: RainField, start: float) -> None:
        self._seed, self._rain = seed, rain
        self._points = {sensor.id: _Point(seed, sensor) for sensor in points}
        self._rivers: dict[str, Noise] = {}
        # From a whole day on, so that runs which start at different minutes see the same water.
        self._now = clock.day_start(clock.day(start - _WARM_UP_S))
        self.advance(start)

    def advance(self, t: float) -> None:
        """Bring every point to the last whole minute before `t`."""
        while self._now + _STEP_S <= t:
            self._now += _STEP_S
            if self._rain.dry(self._now) and all(p.resting for p in self._points.values()):
                continue
            for point in self._points.values():
                point.step(self._rain, self._now)

    def values(self, sensor: Sensor, t: float) -> dict[str, float]:
        """depth in whole cm (0 is dry), level in m, as far as the sensor measures them."""
        self.advance(t)
        point = self._points[sensor.id]
        found: dict[str, float] = {}
        if "depth" in sensor.properties:
            found["depth"] = round(point.depth)
        if "level" in sensor.properties:
            found["level"] = round(self._stage(sensor.id, t) + 0.02 * point.inflow, 2)
        return found

    def _stage(self, sensor_id: str, t: float) -> float:
        if sensor_id not in self._rivers:
            self._rivers[sensor_id] = Noise(self._seed, f"stage {sensor_id}", 2 * 86400)
        return 3.5 + 0.3 * self._rivers[sensor_id].at(t)
