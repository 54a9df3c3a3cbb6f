"""West Lake: temperature and oxygen follow the sun (highest in the afternoon), rain makes the water turbid."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from simulators.city import clock
from simulators.city.noise import Noise
from simulators.city.rain import RainField
from simulators.city.weather import Weather

_TEMPERATURE = (18.5, 19.0, 21.5, 25.5, 29.5, 31.5, 31.5, 31.0, 29.5, 27.0, 23.5, 20.0)
_ALGAE = (45.0, 45.0, 55.0, 70.0, 85.0, 95.0, 95.0, 90.0, 80.0, 70.0, 55.0, 48.0)
_AFTER_RAIN_H = (0.5, 1.5, 3.0, 5.0, 8.0, 12.0)


def saturation(celsius: float) -> float:
    """Dissolved oxygen in mg/L that water of this temperature holds (Decision 1460/QD-TCMT)."""
    c = celsius
    return 14.652 - 0.41022 * c + 0.0079910 * c * c - 0.000077774 * c**3


@dataclass(frozen=True, slots=True)
class _Lake:
    """The lake at one moment. `light` -1 (before dawn) ... 1 (mid-afternoon); `stirred` 0 calm ... 1 after rain."""

    temperature: float
    light: float
    algae: float
    stirred: float


def _oxygen(lake: _Lake, wobble: float) -> float:
    share = 0.86 + 0.3 * lake.light * (lake.algae / 75) - 0.12 * lake.stirred + 0.03 * wobble
    return max(0.3, saturation(lake.temperature) * share)


# Property, formula of lake and local fluctuation, decimals. A new quantity is a row.
FORMULAS: Mapping[str, tuple[Callable[[_Lake, float], float], int]] = MappingProxyType(
    {
        "temperature": (lambda lake, w: lake.temperature + 0.1 * w, 1),
        "ph": (lambda lake, w: 7.9 + 0.45 * lake.light - 0.2 * lake.stirred + 0.04 * w, 2),
        "dissolved_oxygen": (_oxygen, 2),
        "conductivity": (lambda lake, w: 390 - 70 * lake.stirred + 6 * w, 0),
        "turbidity": (lambda lake, w: max(2.0, 16 + 0.1 * lake.algae + 70 * lake.stirred + 1.5 * w), 1),
        "tss": (lambda lake, w: max(2.0, 18 + 55 * lake.stirred + 2 * w), 1),
        "cod": (lambda lake, w: max(1.0, 17 + 0.08 * lake.algae + 8 * lake.stirred + w), 1),
        "bod5": (lambda lake, w: max(0.5, 7 + 0.04 * lake.algae + 4 * lake.stirred + 0.5 * w), 1),
        "toc": (lambda lake, w: max(0.5, 6 + 0.03 * lake.algae + 3 * lake.stirred + 0.4 * w), 1),
        "nh4_n": (lambda lake, w: max(0.01, 0.35 + 0.5 * lake.stirred + 0.05 * w), 2),
        "no3_n": (lambda lake, w: max(0.05, 0.8 + 0.6 * lake.stirred + 0.08 * w), 2),
        "no2_n": (lambda lake, w: max(0.002, 0.03 + 0.03 * lake.stirred + 0.004 * w), 3),
        "po4_p": (lambda lake, w: max(0.01, 0.12 + 0.1 * lake.stirred + 0.01 * w), 2),
        "chlorophyll_a": (lambda lake, w: max(2.0, lake.algae * (1 + 0.12 * lake.light) + 3 * w), 1),
        "coliform": (lambda lake, w: max(100.0, 3200 + 9000 * lake.stirred + 300 * w), 0),
        "e_coli": (lambda lake, w: max(10.0, 60 + 400 * lake.stirred + 8 * w), 0),
    }
)


class Water:
    """The lake for one seed."""

    def __init__(self, seed: int, weather: Weather, rain: RainField) -> None:
        self._seed, self._weather, self._rain = seed, weather, rain
        self._slow = Noise(seed, "lake", 5 * clock.DAY_S)
        self._local: dict[str, Noise] = {}

    def values(self, station_id: str, properties: tuple[str, ...], t: float) -> dict[str, float]:
        """What the station measures of `properties` at `t`; properties that no formula knows are left out."""
        if station_id not in self._local:
            self._local[station_id] = Noise(self._seed, f"lake {station_id}", 3600)
        wobble = self._local[station_id].at(t)
        lake = self._lake(t)
        found = {}
        for name in properties:
            row = FORMULAS.get(name)
            if row is not None:
                found[name] = round(row[0](lake, wobble), row[1])
        return found

    def _lake(self, t: float) -> _Lake:
        light = math.cos((clock.hour(t) - 15.5) / 24 * 2 * math.pi)
        slow = self._slow.at(t)
        fallen = sum(self._rain.city_mean(t - hours * 3600) * math.exp(-hours / 6) for hours in _AFTER_RAIN_H)
        return _Lake(
            temperature=clock.by_month(_TEMPERATURE, t) + 0.9 * light + 0.8 * slow,
            light=light,
            algae=clock.by_month(_ALGAE, t) * math.exp(0.15 * slow),
            stirred=1 - math.exp(-fallen / 12),
        )
