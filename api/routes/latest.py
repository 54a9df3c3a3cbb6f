"""The newest state of a kind, out of memory."""

from fastapi import APIRouter, FastAPI, Request, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from api.access import HOT_OPEN_DATA, from_memory, open_data
from api.answers.latest import LatestCollection
from api.documentation import responses
from api.hub import Hub
from api.snapshots import MEDIA_TYPE
from cityhub.kinds import KINDS, KindName

PATH = "/api/v1/latest/{kind}"

router = APIRouter(tags=["latest"])


@router.get(PATH, response_class=Response, responses=responses(LatestCollection, media_type=MEDIA_TYPE))
@from_memory
@open_data
async def latest(kind: KindName, request: Request) -> Response:
    """GeoJSON: one Feature per sensor, for parking one per place. Values unfit to be shown are null.

    `times` are those of the single values. One whose `quality` says `old` has not come for twelve of the sensor's
    intervals, as a laboratory's figure or one of a probe that stopped: the sensor's own time says nothing about it.
    """
    return _answer(request.app.state.hub, kind, dict(request.scope["headers"]))


def install(app: FastAPI) -> None:
    """Answer the known kinds ahead of FastAPI's own routes, which must be added after this.

    Every map of every visitor asks for these. FastAPI's matching and parameters cost more than all the rest of the
    answer, so the known paths are plain routes; the documented route behind them is left with unknown kinds.
    """
    app.router.routes.extend(
        Route(PATH.format(kind=kind), _Known(app, kind), methods=["GET"], include_in_schema=False)
        for kind in KINDS
    )


class _Known:
    """The ASGI application for one kind; `path` is what metrics call the route."""

    path = PATH
    access = HOT_OPEN_DATA

    def __init__(self, app: FastAPI, kind: KindName) -> None:
        self._app, self._kind = app, kind

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["route"] = self
        response = _answer(self._app.state.hub, self._kind, dict(scope["headers"]))
        await response(scope, receive, send)


def _answer(hub: Hub, kind: KindName, headers: dict[bytes, bytes]) -> Response:
    known, accepted = headers.get(b"if-none-match"), headers.get(b"accept-encoding")
    return hub.snapshot(kind).answer(
        None if known is None else known.decode("latin-1"),
        None if accepted is None else accepted.decode("latin-1"),
    )
