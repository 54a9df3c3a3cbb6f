"""Receipts, for their payer by the session's token; whether one is genuine, for whoever holds it."""

from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Path, Query, Request, Response

from api.access import public
from api.answers.receipts import ReceiptAnswer, ReceiptCheck
from api.bodies import JSON
from api.documentation import responses
from api.hub import hub_of
from api.negotiation import wanted
from api.receipt_forms import PDF, ReceiptForms, checked, of_session, place_of
from api.routes.pages import AcceptLanguage, AskedLanguage
from cityhub.rfc3339 import at_local_time
from cityhub.words import choose_language

HTML: Final = "text/html"
# The first is for who takes anything.
FORMS: Final = (JSON, HTML, PDF)

Number = Annotated[str, Path(pattern=r"^[A-Z0-9-]{8,40}$", description="Such as HN-PARKING-2026-000001")]


def create_router(forms: ReceiptForms) -> APIRouter:
    """The routes to receipts."""
    router = APIRouter(tags=["payments"])

    @router.get("/api/v1/receipts/{number}", response_class=Response, responses=_documented())
    @public
    async def get(
        request: Request,
        number: Number,
        token: Annotated[str, Query(max_length=64)] = "",
        lang: AskedLanguage = None,
        accept_language: AcceptLanguage = None,
    ) -> Response:
        """A receipt, for who has the link of its session: JSON, or as `Accept` asks a page to print or a PDF."""
        form, hub = wanted(request, FORMS), hub_of(request)
        receipt = await of_session(hub, number, token)
        language = choose_language(lang, accept_language)
        if form == JSON:
            found = _answer(ReceiptAnswer.of(receipt))
        elif form == HTML:
            found = forms.page(hub, receipt, language)
        else:
            found = await forms.pdf(hub, receipt, language)
        found.headers["Vary"] = "Accept, Accept-Language"
        return found

    @router.get("/api/v1/receipts/{number}/check", response_class=Response, responses=responses(ReceiptCheck))
    @public
    async def check(
        request: Request, number: Number, code: Annotated[str, Query(max_length=40)] = ""
    ) -> Response:
        """Is this number with this printed code a receipt of ours?"""
        receipt = await checked(hub_of(request), number, code)
        if receipt is None:
            return _answer(ReceiptCheck(number, is_genuine=False))
        return _answer(
            ReceiptCheck(
                number,
                is_genuine=True,
                issued_at=at_local_time(receipt.issued_at),
                amount=receipt.amount,
                refunded=receipt.refunded,
                place=place_of(receipt, "vi"),
            )
        )

    return router


def _documented() -> dict[int | str, dict[str, Any]]:
    found = responses(ReceiptAnswer, not_found=True)
    found[200]["content"][HTML] = {"schema": {"type": "string"}}
    found[200]["content"][PDF] = {"schema": {"type": "string", "format": "binary"}}
    found[406] = {**found[400], "description": f"`Accept` takes none of {', '.join(FORMS)}"}
    return found


def _answer(body: msgspec.Struct) -> Response:
    return Response(msgspec.json.encode(body), 200, {"Cache-Control": "no-store"}, JSON)
