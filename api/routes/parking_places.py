"""Places to park at: near a point, for a class of vehicles, with a bay free. Out of memory.

Where somebody looks from is asked with the request and kept nowhere.
"""

import math
from datetime import UTC, datetime, timedelta
from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Request, Response
from msgspec.structs import replace

from api import cursors
from api.access import open_data
from api.answers.parking_places import BayAnswer, NextHour, ParkingPlace, ParkingPlaces
from api.caching import answer
from api.documentation import responses
from api.hub import Hub, hub_of
from api.offers import Offer
from api.parameters import NEAR_PATTERN, parse_near
from api.routes.sensors import MAX_AGE_S, MAX_RADIUS_M, Cursor, Limit, SensorId
from cityhub.catalogue.vehicles import known
from cityhub.errors import InvalidInput, NotFound, RuleBroken
from cityhub.parking.features import ParkingProperties
from cityhub.parking.tariffs import quote

# Mean radius of the Earth in metres (IUGG), as the store's search for sensors has it.
_EARTH_M = 6_371_008.8
_HOUR = timedelta(hours=1)

router = APIRouter(tags=["parking"])

_Found = tuple[float, Offer, ParkingProperties]


@router.get("/api/v1/parking/places", response_class=Response, responses=responses(ParkingPlaces))
@open_data
async def search(
    request: Request,
    near: Annotated[
        str | None,
        Query(
            description="lat,lon in degrees; the list is then sorted by distance",
            json_schema_extra={"pattern": NEAR_PATTERN},
        ),
    ] = None,
    radius: Annotated[
        float | None, Query(gt=0, le=MAX_RADIUS_M, allow_inf_nan=False, description="Metres around `near`")
    ] = None,
    vehicle: Annotated[str | None, Query(description="Only places that sell time to this class")] = None,
    free: Annotated[bool, Query(description="true: only places that are open with a bay free")] = False,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """Places in order of id, or of distance from `near`."""
    if radius is not None and near is None:
        raise InvalidInput("radius", "needs near=lat,lon")
    if vehicle is not None:
        known(vehicle)
    point = None if near is None else parse_near(near)
    filters = {"list": "places", "near": point, "radius": radius, "vehicle": vehicle, "free": free}
    after = None if not cursor else cursors.decode(cursor, filters, tuple[float, str])
    hub = hub_of(request)
    found = sorted(
        (
            one
            for one in _places(hub, await hub.offers.everywhere(hub.pools.reads), point)
            if (radius is None or one[0] <= radius)
            and (vehicle is None or vehicle in one[1].place.vehicles)
            and (not free or (one[2].state == "open" and (one[2].free or 0) > 0))
            and (after is None or (one[0], one[1].place.id) > after)
        ),
        key=lambda one: (one[0], one[1].place.id),
    )
    page, now = found[:limit], datetime.now(UTC)
    prices: dict[tuple[str | None, str], NextHour | None] = {}
    shown = [_shown(one, now, vehicle, prices, with_distance=point is not None) for one in page]
    next_url = None
    if len(found) > limit:
        next_url = cursors.next_page(request, cursors.encode(filters, (page[-1][0], page[-1][1].place.id)))
    return answer(request, msgspec.json.encode(ParkingPlaces(shown, next_url)), max_age_s=MAX_AGE_S)


@router.get(
    "/api/v1/parking/places/{place_id}",
    response_class=Response,
    responses=responses(ParkingPlace, not_found=True),
)
@open_data
async def get(request: Request, place_id: SensorId) -> Response:
    """One place, with its bays."""
    hub = hub_of(request)
    offer = await hub.offers.get(hub.pools.reads, place_id)
    feature = hub.snapshot("parking").features.get(place_id)
    if feature is None or not isinstance(feature.properties, ParkingProperties):
        raise NotFound("parking place", place_id)
    found = (0.0, offer, feature.properties)
    now = datetime.now(UTC)
    shown = _shown(found, now, None, {}, with_distance=False)
    shown = replace(shown, bays=[BayAnswer.of(bay, now) for bay in offer.bays])
    return answer(request, msgspec.json.encode(shown), max_age_s=MAX_AGE_S)


def _places(hub: Hub, offers: tuple[Offer, ...], point: tuple[float, float] | None) -> list[_Found]:
    features = hub.snapshot("parking").features
    return [
        (0.0 if point is None else _distance_m(point, offer), offer, feature.properties)
        for offer in offers
        # A place that is new in the catalogue is shown with the next snapshot.
        if (feature := features.get(offer.place.id)) is not None
        and isinstance(feature.properties, ParkingProperties)
    ]


def _distance_m(point: tuple[float, float], offer: Offer) -> float:
    """Great-circle distance by the haversine formula."""
    lat, lon = math.radians(point[0]), math.radians(point[1])
    there_lat, there_lon = math.radians(offer.place.lat), math.radians(offer.place.lon)
    half = (
        math.sin((there_lat - lat) / 2) ** 2
        + math.cos(lat) * math.cos(there_lat) * math.sin((there_lon - lon) / 2) ** 2
    )
    return round(2 * _EARTH_M * math.asin(min(1.0, math.sqrt(half))), 1)


def _shown(
    found: _Found,
    now: datetime,
    vehicle: str | None,
    prices: dict[tuple[str | None, str], NextHour | None],
    *,
    with_distance: bool,
) -> ParkingPlace:
    distance, offer, properties = found
    price = None
    if offer.place.vehicles:
        priced = vehicle or offer.place.vehicles[0]
        key = (offer.place.zone, priced)
        if key not in prices:
            prices[key] = next_hour(offer, priced, now)
        price = prices[key]
    return ParkingPlace.of(offer.place, properties, now, distance if with_distance else None, price)


def next_hour(offer: Offer, vehicle: str, now: datetime) -> NextHour | None:
    """What the hour from `now` (aware) costs; None where it cannot be had."""
    if offer.schedule is None:
        return None
    try:
        return NextHour.of(vehicle, quote(offer.schedule, vehicle, now, now + _HOUR))
    except RuleBroken:
        return None
