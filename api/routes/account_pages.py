"""A person's own page: password, second factor, where they are signed in, what they may do."""

import base64
import binascii
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime

import psycopg
from fastapi import APIRouter, Request, Response

from api import letting_in
from api.access import for_people
from api.hub import hub_of
from api.page_forms import Filled, Form, page_answer
from api.qr_codes import qr_svg
from api.routes.pages import AcceptLanguage, AskedLanguage
from api.routes.sign_in_pages import browser_of
from api.sign_in import Person, caller_person, set_cookie
from cityhub.accounts import second_factor
from cityhub.accounts.roles import role
from cityhub.errors import InvalidInput
from cityhub.store import audit, people, sign_ins
from cityhub.words import Language, choose_language
from portal import Portal
from portal.staff import AccountView, NewFactor

ISSUER = "City hub"
# The page again, with what was done or why not.
Shown = Callable[..., Awaitable[Response]]


def create_router(portal: Portal) -> APIRouter:
    """The routes of one's own account."""
    router = APIRouter(include_in_schema=False)

    async def shown(
        request: Request,
        language: Language,
        *,
        said: str | None = None,
        problem: str | None = None,
        codes: list[str] | None = None,
        offered: bytes | None = None,
        cookie: str | None = None,
    ) -> Response:
        person = caller_person(request)
        if cookie is not None:
            person = replace(person, cookie=cookie)
        view = await hub_of(request).pools.write(lambda conn: _view(conn, person, offered))
        page = portal.account(language, view, said=said, problem=problem, codes=codes or [])
        answer = page_answer(page, 200 if problem is None else 422)
        if cookie is not None:
            answer.headers.append("Set-Cookie", set_cookie(request.scope, cookie))
        return answer

    @router.get("/account")
    @for_people
    async def account(
        request: Request, lang: AskedLanguage = None, accept_language: AcceptLanguage = None
    ) -> Response:
        """Who is signed in, and what they have to do before they can work."""
        return await shown(request, choose_language(lang, accept_language))

    @router.post("/account/sign-ins/end")
    @for_people
    async def end(request: Request, form: Filled, accept_language: AcceptLanguage = None) -> Response:
        """Another browser is signed out, or every other one."""
        hub, person = hub_of(request), caller_person(request)

        def leave(conn: psycopg.Connection) -> None:
            if (id := form.get("id")) is not None:
                sign_ins.end_one(conn, person.signed_in.id, id, person.asked_at)
            else:
                sign_ins.end_others(conn, person.signed_in.id, person.cookie, person.asked_at)

        await hub.pools.write(leave)
        return await shown(request, choose_language(form.get("lang"), accept_language), said="ended")

    _passwords(router, shown)
    _second_factors(router, shown)
    return router


def _passwords(router: APIRouter, shown: Shown) -> None:
    @router.post("/account/password")
    @for_people
    async def password(request: Request, form: Filled, accept_language: AcceptLanguage = None) -> Response:
        """Another password; every other browser is signed out."""
        hub, person = hub_of(request), caller_person(request)
        language = choose_language(form.get("lang"), accept_language)
        browser = browser_of(request)
        if not await letting_in.is_own_password(hub, person.signed_in.id, form.get("password", ""), browser):
            return await shown(request, language, problem="password")
        new = form.get("new_password", "")
        if new == form.get("password", ""):
            return await shown(request, language, problem="same_password")

        try:
            cookie = await letting_in.change_password(
                hub, person.signed_in.id, new, person.cookie, browser, person.asked_at
            )
        except InvalidInput:
            return await shown(request, language, problem="new_password")
        return await shown(request, language, said="password", cookie=cookie)


def _second_factors(router: APIRouter, shown: Shown) -> None:
    @router.post("/account/second-factor")
    @for_people
    async def set_factor(request: Request, form: Filled, accept_language: AcceptLanguage = None) -> Response:
        """A telephone becomes the second factor once it shows a right code."""
        hub, person = hub_of(request), caller_person(request)
        language = choose_language(form.get("lang"), accept_language)
        secret = _secret(form)
        step = (
            None
            if secret is None
            else second_factor.step_of(secret, "".join(form.get("code", "").split()), datetime.now(UTC), None)
        )
        if secret is None or step is None:
            return await shown(request, language, problem="code", offered=secret)
        codes, cookie = second_factor.recovery_codes(), sign_ins.new_cookie()

        def keep(conn: psycopg.Connection) -> bool:
            held = people.hold(conn, person.signed_in.id)
            if held.totp_secret is not None:
                return False
            kept = [second_factor.kept_code(code) for code in codes]
            people.set_second_factor(conn, held, secret, step, kept)
            sign_ins.end_others(conn, held.id, person.cookie, person.asked_at)
            sign_ins.renew(conn, person.cookie, cookie)
            audit.add(conn, held.name, "second factor set", f"person:{held.name}")
            return True

        if not await hub.pools.write(keep):
            return await shown(request, language, problem="has_factor")
        return await shown(request, language, said="factor", codes=codes, cookie=cookie)

    @router.post("/account/second-factor/remove")
    @for_people
    async def drop_factor(request: Request, form: Filled, accept_language: AcceptLanguage = None) -> Response:
        """Without it, by the password: as for another telephone."""
        hub, person = hub_of(request), caller_person(request)
        language = choose_language(form.get("lang"), accept_language)
        own = form.get("password", "")
        if not await letting_in.is_own_password(hub, person.signed_in.id, own, browser_of(request)):
            return await shown(request, language, problem="password")

        cookie = sign_ins.new_cookie()

        def drop(conn: psycopg.Connection) -> None:
            people.set_second_factor(conn, people.hold(conn, person.signed_in.id), None)
            sign_ins.end_others(conn, person.signed_in.id, person.cookie, person.asked_at)
            sign_ins.renew(conn, person.cookie, cookie)
            audit.add(conn, person.name, "second factor removed", f"person:{person.name}")

        await hub.pools.write(drop)
        return await shown(request, language, said="no_factor", cookie=cookie)


def _view(conn: psycopg.Connection, caller: Person, offered: bytes | None) -> AccountView:
    person = people.by_id(conn, caller.signed_in.id)
    found = role(person.role)
    factor = None
    if person.totp_secret is None:
        secret = offered or second_factor.new_secret()
        factor = NewFactor(
            second_factor.written(secret), qr_svg(second_factor.address(secret, person.name, ISSUER))
        )
    return AccountView(
        name=person.name,
        role=(found.name_vi, found.name_en),
        scopes=sorted(found.scopes),
        has_password=bool(person.password),
        must_change=person.must_change,
        needs_factor=found.needs_second_factor and not caller.signed_in.has_second_factor,
        factor=factor,
        recovery_left=person.recovery_left,
        browsers=sign_ins.of_person(conn, person.id, caller.cookie, datetime.now(UTC)),
    )


def _secret(form: Form) -> bytes | None:
    written = form.get("secret", "")
    try:
        found = base64.b32decode(written + "=" * (-len(written) % 8))
    except (binascii.Error, ValueError):
        return None
    return found if len(found) == len(second_factor.new_secret()) else None
