"""Administrative areas: wards, districts before July 2025, and whatever else was imported."""

from datetime import date
from typing import Annotated

import msgspec
from fastapi import APIRouter, Path, Query, Request, Response

from api import cursors
from api.access import open_data
from api.answers.areas import (
    Area,
    AreaDetail,
    AreaLatest,
    Areas,
    OutlineCollection,
    OutlineFeature,
)
from api.answers.latest import LatestCollection
from api.caching import answer
from api.documentation import responses
from api.hub import hub_of
from api.parameters import parse_day
from api.pools import Reads
from api.snapshots import MEDIA_TYPE, Snapshot
from cityhub.catalogue.areas import LEVELS, Level
from cityhub.kinds import KINDS
from cityhub.latest import summary
from cityhub.rfc3339 import at_local_time
from cityhub.store import areas as store

MAX_AGE_S = 300
LATEST_MAX_AGE_S = 5
MAX_LIMIT = 1000

AreaId = Annotated[str, Path(pattern=r"^[a-z0-9-]{3,100}$", description="Such as ward-cua-nam")]
OneLevel = Annotated[Level | None, Query(description="One level only")]
OnDay = Annotated[
    str | None, Query(description="As it was on that day, such as 2025-06-30; default: as it is today")
]

router = APIRouter(tags=["areas"])


@router.get("/api/v1/areas", response_class=Response, responses=responses(Areas))
@open_data
def search(
    request: Request,
    pool: Reads,
    level: OneLevel = None,
    on: OnDay = None,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Rows per page")] = 100,
    cursor: Annotated[str | None, Query(description="Take it from `next` of the page before")] = None,
) -> Response:
    """Areas in force today; of a level that ended, such as districts, those that were last."""
    filters = {"list": "areas", "level": level, "on": on}
    after = None
    if cursor:
        number, id = cursors.decode(cursor, filters, tuple[int, str])
        after = (min(max(number, 0), len(LEVELS)), id.replace("\0", ""))
    with pool.connection() as conn:
        rows = store.search(conn, level=level, on=_day(on), after=after, limit=limit + 1)
    page, more = rows[:limit], len(rows) > limit
    next_url = None
    if more:
        key = (LEVELS.index(page[-1].level) + 1, page[-1].id)
        next_url = cursors.next_page(request, cursors.encode(filters, key))
    body = msgspec.json.encode(Areas([Area.of(row) for row in page], next_url))
    return answer(request, body, max_age_s=MAX_AGE_S)


@router.get(
    "/api/v1/areas/outlines",
    response_class=Response,
    responses=responses(OutlineCollection, media_type=MEDIA_TYPE),
)
@open_data
def outlines(request: Request, pool: Reads, level: OneLevel = None) -> Response:
    """What maps outline, simplified by about 30 m: the level the operator chose, else the finest in force."""
    hub = hub_of(request)
    with pool.connection() as conn:
        chosen, rows = store.outlines(conn, level or hub.settings.map_area_level or None)
    collection = OutlineCollection(
        level=None if chosen is None else chosen.level,
        valid_from=None if chosen is None else chosen.valid_from,
        valid_to=None if chosen is None else chosen.valid_to,
        features=[OutlineFeature.of(row) for row in rows],
    )
    body = msgspec.json.encode(collection)
    return answer(request, body, max_age_s=MAX_AGE_S, media_type=MEDIA_TYPE)


@router.get(
    "/api/v1/areas/{area_id}", response_class=Response, responses=responses(AreaDetail, not_found=True)
)
@open_data
def get(request: Request, pool: Reads, area_id: AreaId, on: OnDay = None) -> Response:
    """One area with its exact geometry."""
    with pool.connection() as conn:
        found = store.get(conn, area_id, _day(on))
    body = msgspec.json.encode(AreaDetail.of(found.row, geometry=found.geometry))
    return answer(request, body, max_age_s=MAX_AGE_S)


@router.get(
    "/api/v1/areas/{area_id}/latest",
    response_class=Response,
    responses=responses(AreaLatest, not_found=True),
)
@open_data
def latest(request: Request, pool: Reads, area_id: AreaId) -> Response:
    """The newest state of the sensors and parking places in the area, and what it comes to, by kind."""
    hub = hub_of(request)
    with pool.connection() as conn:
        found = store.get(conn, area_id)
    inside = found.sensor_ids | found.place_ids
    newest = AreaLatest.of(
        found.row,
        kinds={kind: _inside(hub.snapshot(kind), inside) for kind in KINDS},
        air=hub.air_fields.over(found.geometry),
    )
    body = msgspec.json.encode(newest)
    return answer(request, body, max_age_s=LATEST_MAX_AGE_S)


def _day(text: str | None) -> date | None:
    return None if text is None else parse_day("on", text)


def _inside(whole: Snapshot, inside: frozenset[str]) -> LatestCollection:
    features = [feature for id, feature in whole.features.items() if id in inside]
    built_at = at_local_time(whole.built_at)
    return LatestCollection(whole.kind, built_at, summary(KINDS[whole.kind], features), features)
