"""Staff on the spot confirm or deny a flood, with a picture; everybody may read it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, HTTPException, Path, Query, Request, Response
from msgspec.structs import asdict

from api.access import caller_of, open_data, protected
from api.answers.flood_reports import FloodReportAnswer, FloodReportRequest, FloodReports
from api.bodies import receive
from api.caching import answer
from api.documentation import KEY_SCHEMES, asked_responses, keyed_responses, request_body, responses
from api.documents import document
from api.hub import hub_of
from api.pools import Reads, Writes
from api.routes.sensors import SensorId
from cityhub.errors import NotFound
from cityhub.flood.photos import MEDIA_TYPES, MOST_BYTES, cleaned
from cityhub.flood.reports import check
from cityhub.store import flood_reports as store

PATH = "/api/v1/flood/reports/{report_id}"
# A picture never changes.
PHOTO_AGE_S = 86_400
MAX_AGE_S = 10
ReportId = Annotated[
    str,
    Path(
        pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
        description="As it was answered when the report was told",
    ),
]
_SECURITY: dict[str, Any] = {"security": [{name: []} for name in KEY_SCHEMES]}
_PICTURE: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}
_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)

router = APIRouter(tags=["flood"])


@router.post(
    "/api/v1/flood/{point_id}/reports",
    response_class=Response,
    status_code=201,
    responses=keyed_responses(
        asked_responses(FloodReportAnswer, 201, not_found=True)
        | {200: asked_responses(FloodReportAnswer)[200]},
        conflict="The reference was told with another content before",
    ),
    openapi_extra=request_body(FloodReportRequest) | _SECURITY,
)
@protected("flood:write")
def post(
    request: Request,
    point_id: SensorId,
    asked: Annotated[FloodReportRequest, Depends(document(FloodReportRequest))],
    pool: Writes,
) -> Response:
    """Confirm (`flooded`) or deny (`dry`) a flood: 201, or 200 where this reference told the same before.

    It stands beside the sensor for six hours; what the sensor measures stays as it is.
    """
    now = datetime.now(UTC)
    check(asked.state, asked.depth, asked.observed_at, now)
    content = asdict(asked) | {
        "observed_at": (asked.observed_at - _EPOCH) // _MICROSECOND,
        "point_id": point_id,
    }
    told = store.Told(
        point_id,
        asked.state,
        asked.depth,
        asked.observed_at,
        caller_of(request).on_record,
        asked.reference,
        sha256(msgspec.json.encode(content)).digest(),
    )
    with pool.connection() as conn:
        report, is_new = store.add(conn, told, now)
    return _answer(FloodReportAnswer.of(report), 201 if is_new else 200)


async def picture(request: Request) -> AsyncIterator[bytes]:
    """The body of a picture, in its sender's turn; raises HTTPException 408, 413, 415, TooManyPosts.

    Pictures are drawn one at a time, and those that wait hold a thread and five megabytes each.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in MEDIA_TYPES:
        kinds = ", ".join(MEDIA_TYPES)
        raise HTTPException(415, f"Content-Type must be one of {kinds}", {"Accept": kinds})
    async with hub_of(request).picture_turns.of(caller_of(request).on_record):
        yield await receive(request, MOST_BYTES)


@router.put(
    PATH + "/photo",
    response_class=Response,
    responses=keyed_responses(
        asked_responses(FloodReportAnswer, not_found=True), conflict="The report has another picture already"
    ),
    openapi_extra={
        "requestBody": {"required": True, "content": dict.fromkeys(MEDIA_TYPES, _PICTURE)},
        **_SECURITY,
    },
)
@protected("flood:write")
def put_photo(
    request: Request,
    report_id: ReportId,
    body: Annotated[bytes, Depends(picture, scope="function")],
    pool: Writes,
) -> Response:
    """The picture of a report, JPEG, PNG or WebP of 5 MB at most; the same again changes nothing.

    It is drawn anew: where and when it was taken, and by which phone, is not kept.
    """
    digest = sha256(body).digest()
    with pool.connection() as conn:
        report = store.by_id(conn, report_id)
        if report.told_by != caller_of(request).on_record:
            raise NotFound("flood report", report_id)
        is_same = store.photo_sent(conn, report_id) == digest
    if not is_same:
        # Without a connection: a large picture takes a while.
        photo = cleaned(body)
        with pool.connection() as conn:
            store.add_photo(conn, report, photo, digest, datetime.now(UTC))
            report = store.by_id(conn, report_id)
    return _answer(FloodReportAnswer.of(report), 200)


@router.get(
    PATH + "/photo",
    response_class=Response,
    responses=responses(FloodReports, not_found=True)
    | {200: {"description": "The picture", "content": {"image/jpeg": _PICTURE}}},
)
@open_data
def photo(request: Request, report_id: ReportId, pool: Reads) -> Response:
    """The picture of a report."""
    with pool.connection() as conn:
        body = store.photo(conn, report_id)
    return answer(request, body, max_age_s=PHOTO_AGE_S, media_type="image/jpeg")


@router.get(
    "/api/v1/flood/{point_id}/reports",
    response_class=Response,
    responses=responses(FloodReports, not_found=True),
)
@open_data
def of_point(
    request: Request, point_id: SensorId, pool: Reads, limit: Annotated[int, Query(ge=1, le=100)] = 20
) -> Response:
    """What staff said of a point, the newest first."""
    with pool.connection() as conn:
        found = store.of_point(conn, point_id, limit)
    body = FloodReports([FloodReportAnswer.of(report) for report in found])
    return answer(request, msgspec.json.encode(body), max_age_s=MAX_AGE_S)


def _answer(body: msgspec.Struct, status: int) -> Response:
    return Response(msgspec.json.encode(body), status, media_type="application/json")
