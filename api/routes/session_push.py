"""A browser asks to be told before the end of a session."""

from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, Depends, Request, Response

from api.access import public
from api.documents import document
from api.hub import hub_of
from api.page_forms import this_second
from api.pools import Writes
from api.routes.parking_sessions import Token
from cityhub.errors import NotFound
from cityhub.parking import web_push
from cityhub.store import push

# The version of `push.note`: another promise is another version.
_WORDING = "push-1"

router = APIRouter(include_in_schema=False)


class BrowserKeys(msgspec.Struct, frozen=True):
    """The keys of a subscription, in base64url."""

    p256dh: Annotated[str, msgspec.Meta(max_length=100)]
    auth: Annotated[str, msgspec.Meta(max_length=100)]


class BrowserSubscription(msgspec.Struct, frozen=True):
    """What a browser makes of `PushSubscription.toJSON()`, with the page's language."""

    endpoint: Annotated[str, msgspec.Meta(max_length=1000)]
    keys: BrowserKeys
    lang: Literal["vi", "en"] = "vi"


@router.post("/p/{token}/push")
@public
def subscribe(
    request: Request,
    token: Token,
    asked: Annotated[BrowserSubscription, Depends(document(BrowserSubscription))],
    pool: Writes,
) -> Response:
    """204: it is told. The same browser again changes nothing."""
    if not hub_of(request).settings.vapid_private_key.get_secret_value():
        raise NotFound("way to tell browsers", "push")
    subscription = web_push.read(asked.endpoint, asked.keys.p256dh, asked.keys.auth)
    with pool.connection() as conn:
        push.add(conn, token, subscription, asked.lang, _WORDING, this_second())
    return Response(status_code=204, headers={"Cache-Control": "no-store"})
