"""Sign-in by the city's provider of identities: to it, and back from it. Without its settings there is nothing here."""

from datetime import UTC, datetime

from fastapi import APIRouter, Request, Response

from api import letting_in
from api.access import public
from api.hub import hub_of
from api.letting_in import NotLetIn
from api.oidc import attempts
from api.oidc.attempts import Attempt
from api.oidc.provider import CALLBACK, Claims, Provider
from api.oidc.refusals import STATUS, Reason, Refused
from api.page_forms import page_answer
from api.problems import nothing_at
from api.routes.pages import AcceptLanguage, AskedLanguage
from api.routes.sign_in_pages import HOME, browser_of, led_on, local
from cityhub.accounts.city_claims import name_of, proves_second_factor
from cityhub.logs import get_logger
from cityhub.store import hub_keys
from cityhub.store.identities import Identity
from cityhub.words import Language, choose_language
from portal import Portal

_log = get_logger()
# No code, state or description of an error is as long.
_LONGEST = 4_000


def create_router(portal: Portal) -> APIRouter:
    """The routes by which people come in who have an account of the city."""
    router = APIRouter(include_in_schema=False)

    @router.get("/login/oidc")
    @public
    async def begin(
        request: Request,
        next: str = HOME,
        lang: AskedLanguage = None,
        accept_language: AcceptLanguage = None,
    ) -> Response:
        """On to the provider. By a link: what a form may lead to is this hub alone (`form-action`)."""
        if (provider := hub_of(request).city) is None:
            return nothing_at(request.url.path)
        attempt = Attempt.new(choose_language(lang, accept_language), local(next), datetime.now(UTC))
        key = await _key(request, provider)
        try:
            address = await provider.address(attempt)
        except Refused as refused:
            return _refusal(request, portal, refused, attempt)
        return _see(address, attempt.cookie(request.scope, key))

    @router.get(CALLBACK)
    @public
    async def come_back(request: Request, accept_language: AcceptLanguage = None) -> Response:
        """The provider's answer: who it is, or why not."""
        if (provider := hub_of(request).city) is None:
            return nothing_at(request.url.path)
        now = datetime.now(UTC)
        attempt = Attempt.of(request.scope, await _key(request, provider), now)
        try:
            attempt = _answered(attempt, request.query_params.get("state", ""))
            # Each answer costs the provider a question: as often as a password is tried, and no more.
            await hub_of(request).door.knock(browser_of(request).address)
            claims = await _claims(provider, attempt, request)
            return await _let_in(provider, claims, attempt, request)
        except Refused as refused:
            shown = attempt or Attempt.new(choose_language(None, accept_language), HOME, now)
            return _refusal(request, portal, refused, shown)

    return router


async def _key(request: Request, provider: Provider) -> bytes:
    """What attempts are signed with; raises StoreUnavailable."""
    if provider.attempt_key is None:
        provider.attempt_key = await hub_of(request).pools.write(hub_keys.attempt)
    return provider.attempt_key


def _answered(attempt: Attempt | None, state: str) -> Attempt:
    if attempt is None or not attempt.is_answered_by(state):
        raise Refused("attempt", "an answer to no attempt of this browser")
    return attempt


async def _claims(provider: Provider, attempt: Attempt, request: Request) -> Claims:
    told = request.query_params
    code, error = told.get("code", ""), told.get("error")
    if error is not None:
        # Refused by a person there; whatever else it says is about how the hub asks.
        said: Reason = "cancelled" if error == "access_denied" else "provider"
        kind = error if error.isidentifier() and len(error) <= 40 else "something else"
        raise Refused(said, f"the provider says {kind}")
    if not 0 < len(code) <= _LONGEST:
        raise Refused("provider", "the provider's answer holds no code")
    return await provider.claims(attempt, code, told.get("iss"))


async def _let_in(provider: Provider, claims: Claims, attempt: Attempt, request: Request) -> Response:
    hub, city = hub_of(request), provider.city
    identity = Identity(city.issuer, claims["sub"])
    role = city.rules.role_of(claims)
    if role is None:
        await letting_in.refuse_identity(hub, identity)
        raise Refused("role", "the provider gives somebody no role of the hub")
    try:
        let_in = await letting_in.by_identity(
            hub,
            identity,
            name_of(claims, identity.issuer, identity.subject),
            role,
            browser_of(request),
            has_factor=proves_second_factor(claims, city.believed_factors),
        )
    except NotLetIn:
        raise Refused("shut_out", "somebody who is shut out") from None
    answer = led_on(request, let_in, local(attempt.onward), attempt.language)
    answer.headers.append("Set-Cookie", attempts.forget(request.scope))
    return answer


def _refusal(request: Request, portal: Portal, refused: Refused, attempt: Attempt) -> Response:
    _log.warning("nobody was let in by the city's provider", reason=refused.reason, error=str(refused))
    language: Language = attempt.language
    page = portal.login_refused(language, refused.reason, local(attempt.onward))
    answer = page_answer(page, STATUS[refused.reason])
    answer.headers.append("Set-Cookie", attempts.forget(request.scope))
    return answer


def _see(address: str, cookie: str) -> Response:
    headers = {
        "Location": address,
        "Cache-Control": "private, no-store",
        "Set-Cookie": cookie,
        # The page that leads there may hold what nobody else is to know.
        "Referrer-Policy": "no-referrer",
    }
    return Response(status_code=303, headers=headers)
