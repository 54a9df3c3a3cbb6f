"""What came in and what should have: a page for those who answer for it, and the same as a file."""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, cast, get_args

import psycopg
from fastapi import APIRouter, Depends, Query, Request, Response

from api.access import protected
from api.downloads import cell, csv_answer
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
from portal.staff.revenue import MOST_DAYS, Asked, RevenueView, revenue_html

# What is shown to who asks for nothing.
_DAYS = 30
# From so many days on, weeks and then months are shown unless something else is asked for.
_MANY_DAYS, _MANY_WEEKS = 62, 180


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an address asks for, as it is written there."""

    first: str
    last: str
    place: str
    by: str

    def read(self) -> Asked:
        """Raises InvalidInput."""
        end = _today() if not self.last else _day("to", self.last)
        start = end - timedelta(days=_DAYS - 1) if not self.first else _day("from", self.first)
        if end < start:
            raise InvalidInput("to", "is before from")
        days = (end - start).days
        if days >= MOST_DAYS:
            raise InvalidInput("to", f"at most {MOST_DAYS} days can be asked for at once")
        if self.by and self.by not in get_args(Step):
            raise InvalidInput("by", f"must be one of {', '.join(get_args(Step))}")
        if "\0" in self.place:
            raise InvalidInput("place", "must be the id of a place")
        usual: Step = "day" if days < _MANY_DAYS else "week" if days < _MANY_WEEKS else "month"
        return Asked(start, end, cast(Step, self.by) if self.by else usual, self.place or None)


def _wanted(
    first: Annotated[str, Query(alias="from", max_length=20)] = "",
    last: Annotated[str, Query(alias="to", max_length=20)] = "",
    place: Annotated[str, Query(max_length=64)] = "",
    by: Annotated[str, Query(max_length=20)] = "",
) -> Wanted:
    return Wanted(first, last, place, by)


def _day(field: str, text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise InvalidInput(field, "must be a day such as 2026-11-26") from None
    if not date(2000, 1, 1) <= day <= date(2999, 12, 31):
        raise InvalidInput(field, "must be of this time")
    return day


def _today() -> date:
    return at_local_time(datetime.now(UTC)).date()


FromAddress = Annotated[Wanted, Depends(_wanted)]


def create_router(portal: Portal) -> APIRouter:
    """The routes of revenue."""
    router = APIRouter(include_in_schema=False)

    @router.get("/ops/revenue")
    @protected("revenue:read")
    def revenue(
        request: Request,
        pool: Reads,
        wanted: FromAddress,
        lang: AskedLanguage = None,
        accept_language: AcceptLanguage = None,
    ) -> Response:
        """Every place, the one first at which most is missing; what cannot be asked for is told beside the usual."""
        try:
            asked, is_wrong = wanted.read(), False
        except InvalidInput:
            asked, is_wrong = Wanted("", "", "", "").read(), True
        with pool.connection() as conn:
            takings.freeze(conn)
            view = _view(conn, reader_of(request), asked, is_wrong=is_wrong)
        page = portal.drawn(choose_language(lang, accept_language), revenue_html, view)
        return page_answer(page, 422 if is_wrong else 200)

    @router.get("/ops/revenue.csv")
    @protected("revenue:read")
    def file(request: Request, pool: Reads, wanted: FromAddress) -> Response:
        """A line for each place and span. Amounts are VND; what is made of what sensors saw is an estimate."""

        asked = wanted.read()

        def lines() -> Iterator[str]:
            with pool.connection() as conn:
                _known(conn, asked)
                found = takings.takings(conn, asked.first, asked.last, asked.step, asked.place_id)
                names = {id: name for id, name, _ in takings.names(conn)}
            yield _text(found, names)

        name = f"revenue-{asked.first}-{asked.last}-{asked.step}.csv"
        turns = hub_of(request).pools.reads
        return csv_answer(lines, name, turns, only_headers=request.method == "HEAD")

    return router


def _known(conn: psycopg.Connection, asked: Asked) -> None:
    """Raises NotFound for a place that there is not."""
    if asked.place_id is not None:
        places.get(conn, asked.place_id)


def _view(conn: psycopg.Connection, reader: Reader, asked: Asked, *, is_wrong: bool) -> RevenueView:
    _known(conn, asked)
    first, last, place_id = asked.first, asked.last, asked.place_id
    by_place, by_span = takings.sums(conn, first, last, asked.step, place_id)
    moved = takings.moved(conn, first, last, place_id)
    return RevenueView(
        reader,
        _today(),
        asked,
        takings.names(conn),
        by_place,
        by_span,
        takings.ways(moved),
        takings.by_account(moved),
        takings.open_now(conn),
        is_wrong,
    )


def _text(found: list[takings.Taking], names: Mapping[str, str]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    of = [field.name for field in fields(Figures)]
    writer.writerow(["begins", "place_id", "place", *of, "net", "gap", "longer", "unsplit", "cause"])
    for one in found:
        figures = one.figures
        gap = "" if figures.gap is None else figures.gap
        more = [figures.net, gap, figures.longer, figures.unsplit, figures.cause]
        writer.writerow(
            [
                one.begins,
                one.place_id,
                cell(names.get(one.place_id or "", "")),
                *asdict(figures).values(),
                *more,
            ]
        )
    return text.getvalue()
