"""Offers by distance, beside plain counting."""

import math
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from api.nearby import Everywhere
from api.offers import Offer
from tests.sites import place_row

POINTS = st.tuples(st.floats(20.5, 21.5), st.floats(105.3, 106.3))


def metres(a: tuple[float, float], b: tuple[float, float]) -> float:
    """By the spherical law of cosines, which is good enough beyond some metres."""
    (lat, lon), (there_lat, there_lon) = ([math.radians(x) for x in point] for point in (a, b))
    cosine = math.sin(lat) * math.sin(there_lat) + math.cos(lat) * math.cos(there_lat) * math.cos(
        lon - there_lon
    )
    return 6_371_008.8 * math.acos(max(-1.0, min(1.0, cosine)))


@given(POINTS, st.lists(POINTS, max_size=30))
def test_the_nearest_come_first_each_once(
    here: tuple[float, float], there: list[tuple[float, float]]
) -> None:
    offers = [
        Offer(replace(place_row(f"p-{number:02}", 5), lat=lat, lon=lon), None)
        for number, (lat, lon) in enumerate(there)
    ]
    found = list(Everywhere(offers).from_point(here))
    assert {offer.place.id for _, offer in found} == {offer.place.id for offer in offers}
    assert found == sorted(found, key=lambda one: (one[0], one[1].place.id))
    for distance, offer in found:
        assert math.isclose(distance, metres(here, (offer.place.lat, offer.place.lon)), abs_tol=5)
    assert [offer.place.id for _, offer in Everywhere(offers).from_point(None)] == [
        o.place.id for o in offers
    ]
