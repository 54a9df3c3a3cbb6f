"""Water samples, told by laboratories or by who works for them: added and corrected, for everybody to read."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Path, Request, Response

from api.access import caller_of, open_data, protected
from api.answers.samples import (
    CorrectedResult,
    CorrectionRequest,
    ResultRequest,
    SampleAnswer,
    SampleHistory,
    SampleRequest,
)
from api.caching import answer
from api.documentation import KEY_SCHEMES, asked_responses, keyed_responses, request_body, responses
from api.documents import document
from api.pools import Reads, Writes
from api.routes.sensors import SensorId
from api.samples import Told, tell
from cityhub.errors import InvalidInput
from cityhub.store import samples as store
from cityhub.water.samples import Result, check_results, result

MAX_AGE_S = 10
SampleId = Annotated[
    str,
    Path(
        pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
        description="As it was answered when the sample was told",
    ),
]
_SECURITY: dict[str, Any] = {"security": [{name: []} for name in KEY_SCHEMES]}

router = APIRouter(tags=["water"])


@router.post(
    "/api/v1/water/{station_id}/samples",
    response_class=Response,
    status_code=201,
    responses=keyed_responses(
        asked_responses(SampleAnswer, 201, not_found=True) | {200: asked_responses(SampleAnswer)[200]},
        conflict="The laboratory told another content under this reference before",
    ),
    openapi_extra=request_body(SampleRequest) | _SECURITY,
)
@protected("water:write")
def post(
    request: Request,
    station_id: SensorId,
    asked: Annotated[SampleRequest, Depends(document(SampleRequest))],
    pool: Writes,
) -> Response:
    """Tell of a sample: 201, or 200 where the laboratory told the same under this reference before.

    A figure below a detection limit is told as `"<0.01"`. The station's own readings stay as they are.
    """
    told = Told(
        station_id,
        asked.sampled_at,
        asked.laboratory,
        asked.reference,
        caller_of(request).name,
        _results(asked.results),
    )
    with pool.connection() as conn:
        sample, is_new = tell(conn, told, datetime.now(UTC))
    return _answer(SampleAnswer.of(sample), 201 if is_new else 200)


@router.post(
    "/api/v1/water/samples/{sample_id}/corrections",
    response_class=Response,
    responses=keyed_responses(
        asked_responses(SampleHistory, not_found=True), conflict="It was corrected in the same moment"
    ),
    openapi_extra=request_body(CorrectionRequest) | _SECURITY,
)
@protected("water:write")
def correct(
    request: Request,
    sample_id: SampleId,
    asked: Annotated[CorrectionRequest, Depends(document(CorrectionRequest))],
    pool: Writes,
) -> Response:
    """Correct results of a sample, or withdraw them with a `value` of null. The same again changes nothing."""
    found = _results(asked.results)
    check_results(found)
    if not asked.reason.strip():
        raise InvalidInput("reason", "must say why")
    with pool.connection() as conn:
        store.correct(
            conn, sample_id, found, caller_of(request).name, asked.reason.strip(), datetime.now(UTC)
        )
        body = SampleHistory.of(store.by_id(conn, sample_id), store.revisions(conn, sample_id))
    return _answer(body, 200)


@router.get(
    "/api/v1/water/samples/{sample_id}",
    response_class=Response,
    responses=responses(SampleHistory, not_found=True),
)
@open_data
def get(request: Request, sample_id: SampleId, pool: Reads) -> Response:
    """A sample, and how it came to be what it is: every figure that was ever told of it."""
    with pool.connection() as conn:
        body = SampleHistory.of(store.by_id(conn, sample_id), store.revisions(conn, sample_id))
    return answer(request, msgspec.json.encode(body), max_age_s=MAX_AGE_S)


def _results(asked: Iterable[ResultRequest | CorrectedResult]) -> list[Result]:
    found = []
    for place, one in enumerate(asked):
        try:
            if one.value is None:
                # Nothing is told of it any more, in which unit and by which method it was.
                found.append(replace(result(one.parameter, 1.0, one.unit, one.method), value=None))
            else:
                found.append(result(one.parameter, one.value, one.unit, one.method))
        except InvalidInput as error:
            raise InvalidInput(f"results[{place}].{error.field}", error.problem) from error
    return found


def _answer(body: msgspec.Struct, status: int) -> Response:
    return Response(msgspec.json.encode(body), status, media_type="application/json")
