"""Storm cells that cross the city with the wind, and what gauges collect below them."""

import math
import random
from dataclasses import dataclass

from simulators.city import clock
from simulators.city.noise import uniform
from simulators.city.weather import Weather

# Middle of the city; positions are kilometres east and north of it.
CENTRE_LON, CENTRE_LAT = 105.83, 21.03
_KM_PER_LAT = 110.7
_KM_PER_LON = 111.3 * math.cos(math.radians(CENTRE_LAT))
# Cells a day by month, and wide drizzle fields a day (the "mưa phùn" of February and March).
_CELLS = (0.1, 0.2, 0.4, 1.0, 2.6, 3.4, 3.8, 4.0, 2.8, 1.2, 0.4, 0.1)
_DRIZZLE = (0.25, 0.4, 0.45, 0.25, 0.05, 0.0, 0.0, 0.0, 0.05, 0.1, 0.15, 0.15)
_STEP_S = 60.0
_LONGEST_S = 12 * 3600
# Below this a cell gives nothing that a gauge could tell.
_LEAST_MM_H = 0.02


@dataclass(frozen=True, slots=True)
class Cell:
    """A bell-shaped rain field. x, y: km where it starts; vx, vy: km/s; intensity in its middle in mm/h."""

    start: float
    life_s: float
    ramp_s: float
    x: float
    y: float
    vx: float
    vy: float
    radius_km: float
    peak_mm_h: float

    def intensity(self, x: float, y: float, t: float) -> float:
        """Rain at the place and moment, mm/h."""
        age = t - self.start
        left = self.life_s - age
        if age <= 0 or left <= 0:
            return 0.0
        dx, dy = x - self.x - self.vx * age, y - self.y - self.vy * age
        distance = (dx * dx + dy * dy) / (2 * self.radius_km * self.radius_km)
        if distance > 12:
            return 0.0
        strength = min(1.0, age / self.ramp_s, left / self.ramp_s)
        value = self.peak_mm_h * strength * math.exp(-distance)
        return value if value >= _LEAST_MM_H else 0.0


def position(lon: float, lat: float) -> tuple[float, float]:
    """Kilometres east and north of the city's middle."""
    return (lon - CENTRE_LON) * _KM_PER_LON, (lat - CENTRE_LAT) * _KM_PER_LAT


