"""Which gauges are near places, asked again and again of the same places. Pure but for what it remembers."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from cityhub.flood.risk import GaugeHour, near

# The gauges near a longitude and a latitude (WGS84 degrees), as `near` finds them.
Near = Callable[[float, float], Sequence[GaugeHour]]


class _Place(NamedTuple):
    """Where a gauge is, and which of them it is."""

    number: int
    lon: float
    lat: float


class Nearby:
    """Remembers which gauges are near where until they are others, or elsewhere. For one thread."""

    def __init__(self) -> None:
        self._gauges: list[GaugeHour] = []
        self._places: list[_Place] = []
        self._numbers: dict[tuple[float, float], list[int]] = {}
        self._near: Near = self._among([])

    def among(self, gauges: Sequence[GaugeHour]) -> Near:
        """Finds them among `gauges`. Those that tell what they told before are the same objects as before."""
        places = [_Place(number, gauge.lon, gauge.lat) for number, gauge in enumerate(gauges)]
        if places != self._places:
            self._places, self._numbers, self._gauges = places, {}, []
        known = [*self._gauges, *gauges[len(self._gauges) :]]
        told = [before if before == gauge else gauge for before, gauge in zip(known, gauges, strict=True)]
        if not self._gauges or any(one is not before for one, before in zip(told, self._gauges, strict=True)):
            self._gauges = told
            self._near = self._among(told)
        return self._near

    def _among(self, gauges: Sequence[GaugeHour]) -> Near:
        found: dict[tuple[float, float], tuple[GaugeHour, ...]] = {}
        places, numbers = self._places, self._numbers

        def among(lon: float, lat: float) -> Sequence[GaugeHour]:
            place = lon, lat
            if place not in found:
                if place not in numbers:
                    numbers[place] = [one.number for one in near(lon, lat, places)]
                found[place] = tuple(gauges[number] for number in numbers[place])
            return found[place]

        return among
