"""Is the process alive, is it ready to answer, and its figures for Prometheus."""

from datetime import UTC, datetime
from typing import NamedTuple

import msgspec
import psycopg
from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST

from api.access import from_memory, public
from api.answers.readiness import Liveness, Readiness
from api.documentation import responses
from api.hub import gauges, hub_of
from api.problems import NotReady
from cityhub.logs import get_logger
from cityhub.store import jobs, readiness

router = APIRouter(tags=["health"])
_log = get_logger()

_OK = Response(msgspec.json.encode(Liveness("ok")), media_type="application/json")
# A worker says every few seconds that it lives.
_JOBS_UNSEEN_S = 60


@router.get("/healthz", response_class=Response, responses=responses(Liveness))
@from_memory
@public
async def healthz() -> Response:
    """Alive: the process answers. Says nothing about what it depends on."""
    return _OK


@router.get("/readyz", response_class=Response, responses=responses(Readiness))
@from_memory
@public
async def readyz(request: Request) -> Response:
    """Ready: the database answers, its schema is this version's, the snapshots are fresh. Advice is in the log.

    Background work that stands still is a warning and no reason for 503: every answer is as good without it.
    """
    hub = hub_of(request)
    wrong, warnings = [], []
    for name, found in (await hub.pools.ask_all(_look)).items():
        if found is None:
            wrong.append(f"{name}: it does not answer")
        elif found.fault is not None:
            _log.warning("not ready: run `./hub migrate`", server=name, fault=found.fault)
            wrong.append(f"migrations: {found.fault}")
        else:
            warnings += [warning for warning in found.warnings if warning not in warnings]
    fault = hub.updater.fault()
    if fault is not None:
        _log.warning("not ready: restart the API if that lasts", snapshots=fault)
        wrong.append(f"snapshots: {fault}")
    if wrong:
        raise NotReady("; ".join(wrong))
    if warnings:
        return Response(msgspec.json.encode(Readiness("ok", tuple(warnings))), media_type="application/json")
    return _OK


class _Look(NamedTuple):
    fault: str | None
    warnings: list[str]


def _look(conn: psycopg.Connection) -> _Look:
    fault = readiness.fault(conn)
    return _Look(fault, _jobs(conn) if fault is None else [])


def _jobs(conn: psycopg.Connection) -> list[str]:
    seen = jobs.last_seen(conn)
    if seen is None:
        return []  # a hub that never had any
    silent_s = (datetime.now(UTC) - seen).total_seconds()
    if silent_s <= _JOBS_UNSEEN_S:
        return []
    _log.warning("no background work: start `./hub jobs`", silent_s=round(silent_s))
    return [f"jobs: none were looked after for {silent_s / 60:.0f} minutes"]


@router.get("/metrics", include_in_schema=False)
@from_memory
@public
async def metrics(request: Request) -> Response:
    """Figures in the format of Prometheus: nothing about anybody, and the proxy hides them (deploy/Caddyfile)."""
    hub = hub_of(request)
    ages_s = {str(kind): age_s for kind, age_s in gauges(hub)}
    return Response(
        hub.metrics.show(hub.feed.clients + hub.console.clients, ages_s), media_type=CONTENT_TYPE_LATEST
    )
