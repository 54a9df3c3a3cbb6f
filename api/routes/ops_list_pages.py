"""A list of sensors from a file: what each row would do, looked at first, then applied by a person."""

import csv
import hashlib
import io
from collections.abc import AsyncGenerator
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response
from starlette.formparsers import MultiPartException, MultiPartParser

from api.access import caller_of, protected
from api.bodies import receive
from api.page_forms import Form, form_of, page_answer
from api.pools import Writes
from api.routes.ops_pages import reader_of
from api.routes.pages import AcceptLanguage, AskedLanguage
from cityhub.onboarding import listing, sheets
from cityhub.onboarding.list_plan import Step
from cityhub.onboarding.sheets import BadSheet, Row
from cityhub.store import sensor_lists
from cityhub.words import choose_language
from portal import Portal
from portal.staff.sensor_list import ListView, PlanView, list_html, plan_html

# What comes back is the file as a form writes it: a letter of Vietnamese in nine signs.
_FORM_BYTES = 8 * 1024 * 1024
_OVERHEAD = 16_384


async def _file(request: Request) -> bytes:
    """The file of a form that sends one. Nothing is changed by such a form: pages of other sites can send them too."""
    body = await receive(request, sheets.MOST_BYTES + _OVERHEAD)
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise HTTPException(
            415, "Content-Type must be multipart/form-data", {"Accept": "multipart/form-data"}
        )

    async def stream() -> AsyncGenerator[bytes, None]:
        yield body

    try:
        form = await MultiPartParser(request.headers, stream(), max_files=1, max_fields=5).parse()
    except (MultiPartException, KeyError) as exc:
        raise HTTPException(400, "The form cannot be read") from exc
    try:
        file = form.get("file")
        return b"" if file is None or isinstance(file, str) else await file.read()
    finally:
        await form.close()


async def _rows(request: Request) -> Form:
    return await form_of(request, _FORM_BYTES, 10)


Uploaded = Annotated[bytes, Depends(_file)]
Applied = Annotated[Form, Depends(_rows)]


def create_router(portal: Portal) -> APIRouter:
    """The routes of lists."""
    router = APIRouter(include_in_schema=False)

    @router.get("/ops/new/list")
    @protected("ops:read")
    def form(
        request: Request,
        new: Annotated[int | None, Query(ge=0, le=sheets.MOST_ROWS)] = None,
        changed: Annotated[int, Query(ge=0, le=sheets.MOST_ROWS)] = 0,
        late: Annotated[int, Query(ge=0, le=sheets.MOST_ROWS)] = 0,
        lang: AskedLanguage = None,
        accept_language: AcceptLanguage = None,
    ) -> Response:
        """Where a file is chosen."""
        done = None if new is None else {"new": new, "change": changed, "late": late}
        view = ListView(reader_of(request), done=done)
        return page_answer(portal.drawn(choose_language(lang, accept_language), list_html, view))

    @router.post("/ops/new/list/preview")
    @protected("ops:write")
    def preview(
        request: Request,
        file: Uploaded,
        pool: Writes,
        lang: AskedLanguage = None,
        accept_language: AcceptLanguage = None,
    ) -> Response:
        """What each row would do; nothing is written."""
        language, reader = choose_language(lang, accept_language), reader_of(request)
        try:
            rows = sheets.rows_of(file)
            lines = listing.lines_of(rows)
        except BadSheet as exc:
            return page_answer(portal.drawn(language, list_html, ListView(reader, str(exc))), 422)
        with pool.connection() as conn:
            steps = sensor_lists.planned(conn, lines)
        view = PlanView(reader, steps, _written(rows), _digest(steps))
        return page_answer(portal.drawn(language, plan_html, view))

    @router.post("/ops/new/list")
    @protected("ops:write")
    def apply(request: Request, filled: Applied, pool: Writes) -> Response:
        """Do it, as it was looked at: where it would do something else by now, it is looked at again."""
        language, reader = choose_language(filled.get("lang"), None), reader_of(request)
        why = filled.get("why", "").strip()
        try:
            rows = _read(filled.get("rows", ""))
            lines = listing.lines_of(rows)
        except BadSheet as exc:
            return page_answer(portal.drawn(language, list_html, ListView(reader, str(exc))), 422)
        with pool.connection() as conn:
            steps = sensor_lists.planned(conn, lines, holds=True)
            digest = _digest(steps)
            if digest != filled.get("digest") or not why:
                is_changed = digest != filled.get("digest")
                view = PlanView(reader, steps, _written(rows), digest, is_changed, not why)
                return page_answer(portal.drawn(language, plan_html, view), 409 if is_changed else 422)
            done = sensor_lists.apply(conn, steps, caller_of(request).on_record, why)
        told = f"new={done['new']}&changed={done['change']}&late={done['late']}"
        return Response(
            status_code=303,
            headers={
                "Location": f"/ops/new/list?lang={language}&{told}",
                "Cache-Control": "private, no-store",
            },
        )

    return router


def _written(rows: list[Row]) -> str:
    """The rows with their numbers, so that they come back as they were read."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows((str(row.number), *row.cells) for row in rows)
    return text.getvalue()


def _read(text: str) -> list[Row]:
    """As `_written` wrote them. Raises BadSheet."""
    found: list[Row] = []
    try:
        for number, *cells in csv.reader(io.StringIO(text.replace("\r\n", "\n"), newline="")):
            if (
                not (number.isascii() and number.isdigit() and len(number) < 8)
                or len(found) > sheets.MOST_ROWS
            ):
                raise BadSheet("no_csv")
            found.append(Row(int(number), tuple(cells)))
    except (csv.Error, ValueError) as exc:
        raise exc if isinstance(exc, BadSheet) else BadSheet("no_csv") from None
    if not found:
        raise BadSheet("empty")
    return found


def _digest(steps: list[Step]) -> str:
    """Of what the steps would do."""
    told = "\n".join(f"{step.line.number} {step.action} {step.sensor} {step.changes}" for step in steps)
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()
