"""What data there is, all readings of a kind and month as one file, and the catalogue that portals of data collect."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Annotated

import msgspec
from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import FileResponse

from api.access import open_data
from api.answers.data import Data
from api.bulk import FORMATS, Format, Month
from api.caching import answer, is_known
from api.catalogue import MEDIA_TYPE, catalogue
from api.documentation import responses
from api.holdings import Holdings
from api.hub import Hub, hub_of
from api.terms import Terms
from cityhub.kinds import KindName

MAX_AGE_S = 60
# Of a month that is over nothing but late readings changes; the one that goes on is made anew once an hour.
FILE_MAX_AGE_S = 300

router = APIRouter(tags=["data"])


@router.get("/api/v1/data", response_class=Response, responses=responses(Data))
@open_data
async def data(request: Request) -> Response:
    """Every kind with its readings by month, their files, and the licence. Counted once a minute."""
    found = await held(hub_of(request), datetime.now(UTC))
    return answer(request, msgspec.json.encode(found), max_age_s=MAX_AGE_S)


@router.get(
    "/api/v1/catalogue.jsonld",
    response_class=Response,
    responses=responses(media_type=MEDIA_TYPE),
)
@open_data
async def data_catalogue(request: Request) -> Response:
    """The same as a catalogue of DCAT-AP 3: datasets, their files, licence, publisher, place and time."""
    hub, now = hub_of(request), datetime.now(UTC)
    found = await held(hub, now)
    boxes = {kind: one.bbox for kind, one in (await _holdings(hub, now)).kinds.items()}
    base = hub.settings.public_url.get_secret_value().rstrip("/")
    return answer(
        request,
        msgspec.json.encode(catalogue(base, found, dict(boxes))),
        max_age_s=MAX_AGE_S,
        media_type=MEDIA_TYPE,
    )


@router.get(
    "/api/v1/data/{kind}/{month}.{format}",
    response_class=Response,
    responses=responses(
        not_found=True, files={media_type.partition(";")[0] for media_type in FORMATS.values()}
    ),
    description="All readings of a kind's listed sensors in a month of Hanoi, as measured: `time`, `sensor_id`,"
    " `property`, `unit`, `value` and `quality`, by sensor, property and time. `geoparquet` and `gpkg` (GeoPackage)"
    " hold the sensors' places too. Who asks for a file first waits while it is made, or gets 503 with `Retry-After`;"
    " one is made at a time. A file of a month that is over stays until a late reading or a correction comes; the"
    " month that goes on is made anew once an hour at most. `ETag` and `Range` are understood.",
)
@open_data
async def data_file(
    request: Request,
    kind: KindName,
    month: Annotated[str, Path(pattern=r"^\d{4}-\d\d$", description="YYYY-MM", examples=["2026-11"])],
    format: Format,
) -> Response:
    """One file."""
    hub = hub_of(request)
    made = await hub.bulk.get(kind, Month.parse(month), format, hub.pools.history)
    headers = {
        "ETag": f'"{made.digest}-{format}"',
        "Cache-Control": f"public, max-age={FILE_MAX_AGE_S}",
        "Link": Terms.of(hub.settings).link,
    }
    if is_known(request.headers.get("if-none-match"), headers["ETag"]):
        return Response(status_code=304, headers=headers)
    name = f"{kind}_{month}.{'geo.parquet' if format == 'geoparquet' else format}"
    return FileResponse(made.path, headers=headers, media_type=FORMATS[format], filename=name)


async def held(hub: Hub, now: datetime) -> Data:
    """What there is at `now` (aware)."""
    holdings = await _holdings(hub, now)
    sizes = await asyncio.to_thread(hub.bulk.sizes)
    return Data.of(Terms.of(hub.settings), holdings, sizes, _kept_since(hub, now), now)


async def _holdings(hub: Hub, now: datetime) -> Holdings:
    return await hub.counting.get(hub.pools.history, now, _kept_since(hub, now))


def _kept_since(hub: Hub, now: datetime) -> datetime:
    return now - timedelta(days=hub.settings.raw_retention_days)
