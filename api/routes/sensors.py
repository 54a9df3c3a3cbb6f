"""Sensors: a list that can be searched by kind, box and nearness, and each by its id."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated

import msgspec
from fastapi import APIRouter, Path, Query, Request, Response

from api import cursors
from api.access import open_data
from api.answers.device_health import SensorHealth
from api.answers.sensors import Sensor, SensorDetail, Sensors
from api.caching import answer
from api.documentation import responses
from api.parameters import BBOX_PATTERN, NEAR_PATTERN, SENSOR_ID_PATTERN, parse_bbox, parse_near
from api.pools import Reads
from cityhub.errors import InvalidInput
from cityhub.kinds import KindName
from cityhub.model import PlaceRow, SensorRow
from cityhub.store import health
from cityhub.store import places as place_store
from cityhub.store import sensors as store
from cityhub.store.sensors import DatastreamRow

MAX_AGE_S = 5
MAX_RADIUS_M = 100_000
MAX_LIMIT = 1000

SensorId = Annotated[str, Path(pattern=SENSOR_ID_PATTERN, description="Such as air-trung-yen-3")]
Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Rows per page")]
Cursor = Annotated[str | None, Query(description="Take it from `next` of the page before")]

router = APIRouter(tags=["sensors"])


@router.get("/api/v1/sensors", response_class=Response, responses=responses(Sensors))
@open_data
def search(
    request: Request,
    pool: Reads,
    kind: KindName | None = None,
    bbox: Annotated[
        str | None,
        Query(
            description="min_lon,min_lat,max_lon,max_lat in degrees",
            json_schema_extra={"pattern": BBOX_PATTERN},
        ),
    ] = None,
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
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """Sensors in order of id, or of distance from `near`."""
    if radius is not None and near is None:
        raise InvalidInput("radius", "needs near=lat,lon")
    box = None if bbox is None else parse_bbox(bbox)
    point = None if near is None else parse_near(near)
    filters = {"list": "sensors", "kind": kind, "bbox": box, "near": point, "radius": radius}
    after = None if not cursor else cursors.decode(cursor, filters, tuple[float, str])
    if after is not None and "\0" in after[1]:
        raise InvalidInput("cursor", "not a cursor of this hub; leave it out to start again")
    now = datetime.now(UTC)
    with pool.connection() as conn:
        rows = store.search(
            conn, kind=kind, bbox=box, near=point, radius_m=radius, after=after, limit=limit + 1
        )
        page, more = rows[:limit], len(rows) > limit
        streams = store.datastreams(conn, [row.id for row in page])
        places = place_store.all(conn)
    next_url = None
    if more:
        key = (page[-1].distance_m or 0.0, page[-1].id)
        next_url = cursors.next_page(request, cursors.encode(filters, key))
    body = msgspec.json.encode(Sensors(_answers(page, streams, places, now), next_url))
    return answer(request, body, max_age_s=MAX_AGE_S)


@router.get(
    "/api/v1/sensors/{sensor_id}",
    response_class=Response,
    responses=responses(SensorDetail, not_found=True),
)
@open_data
def get(request: Request, pool: Reads, sensor_id: SensorId) -> Response:
    """One sensor with its place, its datastreams and how it does."""
    now = datetime.now(UTC)
    with pool.connection() as conn:
        row = store.get(conn, sensor_id)
        streams = store.datastreams(conn, [sensor_id])
        places = place_store.all(conn)
        current = health.current(conn, sensor_id, row.interval_s, now)
    place = next((place for place in places if place.id == row.place_id), None)
    sensor = SensorDetail.of(row, streams, place, now, health=SensorHealth.of(row, streams, current, now))
    return answer(request, msgspec.json.encode(sensor), max_age_s=MAX_AGE_S)


def _answers(
    rows: Iterable[SensorRow], streams: Iterable[DatastreamRow], places: Iterable[PlaceRow], now: datetime
) -> list[Sensor]:
    by_sensor: dict[str, list[DatastreamRow]] = {}
    for stream in streams:
        by_sensor.setdefault(stream.sensor_id, []).append(stream)
    by_id: dict[str | None, PlaceRow] = {place.id: place for place in places}
    return [Sensor.of(row, by_sensor.get(row.id, []), by_id.get(row.place_id), now) for row in rows]
