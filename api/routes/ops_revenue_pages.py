"""What came in and what should have: a page for those who answer for it, and the same as a file."""

import csv
import io
from collections.abc import Iterator
from dataclasses import asdict, fields
from datetime import UTC, date, datetime, timedelta
from typing import Annotated

import psycopg
from fastapi import APIRouter, Depends, Query, Request, Response

from api.access import protected
from api.downloads import csv_answer
from api.hub import hub_of
from api.page_forms import page_answer
from api.pools import Reads
from api.routes.ops_pages import reader_of
from api.routes.pages import AcceptLanguage, AskedLanguage
from cityhub.errors import InvalidInput
from cityhub.parking.takings import Figures, Step
from cityhub.rfc3339 import at_local_time
from cityhub.store import places, takings
from cityhub.words import choose_language
from portal import Portal
from portal.staff.frame import Reader
from portal.staff.revenue import Asked, RevenueView, revenue_html

MOST_DAYS = 366
# What is shown to who asks for nothing.
_DAYS = 30


def asked(
    first: Annotated[date | None, Query(alias="from")] = None,
    last: Annotated[date | None, Query(alias="to")] = None,
    place: Annotated[str, Query(max_length=64)] = "",
    by: Step | None = None,
) -> Asked:
    """What an address asks for; raises InvalidInput."""
    today = at_local_time(datetime.now(UTC)).date()
    end = last or today
    start = first or end - timedelta(days=_DAYS - 1)
    if end < start:
        raise InvalidInput("to", "is before from")
    if not date(2000, 1, 1) <= start <= end <= date(2999, 12, 31):
        raise InvalidInput("from", "must be of this time")
    if end - start >= timedelta(days=MOST_DAYS):
        raise InvalidInput("to", f"at most {MOST_DAYS} days can be asked for at once")
    if "\0" in place:
        raise InvalidInput("place", "must be the id of a place")
    days = (end - start).days
    return Asked(start, end, by or ("day" if days < 62 else "week" if days < 180 else "month"), place or None)


Wanted = Annotated[Asked, Depends(asked)]


def create_router(portal: Portal) -> APIRouter:
    """The routes of revenue."""
    router = APIRouter(include_in_schema=False)

    @router.get("/ops/revenue")
    @protected("revenue:read")
    def revenue(
        request: Request,
        pool: Reads,
        wanted: Wanted,
        lang: AskedLanguage = None,
        accept_language: AcceptLanguage = None,
    ) -> Response:
        """Every place, the one first at which most is missing."""
        with pool.connection() as conn:
            takings.freeze(conn)
            view = _view(conn, reader_of(request), wanted)
        return page_answer(portal.drawn(choose_language(lang, accept_language), revenue_html, view))

    @router.get("/ops/revenue.csv")
    @protected("revenue:read")
    def file(request: Request, pool: Reads, wanted: Wanted) -> Response:
        """A line for each place and span. Amounts are VND; what is made of what sensors saw is an estimate."""

        def lines() -> Iterator[str]:
            with pool.connection() as conn:
                _known(conn, wanted)
                found = takings.takings(conn, wanted.first, wanted.last, wanted.step, wanted.place_id)
            yield _text(found)

        name = f"revenue-{wanted.first}-{wanted.last}-{wanted.step}.csv"
        turns = hub_of(request).pools.reads
        return csv_answer(lines, name, turns, only_headers=request.method == "HEAD")

    return router


def _known(conn: psycopg.Connection, wanted: Asked) -> None:
    """Raises NotFound for a place that there is not."""
    if wanted.place_id is not None:
        places.get(conn, wanted.place_id)


def _view(conn: psycopg.Connection, reader: Reader, wanted: Asked) -> RevenueView:
    _known(conn, wanted)
    first, last, place_id = wanted.first, wanted.last, wanted.place_id
    return RevenueView(
        reader,
        at_local_time(datetime.now(UTC)).date(),
        wanted,
        takings.names(conn),
        takings.takings(conn, first, last, wanted.step, place_id),
        takings.ways(conn, first, last, place_id),
        takings.books(conn, first, last),
        takings.open_now(conn),
    )


def _text(found: list[takings.Taking]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    of = [field.name for field in fields(Figures)]
    writer.writerow(["begins", "place_id", "place", *of, "net", "gap", "longer", "unsplit", "cause"])
    for one in found:
        figures = one.figures
        gap = "" if figures.gap is None else figures.gap
        more = [figures.net, gap, figures.longer, figures.unsplit, figures.cause]
        writer.writerow([one.begins, one.place_id, one.name_vi, *asdict(figures).values(), *more])
    return text.getvalue()
