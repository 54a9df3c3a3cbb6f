"""Air: traffic rush hours, winter inversions, multi-day episodes, wash-out by rain, afternoon ozone. µg/m³.

One regional level is shared by all stations; each adds its own traffic and a steady local factor.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from simulators.city import clock
from simulators.city.noise import Noise, between
from simulators.city.rain import RainField
from simulators.city.weather import Weather

_PM25_REGION = (54.0, 42.0, 38.0, 33.0, 23.0, 17.0, 16.0, 18.0, 25.0, 33.0, 44.0, 55.0)
_WASHOUT_S = 1200
_WASHOUT_STEPS = 6


def traffic(t: float) -> float:
    """Traffic as a share of the weekday rush: peaks about 8 and 18 o'clock local time."""
    hours = clock.hour(t)
    weekday = clock.weekday(t)
    rush = 1.0 if weekday < 5 else 0.6 if weekday == 5 else 0.4
    day = 0.38 * clock.bump(hours, 13.0, 4.5)
    return 0.05 + day + rush * 0.8 * (clock.bump(hours, 8.0, 1.1) + clock.bump(hours, 18.0, 1.2))


@dataclass(frozen=True, slots=True)
class _Region:
    """What all stations share in one minute."""

    pm2_5: float
    traffic: float
    mixing: float
    sun: float
    winter: float
    temperature: float
    humidity: float


@dataclass(frozen=True, slots=True)
class _Station:
    """What makes one station differ: factors about 1 and its own fluctuation."""

    level: float
    road: float
    noise: Noise


def _pm2_5(r: _Region, s: _Station, wobble: float) -> float:
    return (r.pm2_5 * s.level + 15.0 * s.road * r.traffic * r.mixing) * (1 + 0.09 * wobble)


def _no2(r: _Region, s: _Station, wobble: float) -> float:
    return (9 + 7 * r.winter + 42 * s.road * r.traffic * r.mixing) * (1 + 0.1 * wobble)


def _pm10(r: _Region, s: _Station, wobble: float) -> float:
    return _pm2_5(r, s, wobble) * 1.28 + 12 * s.road * r.traffic * (1 - r.humidity / 130)


def _o3(r: _Region, s: _Station, wobble: float) -> float:
    # Sunlight makes it, fresh traffic exhaust takes it away.
    return max(2.0, 24 + (118 - 40 * r.winter) * r.sun - 0.42 * _no2(r, s, wobble) + 3 * wobble)


def _co(r: _Region, s: _Station, wobble: float) -> float:
    return 380 + 8 * r.pm2_5 + 900 * s.road * r.traffic * r.mixing * (1 + 0.1 * wobble)


def _so2(r: _Region, s: _Station, wobble: float) -> float:
    return (6 + 7 * r.winter + 0.09 * r.pm2_5) * s.level * (1 + 0.12 * wobble)


def _temperature(r: _Region, s: _Station, wobble: float) -> float:
    return r.temperature + 0.8 * s.road + 0.15 * wobble


def _humidity(r: _Region, s: _Station, wobble: float) -> float:
    return min(max(r.humidity - 2.0 * s.road + wobble, 15.0), 100.0)


# Property, formula, decimals. A new gas is a row.
FORMULAS: Mapping[str, tuple[Callable[[_Region, _Station, float], float], int]] = MappingProxyType(
    {
        "pm2_5": (_pm2_5, 1),
        "pm10": (_pm10, 1),
        "no2": (_no2, 1),
        "so2": (_so2, 1),
        "o3": (_o3, 1),
        "co": (_co, 0),
        "temperature": (_temperature, 1),
        "humidity": (_humidity, 0),
    }
)


class Air:
    """The air over the city for one seed."""

    def __init__(self, seed: int, weather: Weather, rain: RainField) -> None:
        self._seed, self._weather, self._rain = seed, weather, rain
        self._stations: dict[str, _Station] = {}
        self._minute: int | None = None
        self._region: _Region | None = None
        self._wash_slot: int | None = None
        self._wash = 1.0

    def values(self, station_id: str, properties: tuple[str, ...], t: float) -> dict[str, float]:
        """What the station measures of `properties` at `t`; properties that no formula knows are left out."""
        region, station = self._shared(t), self._station(station_id)
        wobble = station.noise.at(t)
        found = {}
        for name in properties:
            row = FORMULAS.get(name)
            if row is not None:
                found[name] = round(max(row[0](region, station, wobble), -50.0), row[1])
        return found

    def _station(self, station_id: str) -> _Station:
        if station_id not in self._stations:
            level = between(0.82, 1.2, self._seed, station_id, "level")
            road = between(0.6, 1.5, self._seed, station_id, "road")
            self._stations[station_id] = _Station(level, road, Noise(self._seed, station_id, 1500))
        return self._stations[station_id]

    def _shared(self, t: float) -> _Region:
        minute = int(t // 60)
        if minute != self._minute or self._region is None:
            at = minute * 60.0
            weather = self._weather
            inversion = weather.inversion(at)
            # Afternoon air mixes high up; at night and under an inversion it stays below.
            mixing = 1.15 - 0.4 * clock.bump(clock.hour(at), 14.0, 3.0) + 0.45 * inversion
            level = clock.by_month(_PM25_REGION, at) * weather.episode(at) * self._washout(at)
            self._region = _Region(
                pm2_5=level * (0.55 + 0.42 * mixing),
                traffic=traffic(at),
                mixing=mixing,
                sun=weather.sun(at),
                winter=clock.by_month(_PM25_REGION, at) / 55,
                temperature=weather.temperature(at),
                humidity=weather.humidity(at),
            )
            self._minute = minute
        return self._region

    def _washout(self, t: float) -> float:
        """Share of the particles that the rain of the last two hours left in the air."""
        slot = int(t // 300)
        if slot != self._wash_slot:
            fallen = sum(
                self._rain.city_mean(slot * 300.0 - step * _WASHOUT_S) * (1 - step / (_WASHOUT_STEPS + 1))
                for step in range(_WASHOUT_STEPS)
            )
            self._wash = max(0.35, math.exp(-0.12 * fallen * _WASHOUT_S / 3600))
            self._wash_slot = slot
        return self._wash
