"""Where people of the city come in: `/login`, and on to where they wanted to go."""

from urllib.parse import urlencode

import psycopg
from fastapi import APIRouter, Request, Response

from api import letting_in
from api.access import for_people, from_memory, public
from api.hub import hub_of
from api.letting_in import Browser, LetIn, NotLetIn
from api.page_forms import Filled, page_answer
from api.routes.pages import AcceptLanguage, AskedLanguage
from api.routes.payments import address_of
from api.sign_in import (
    Person,
    caller_person,
    check_same_origin,
    cookie_of,
    known_cookie_of,
    set_cookie,
    set_known_cookie,
)
from cityhub.store import identities, sign_ins
from cityhub.words import choose_language
from portal import Portal

HOME = "/account"


def create_router(portal: Portal) -> APIRouter:
    """The routes by which people come in and leave."""
    router = APIRouter(include_in_schema=False)

    @router.get("/login")
    @from_memory
    @public
    def login(
        next: str = HOME, lang: AskedLanguage = None, accept_language: AcceptLanguage = None
    ) -> Response:
        """The form for name and password."""
        return page_answer(portal.login(choose_language(lang, accept_language), local(next)))

    @router.post("/login")
    @public
    async def sign_in(request: Request, form: Filled, accept_language: AcceptLanguage = None) -> Response:
        """The right password lets in, or on to the second factor."""
        check_same_origin(request.scope)
        language, onward = choose_language(form.get("lang"), accept_language), local(form.get("next", HOME))
        name = form.get("name", "").strip().lower()
        try:
            let_in = await letting_in.by_password(
                hub_of(request), name, form.get("password", ""), browser_of(request)
            )
        except NotLetIn:
            return page_answer(portal.login(language, onward, name, is_wrong=True), 401)
        return led_on(request, let_in, onward, language)

    @router.get("/login/code")
    @from_memory
    @public
    def code(
        next: str = HOME, lang: AskedLanguage = None, accept_language: AcceptLanguage = None
    ) -> Response:
        """The form for the code."""
        return page_answer(portal.login_code(choose_language(lang, accept_language), local(next)))

    @router.post("/login/code")
    @public
    async def second_factor(
        request: Request, form: Filled, accept_language: AcceptLanguage = None
    ) -> Response:
        """The right code lets in."""
        check_same_origin(request.scope)
        language, onward = choose_language(form.get("lang"), accept_language), local(form.get("next", HOME))
        try:
            let_in = await letting_in.by_code(
                hub_of(request), cookie_of(request.scope) or "", form.get("code", ""), browser_of(request)
            )
        except NotLetIn:
            return page_answer(portal.login_code(language, onward, is_wrong=True), 401)
        return led_on(request, let_in, onward, language)

    @router.post("/logout")
    @for_people
    async def sign_out(
        request: Request, form: Filled, lang: AskedLanguage = None, accept_language: AcceptLanguage = None
    ) -> Response:
        """This browser is nobody's from now on. Whom the city's provider knows is told how to leave there too."""
        person: Person = caller_person(request)
        hub, city = hub_of(request), hub_of(request).city
        issuer = None if city is None else city.city.issuer

        def leave(conn: psycopg.Connection) -> bool:
            sign_ins.end(conn, person.cookie, person.asked_at)
            return issuer is not None and identities.is_linked(conn, person.signed_in.id, issuer)

        is_of_provider = await hub.pools.write(leave)
        gone = set_cookie(request.scope, "")
        if city is None or not is_of_provider or (at_provider := city.sign_out_address()) is None:
            return _see("/login", {"Set-Cookie": gone})
        # A page and no redirect: what a form may lead to is this hub alone.
        language = choose_language(form.get("lang") or lang, accept_language)
        answer = page_answer(portal.signed_out(language, at_provider))
        answer.headers.append("Set-Cookie", gone)
        return answer

    return router


def local(address: str) -> str:
    """An address of this hub, whatever was asked for: nobody is led away from here."""
    is_ours = address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()
    return address if is_ours and address.isascii() and len(address) <= 500 else HOME


def browser_of(request: Request) -> Browser:
    """What sends the request."""
    return Browser(request.headers.get("user-agent", ""), address_of(request), known_cookie_of(request.scope))


def led_on(request: Request, let_in: LetIn, onward: str, language: str) -> Response:
    """On to where somebody wanted to go, or to the second factor before."""
    asked = urlencode({"next": onward, "lang": language})
    address = onward if let_in.is_whole else f"/login/code?{asked}"
    answer = _see(address, {"Set-Cookie": set_cookie(request.scope, let_in.cookie)})
    if let_in.known is not None:
        answer.headers.append("Set-Cookie", set_known_cookie(request.scope, let_in.known))
    return answer


def _see(address: str, headers: dict[str, str]) -> Response:
    return Response(
        status_code=303, headers={"Location": address, "Cache-Control": "private, no-store", **headers}
    )
