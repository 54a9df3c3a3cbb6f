"""Places to park at: near a point, for a class of vehicles, with a bay free. Out of memory.

Where somebody looks from is asked with the request and kept nowhere.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice, takewhile
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
    everywhere = await hub.offers.everywhere(hub.pools.reads)
    nearest = takewhile(lambda one: radius is None or one[0] <= radius, everywhere.from_point(point))
    found = list(
        islice(
            (
                one
                for one in _seen(hub, nearest)
                if (vehicle is None or vehicle in one[1].place.vehicles)
                and (not free or (one[2].state == "open" and (one[2].free or 0) > 0))
                and (after is None or (one[0], one[1].place.id) > after)
            ),
            limit + 1,
        )
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


def _seen(hub: Hub, nearest: Iterable[tuple[float, Offer]]) -> Iterator[_Found]:
    features = hub.snapshot("parking").features
    for distance, offer in nearest:
        feature = features.get(offer.place.id)
        # A place that is new in the catalogue is shown with the next snapshot.
        if feature is not None and isinstance(feature.properties, ParkingProperties):
            yield distance, offer, feature.properties


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
