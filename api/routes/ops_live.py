"""A console hears that something changed, as Server-Sent Events."""

from datetime import datetime

import psycopg
from fastapi import APIRouter, Request, Response
from sse_starlette import EventSourceResponse

from api.access import for_people_with
from api.hub import hub_of
from api.problems import TooManyClients
from api.routes.live import COMMENT_EVERY_S, SEND_TIMEOUT_S
from api.sign_in import caller_person, is_still

router = APIRouter(include_in_schema=False)


@router.api_route("/ops/live", methods=["GET", "HEAD"])
@for_people_with("ops:read")
async def live(request: Request) -> Response:
    """Events `changed`, until the browser is signed out or its person may do something else than before."""
    hub, person = hub_of(request), caller_person(request)
    if request.method == "HEAD":
        return Response(media_type="text/event-stream")
    if not hub.console.has_room(person.signed_in.id):
        raise TooManyClients(
            "There is no room for one more console that listens; it asks again and again instead."
        )
    needs_factor = hub.settings.second_factor == "required"

    def may(conn: psycopg.Connection, now: datetime) -> bool:
        return is_still(conn, person, now, needs_factor)

    return EventSourceResponse(
        hub.console.stream(person.signed_in.id, may), ping=COMMENT_EVERY_S, send_timeout=SEND_TIMEOUT_S
    )
