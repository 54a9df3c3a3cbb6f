"""Changes as they come, as Server-Sent Events."""

from fastapi import APIRouter, Request, Response
from sse_starlette import EventSourceResponse

from api.access import from_memory, open_data
from api.hub import hub_of
from api.problems import TooManyClients
from api.rates import share_of
from cityhub.errors import InvalidInput
from cityhub.kinds import KINDS, KindName

COMMENT_EVERY_S = 15
# A client that takes nothing for so long is gone.
SEND_TIMEOUT_S = 30

router = APIRouter(tags=["live"])


# Left out of the OpenAPI document, which cannot tell an endless answer: programs that try every operation would
# hang. The document's introduction describes it.
@router.api_route("/api/v1/live", methods=["GET", "HEAD"], include_in_schema=False)
@from_memory
@open_data
async def live(request: Request, kinds: str | None = None) -> Response:
    """Events `latest` with the Features of `kinds` (names with commas between, default all) that changed."""
    hub = hub_of(request)
    wanted = parse_kinds(kinds)
    last_id = parse_event_id(request.headers.get("last-event-id"))
    address = share_of(request.client.host if request.client is not None else "")
    if not hub.feed.has_room(address):
        raise TooManyClients("There is no room for one more live stream to your address; try again shortly.")
    return EventSourceResponse(
        hub.feed.stream(wanted, last_id, hub.whole_state, address),
        ping=COMMENT_EVERY_S,
        send_timeout=SEND_TIMEOUT_S,
    )


def parse_kinds(text: str | None) -> tuple[KindName, ...]:
    """The kinds named in `text`, all for None; raises InvalidInput."""
    if text is None:
        return tuple(KINDS)
    names = {name.strip() for name in text.split(",")}
    unknown = sorted(names - set(KINDS))
    if unknown:
        raise InvalidInput("kinds", f"unknown {unknown[0]!r}; known are {', '.join(KINDS)}")
    return tuple(kind for kind in KINDS if kind in names)


def parse_event_id(text: str | None) -> int | None:
    """The number in a Last-Event-ID header. What no hub ever sent counts as long past: 0."""
    if not text:
        return None
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 16 else 0