class RainField:
    """All rain of one seed. The cells of a day depend on the seed and the day alone."""

    def __init__(self, seed: int, weather: Weather) -> None:
        self._seed, self._weather = seed, weather
        self._days: dict[int, tuple[Cell, ...]] = {}
        self._extra: list[Cell] = []
        self._slot: int | None = None
        self._near: tuple[Cell, ...] = ()

    def add_storm(self, t: float) -> None:
        """A heavy storm over the city from `t` on: about 150 mm/h in its middle, an hour and a half long."""
        direction, _ = self._weather.wind(clock.day(t))
        vx, vy = 5 / 3600 * math.cos(direction), 5 / 3600 * math.sin(direction)
        for peak, radius, ahead, aside in ((150.0, 5.5, -3.0, 0.0), (70.0, 3.0, -9.0, 6.0)):
            x = ahead * math.cos(direction) - aside * math.sin(direction)
            y = ahead * math.sin(direction) + aside * math.cos(direction)
            self._extra.append(Cell(t, 5400.0, 240.0, x, y, vx, vy, radius, peak))
        self._slot = None

    def cells(self, number: int) -> tuple[Cell, ...]:
        """The cells that start on local day `number`."""
        if number not in self._days:
            if len(self._days) > 16:
                self._days.clear()
            self._days[number] = self._draw(number)
        return self._days[number]

    def intensity(self, x: float, y: float, t: float) -> float:
        """Rain in mm/h at a place (km from the middle) and moment."""
        return sum(cell.intensity(x, y, t) for cell in self._active(t))

    def dry(self, t: float) -> bool:
        """True when no cell lives around `t`: nothing falls anywhere."""
        return not self._active(t)

    def amount(self, x: float, y: float, start: float, end: float) -> float:
        """Rain in mm that falls from `start` to `end` (at most the last 12 hours of it)."""
        start = max(start, end - _LONGEST_S)
        steps = max(1, math.ceil((end - start) / _STEP_S))
        width = (end - start) / steps
        total = 0.0
        for step in range(steps):
            total += self.intensity(x, y, start + (step + 0.5) * width)
        return total * width / 3600

    def city_mean(self, t: float) -> float:
        """Mean intensity over the city, mm/h."""
        if self.dry(t):
            return 0.0
        points = ((0.0, 0.0), (5.0, 0.0), (-5.0, 0.0), (0.0, 5.0), (0.0, -5.0))
        return sum(self.intensity(x, y, t) for x, y in points) / len(points)

    def _active(self, t: float) -> tuple[Cell, ...]:
        slot = int(t // 600)
        if slot != self._slot:
            start, end = slot * 600, slot * 600 + 600
            today = clock.day(t)
            known = (*self.cells(today - 1), *self.cells(today), *self.cells(today + 1), *self._extra)
            self._near = tuple(c for c in known if c.start < end and c.start + c.life_s > start)
            self._slot = slot
        return self._near

    def _draw(self, number: int) -> tuple[Cell, ...]:
        rng = random.Random(int(uniform(self._seed, "rain", number) * 2**53))  # noqa: S311 - weather, no secret
        noon = clock.day_start(number) + clock.DAY_S / 2
        direction, speed = self._weather.wind(number)
        # Rainy days come in groups: most days of a month have less than their share.
        busy = rng.choice((0.0, 0.0, 0.4, 1.0, 1.6, 3.0))
        cells = []
        for _ in range(_poisson(rng, clock.by_month(_CELLS, noon) * busy)):
            start = clock.day_start(number) + (rng.gauss(16.5, 3.5) % 24) * 3600
            life = rng.uniform(2400, 7200)
            heading = direction + rng.gauss(0, 0.25)
            velocity = speed * rng.uniform(0.5, 1.0) / 3600
            vx, vy = velocity * math.cos(heading), velocity * math.sin(heading)
            # The cell passes some place of the city at half of its life.
            x, y = rng.uniform(-11, 11) - vx * life / 2, rng.uniform(-11, 11) - vy * life / 2
            peak = min(20.0 * math.exp(rng.gauss(0, 0.75)), 140.0)
            cells.append(Cell(start, life, 0.2 * life, x, y, vx, vy, rng.uniform(1.8, 5.5), peak))
        for _ in range(_poisson(rng, clock.by_month(_DRIZZLE, noon))):
            life = rng.uniform(3, 11) * 3600
            start = clock.day_start(number) + rng.uniform(0, 24) * 3600
            x, y = rng.uniform(-10, 10), rng.uniform(-10, 10)
            cells.append(Cell(start, life, life / 4, x, y, 0.0, 0.0, 25.0, rng.uniform(0.3, 1.1)))
        return tuple(cells)


def _poisson(rng: random.Random, mean: float) -> int:
    count, left = 0, rng.expovariate(1.0)
    while left < mean:
        count, left = count + 1, left + rng.expovariate(1.0)
    return count


class Gauge:
    """A tipping bucket, 0.1 mm a tip. When it tips depends on the rain alone, not on when it is asked.

    Every local midnight it stands half full, so that a run need not know the rain of all days before it.
    """

    def __init__(self, x: float, y: float, start: float) -> None:
        self._x, self._y, self._since = x, y, start
        self._day: int | None = None
        self._minute = self._fallen = 0.0

    def begin(self, t: float) -> None:
        """Let the next report cover the time from `t` on."""
        self._since, self._day = t, None

    def collect(self, field: RainField, t: float) -> float:
        """mm since the report before (at most the last 12 hours of it), in steps of 0.1."""
        tips = 0
        if t - self._since > _LONGEST_S:
            self.begin(t - _LONGEST_S)
        while self._since < t:
            number = clock.day(self._since)
            end = min(clock.day_start(number + 1), t)
            before = self._tips(field, number, self._since)
            tips += self._tips(field, number, end) - before
            self._since = end
        return tips / 10

    def _tips(self, field: RainField, number: int, t: float) -> int:
        """Tips from the beginning of local day `number` to `t`; asked in the order of time."""
        if number != self._day:
            self._day, self._minute, self._fallen = number, clock.day_start(number), 0.0
        while self._minute + _STEP_S <= t:
            self._fallen += self._fall(field)
            self._minute += _STEP_S
        begun = (t - self._minute) / _STEP_S
        fallen = self._fallen + (self._fall(field) * begun if begun else 0.0)
        return math.floor(fallen * 10 + 0.5)

    def _fall(self, field: RainField) -> float:
        return field.amount(self._x, self._y, self._minute, self._minute + _STEP_S)
