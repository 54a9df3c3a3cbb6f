"""The weather that all sensors of the city share: season, temperature, humidity, inversions, wind.

Monthly figures are rounded long-term means for Hanoi, from memory: good enough to look right, no reference.
"""

import math

from simulators.city import clock
from simulators.city.noise import Noise, between

_TEMPERATURE = (16.8, 17.9, 20.5, 24.5, 28.0, 29.8, 29.8, 29.2, 28.0, 25.3, 21.9, 18.3)
_HUMIDITY = (78.0, 82.0, 84.0, 83.0, 78.0, 77.0, 78.0, 80.0, 77.0, 75.0, 75.0, 74.0)
_INVERSION = (1.0, 0.7, 0.5, 0.2, 0.0, 0.0, 0.0, 0.0, 0.1, 0.4, 0.8, 1.0)


class Weather:
    """Pure functions of time for one seed."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._front = Noise(seed, "front", 3.5 * clock.DAY_S)
        self._episode = Noise(seed, "inversion", 4 * clock.DAY_S)
        self._moisture = Noise(seed, "moisture", 2 * clock.DAY_S)

    def temperature(self, t: float) -> float:
        """Air temperature in the open, °C."""
        season = clock.by_month(_TEMPERATURE, t)
        winter = clock.by_month(_INVERSION, t)
        daily = 3.6 * math.cos((clock.hour(t) - 14.5) / 24 * 2 * math.pi)
        return season + daily + self._front.at(t) * (1.4 + 1.4 * winter)

    def humidity(self, t: float) -> float:
        """Relative humidity, % (20 to 99)."""
        daily = -11.0 * math.cos((clock.hour(t) - 14.5) / 24 * 2 * math.pi)
        value = clock.by_month(_HUMIDITY, t) + daily + 6.0 * self._moisture.at(t)
        return min(max(value, 20.0), 99.0)

    def sun(self, t: float) -> float:
        """Sunshine as a share of a clear noon, 0 at night; cloudier when it is moist."""
        height = math.sin(math.pi * (clock.hour(t) - 5.7) / 12.4)
        if not 5.7 <= clock.hour(t) <= 18.1 or height <= 0:
            return 0.0
        clouds = min(max(0.35 + 0.2 * self._moisture.at(t), 0.0), 0.9)
        return height * (1 - 0.7 * clouds)

    def inversion(self, t: float) -> float:
        """How firmly cold air lies on the city: 0 none, about 1 a strong winter night in a stagnant week."""
        night = max(clock.bump(clock.hour(t), 22.5, 3.0), clock.bump(clock.hour(t), 5.0, 3.0))
        stagnant = min(max(0.5 + 0.5 * self._episode.at(t), 0.0), 1.5)
        return clock.by_month(_INVERSION, t) * night * stagnant

    def episode(self, t: float) -> float:
        """Factor of the regional particle level: multi-day episodes, wider in winter."""
        width = 0.22 + 0.25 * clock.by_month(_INVERSION, t)
        return math.exp(width * self._episode.at(t) - width * width / 2)

    def wind(self, number: int) -> tuple[float, float]:
        """Direction the air moves to on local day `number` (radians, 0 east, pi/2 north) and speed, km/h."""
        winter = clock.by_month(_INVERSION, clock.day_start(number)) > 0.45
        # North-east monsoon in winter; from the south-east in summer.
        direction = math.radians(225 if winter else 135) + between(-0.6, 0.6, self._seed, "wind", number)
        return direction, between(12, 32, self._seed, "wind speed", number)
