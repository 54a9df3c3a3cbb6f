"""Is the process alive, is it ready to answer, and its figures for Prometheus."""

import msgspec
import structlog
from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST

from api.answers.readiness import Health
from api.documentation import responses
from api.hub import gauges, hub_of
from api.problems import NotReady
from cityhub.errors import CityHubError
from cityhub.store import migrations

router = APIRouter(tags=["health"])
_log = structlog.get_logger()

_OK = Response(
    msgspec.json.encode(Health("ok")), media_type="application/json", headers={"Cache-Control": "no-store"}
)


@router.get("/healthz", response_class=Response, responses=responses(Health))
async def healthz() -> Response:
    """Alive: the process answers. Says nothing about what it depends on."""
    return _OK


@router.get("/readyz", response_class=Response, responses=responses(Health))
def readyz(request: Request) -> Response:
    """Ready: the database answers, its schema is this version's, the snapshots are fresh. Advice is in the log."""
    hub = hub_of(request)
    wrong = []
    try:
        with hub.pool.connection() as conn:
            found, needed = migrations.current(conn), migrations.newest()
        if found < needed:
            _log.warning("not ready: run `./hub migrate`", database=found, needed=needed)
            wrong.append(f"migrations: the database is at {found}, this version needs {needed}")
    except CityHubError:
        wrong.append("database: it does not answer")
    fault = hub.updater.fault()
    if fault is not None:
        _log.warning("not ready: restart the API if that lasts", snapshots=fault)
        wrong.append(f"snapshots: {fault}")
    if wrong:
        raise NotReady("; ".join(wrong))
    return _OK


@router.get("/metrics", include_in_schema=False)
async def metrics(request: Request) -> Response:
    """Figures in the format of Prometheus."""
    hub = hub_of(request)
    ages_s = {str(kind): age_s for kind, age_s in gauges(hub)}
    return Response(hub.metrics.show(hub.feed.clients, ages_s), media_type=CONTENT_TYPE_LATEST)
