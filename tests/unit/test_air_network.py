"""The stations around one: the nearest within the bounds, as measuring all of them finds them."""

from collections.abc import Iterator
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from cityhub.air.network import NETWORK, NETWORK_KM, Networks
from cityhub.observing.neighbours import distance_km


@dataclass(frozen=True)
class Station:
    id: str
    lat: float
    lon: float
    listed: bool


def measured(station: Station, stations: list[Station]) -> list[Station]:
    """The plain way."""
    near = [
        (distance_km((station.lat, station.lon), (one.lat, one.lon)), one.id, one)
        for one in stations
        if one.id != station.id and one.listed == station.listed
    ]
    return [one for km, _, one in sorted(near, key=lambda found: found[:2]) if km <= NETWORK_KM][:NETWORK]


# In the city, several at one place, and as far as its bounds and beyond.
degrees = st.sampled_from([0.0, 0.25, 0.5, 0.54, 0.55]) | st.floats(0, 1.2)
places = st.lists(st.tuples(degrees, degrees, st.sampled_from([True, True, True, False])), max_size=40)


@given(places)
def test_the_network_is_that_of_measuring_all(found: list[tuple[float, float, bool]]) -> None:
    stations = [
        Station(f"air-{number:02}", 20.5 + north, 105.3 + east, listed)
        for number, (north, east, listed) in enumerate(found)
    ]
    networks = Networks(stations)
    for station in stations:
        assert networks.of(station) == measured(station, stations)


def test_of_many_in_a_city_few_are_measured() -> None:
    stations = [
        Station(f"air-{number:03}", 20.9 + number // 20 / 50, 105.7 + number % 20 / 50, True)
        for number in range(400)
    ]
    asked: list[Station] = []

    class Counting(Networks[Station]):
        def _outwards(self, station: Station) -> Iterator[Station]:
            for one in super()._outwards(station):
                asked.append(one)
                yield one

    assert len(Counting(stations).of(stations[210])) == NETWORK
    assert len(asked) < len(stations) / 2
