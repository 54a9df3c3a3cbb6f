"""Which stations are around each, for the forecasts that learn from them. Pure."""

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from operator import attrgetter
from typing import Final, Generic, Protocol, TypeVar

from cityhub.observing.neighbours import distance_km

# The network of a station: the nearest so many, within so many km.
NETWORK: Final = 12
NETWORK_KM: Final = 60.0
# A degree of latitude is 111.2 km: whatever lies that far north or south is farther away than this tells.
_KM_PER_DEGREE = 110.0


class Placed(Protocol):
    """A station (WGS84 degrees). Replayed foreign stations are not listed, and no neighbours of the city's."""

    @property
    def id(self) -> str: ...
    @property
    def lat(self) -> float: ...
    @property
    def lon(self) -> float: ...
    @property
    def listed(self) -> bool: ...


Station = TypeVar("Station", bound=Placed)
_LATITUDE = attrgetter("lat")


class Networks(Generic[Station]):
    """The network of each of many stations.

    They stand in order of latitude, and a station looks to its north and south until all who follow are too far: of a
    thousand in a city it measures every eighth, not all.
    """

    def __init__(self, stations: Iterable[Station]) -> None:
        every = sorted(stations, key=_LATITUDE)
        self._rising = {listed: [one for one in every if one.listed == listed] for listed in (True, False)}

    def of(self, station: Station) -> list[Station]:
        """The stations around one, the nearest first, then by id."""
        here = (station.lat, station.lon)
        nearest: list[tuple[float, str, Station]] = []
        for one in self._outwards(station):
            reach_km = nearest[-1][0] if len(nearest) == NETWORK else NETWORK_KM
            if abs(one.lat - station.lat) * _KM_PER_DEGREE > reach_km:
                break
            distance = distance_km(here, (one.lat, one.lon))
            if one.id != station.id and distance <= reach_km:
                insort(nearest, (distance, one.id, one))
                del nearest[NETWORK:]
        return [one for *_, one in nearest]

    def _outwards(self, station: Station) -> Iterator[Station]:
        """The others by how far north or south they are."""
        rising = self._rising[station.listed]
        north = bisect_left(rising, station.lat, key=_LATITUDE)
        south = north - 1
        while south >= 0 or north < len(rising):
            is_north_next = south < 0 or (
                north < len(rising) and rising[north].lat - station.lat <= station.lat - rising[south].lat
            )
            if is_north_next:
                yield rising[north]
                north += 1
            else:
                yield rising[south]
                south -= 1
