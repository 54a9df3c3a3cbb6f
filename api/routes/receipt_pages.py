"""Receipts below the page of their session, and the page where whoever holds one asks whether it is genuine."""

import re

from fastapi import APIRouter, Request, Response

from api.access import public
from api.hub import hub_of
from api.page_forms import page_answer
from api.receipt_forms import CHECK_PATH, ReceiptForms, checked, of_session, place_of
from api.routes.pages import AcceptLanguage, AskedLanguage
from api.routes.parking_sessions import Token
from api.routes.receipts import Number
from cityhub.words import choose_language
from portal import Portal
from portal.driver import CheckView

_NUMBER = re.compile(r"[A-Z0-9-]{8,40}")
# As phones write a hyphen.
_DASHES = str.maketrans("‐‑‒–—−", "------")
_LONGEST = 60


def create_router(portal: Portal, forms: ReceiptForms) -> APIRouter:
    """The routes to receipts as pages."""
    router = APIRouter(include_in_schema=False)

    @router.get("/p/{token}/receipts/{number}.pdf")
    @public
    async def pdf(
        request: Request,
        token: Token,
        number: Number,
        lang: AskedLanguage = None,
        accept_language: AcceptLanguage = None,
    ) -> Response:
        """A receipt of a session as PDF."""
        hub = hub_of(request)
        receipt = await of_session(hub, number, token)
        return await forms.pdf(hub, receipt, choose_language(lang, accept_language))

    @router.get("/p/{token}/receipts/{number}")
    @public
    async def page(
        request: Request,
        token: Token,
        number: Number,
        lang: AskedLanguage = None,
        accept_language: AcceptLanguage = None,
    ) -> Response:
        """A receipt of a session, to be looked at and printed."""
        hub = hub_of(request)
        receipt = await of_session(hub, number, token)
        return forms.page(hub, receipt, choose_language(lang, accept_language))

    @router.get(CHECK_PATH)
    @public
    async def check(
        request: Request,
        number: str = "",
        code: str = "",
        lang: AskedLanguage = None,
        accept_language: AcceptLanguage = None,
    ) -> Response:
        """Is this number with this code a receipt of ours? What was typed is taken as people type it."""
        language = choose_language(lang, accept_language)
        typed, code = number.strip()[:_LONGEST], code.strip()[:_LONGEST]
        if not typed and not code:
            return page_answer(portal.receipt_check(language, CheckView()))
        plain = "".join(typed.upper().translate(_DASHES).split())
        # What cannot be a number has the same answer as one that nobody knows.
        found = await checked(hub_of(request), plain, code) if _NUMBER.fullmatch(plain) else None
        if found is None:
            return page_answer(portal.receipt_check(language, CheckView(typed, code, is_genuine=False)))
        view = CheckView(
            number=found.number,
            is_genuine=True,
            issued_at=found.issued_at,
            amount=found.amount,
            refunded=found.refunded,
            place=place_of(found, language),
        )
        return page_answer(portal.receipt_check(language, view))

    return router
