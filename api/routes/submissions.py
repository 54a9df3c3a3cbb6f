"""Observations from partners that do not speak MQTT."""

from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Query, Request, Response
from msgspec.structs import replace
from starlette.concurrency import run_in_threadpool

from api.access import caller_of, protected
from api.answers.submissions import Posted, PostedItem
from api.bodies import JSON, LINES, MAX_BYTES, MAX_ITEMS, Form, form_of, items, receive
from api.documentation import KEY_SCHEMES, post_responses, reference
from api.hub import hub_of
from api.intake import Intake
from cityhub.errors import InvalidInput

# So many items are listed one by one when asked; beyond, the answer would outgrow the question.
MAX_DETAIL = 1_000

router = APIRouter(tags=["observations"])

_BODY: dict[str, Any] = {
    "required": True,
    "content": {
        JSON: {"schema": {"type": "array", "maxItems": MAX_ITEMS, "items": reference(PostedItem)}},
        LINES: {
            "schema": {
                "type": "string",
                "description": "One item a line, each as in the array; blank lines do not count",
            }
        },
    },
}


@router.post(
    "/api/v1/observations",
    response_class=Response,
    status_code=207,
    responses=post_responses(Posted),
    openapi_extra={"requestBody": _BODY, "security": [{name: []} for name in KEY_SCHEMES]},
    description="For partners with a key, instead of MQTT. Every item is judged as the same message over MQTT"
    " would be, except that it must name its sensor and its `time`; an unusable item or value does not touch its"
    f" neighbours. At most {MAX_ITEMS} items and {MAX_BYTES // 1024 // 1024} MiB, plain or with"
    " `Content-Encoding: gzip`. All that can be used is stored in one transaction before the answer. A value is"
    " known by sensor, property and time: the same request again stores nothing and counts duplicates, so after"
    " a 503 or a lost answer send it again. Of two values for one sensor, property and time the first stands; the other"
    " is `refused`. `stored` and `duplicates` are exact for the whole request; an item's"
    " `accepted` counts its values that are in the database now, whether new or already there.",
)
@protected("observations:write")
async def post(
    request: Request,
    detail: Annotated[
        Literal["faults", "all"],
        Query(
            description=f"faults: `items` lists what was not taken whole; all: every item, up to {MAX_DETAIL}"
        ),
    ] = "faults",
) -> Response:
    """Store observations."""
    intake = hub_of(request).intake
    assert intake is not None  # noqa: S101 - without keys there is no caller
    form = form_of(request.headers)
    partner = caller_of(request).name
    async with intake.turns.of(partner):
        body = await receive(request)
        async with intake.turns.work:
            document = await run_in_threadpool(partial(_take, intake, partner, body, form, detail=detail))
    return Response(document, 207, media_type="application/json")


def _take(intake: Intake, partner: str, body: bytes, form: Form, *, detail: str) -> bytes:
    received_at = datetime.now(UTC)
    found = items(body, form)
    if detail == "all" and len(found) > MAX_DETAIL:
        raise InvalidInput("detail", f"all is for at most {MAX_DETAIL} items, here are {len(found)}")
    posted = intake.take(partner, found, received_at)
    if detail == "faults":
        posted = replace(posted, items=[item for item in posted.items if item.errors])
    return msgspec.json.encode(posted)
