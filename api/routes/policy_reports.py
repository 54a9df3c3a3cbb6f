"""Where browsers report what the content security policy kept from a page. Nothing is stored.

Every report is counted by its directive (`cityhub_http_policy_reports_total`); a few a minute are a line of the log.
"""

import time

from fastapi import APIRouter, HTTPException, Request, Response

from api.access import Rules, from_memory, public
from api.bodies import receive
from api.hub import hub_of
from api.policy_reports import MANY, MOST_BYTES, ONE, Kept, read
from api.problems import TooManyRequests
from api.rates import Rates, share_of
from api.routes.payments import address_of
from cityhub.logs import get_logger
from portal.policy import REPORTS

# Bodies a minute of one address. A page that breaks its policy reports once for each thing that it may not load.
PER_MINUTE = 60
# Of the whole process: reports come from strangers, who must not fill the log.
LINES_PER_MINUTE = 10

_log = get_logger()


def create_router() -> APIRouter:
    """The route, with counts of its own."""
    router = APIRouter(include_in_schema=False)
    rates = Rates(PER_MINUTE, 0)
    lines = Lines()

    @router.post(REPORTS)
    @from_memory
    @public
    async def report(request: Request) -> Response:
        """204; 400 for what no browser sends, 413 and 415 for what is not read at all, 429 for too many."""
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type not in (ONE, MANY):
            raise HTTPException(415, f"Content-Type must be {ONE} or {MANY}", {"Accept": f"{ONE}, {MANY}"})
        share = await rates.take(share_of(address_of(request)))
        if share is not None and share.is_exhausted:
            raise TooManyRequests(f"More than {PER_MINUTE} reports a minute of one address", share.reset_s)
        found = read(await receive(request, MOST_BYTES), media_type)
        metrics = hub_of(request).metrics
        for one in found:
            metrics.policy_report(one.directive)
            if lines.take(time.monotonic()):
                _log.warning(
                    "kept from a page by its policy",
                    directive=one.directive,
                    blocked=one.blocked,
                    page=_route(request, one),
                )
        return Response(status_code=204)

    return router


class Lines:
    """How many lines of the log are left."""

    def __init__(self) -> None:
        self._minute, self._written = -1, 0

    def take(self, now_s: float) -> bool:
        """May one more be written, in this minute of a clock (s)?"""
        if self._minute != int(now_s // 60):
            self._minute, self._written = int(now_s // 60), 0
        self._written += 1
        return self._written <= LINES_PER_MINUTE


def _route(request: Request, kept: Kept) -> str:
    """The page's template: what stands in its place may be a token or a plate."""
    rule = Rules.of(request.app).find("GET", kept.path)
    return "(none)" if rule is None else rule.path
