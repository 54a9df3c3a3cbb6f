"""Who sends a request: a program by its key, or a person by the cookie of a browser that signed in.

Keys of the settings are known without the database; keys and people of the database are looked up at each request, so
that who is shut out is shut out at once.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit

import psycopg
from starlette.datastructures import Headers
from starlette.requests import Request, cookie_parser
from starlette.responses import Response
from starlette.types import Scope

from api.access import Access, Caller, NotReadyYet
from api.hub import Hub
from api.keys import Keys, sent
from api.problems import WrongKey
from cityhub.accounts import scopes_of
from cityhub.accounts.roles import role
from cityhub.errors import CityHubError, Forbidden, Unauthenticated
from cityhub.store import keys, known_browsers, sign_ins
from cityhub.store.sign_ins import SignedIn

# __Host-: for this host alone, over TLS alone; so browsers promise (RFC 6265bis).
_COOKIES = {True: "__Host-cityhub", False: "cityhub"}
# Of a browser that somebody came in with before (cityhub/store/known_browsers.py); other sites' links do not bring it.
_KNOWN_COOKIES = {True: "__Host-cityhub-known", False: "cityhub-known"}
# Of a page that renews itself or listens: nobody may be there any more.
_BY_ITSELF = "cityhub-by-itself"
_LISTENS = "text/event-stream"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Person(Caller):
    """A person in a browser. Ready once they chose their password, and have the second factor that their role needs."""

    signed_in: SignedIn
    cookie: str
    asked_at: datetime


def is_secure(scope: Scope) -> bool:
    """Did the request come over TLS, as the proxy tells?"""
    return bool(scope.get("scheme") == "https")


def cookie_name(scope: Scope) -> str:
    """The name of the cookie by which browsers are known."""
    return _COOKIES[is_secure(scope)]


def set_cookie(scope: Scope, value: str) -> str:
    """`Set-Cookie` of a browser that signed in, or out with an empty `value`. It lasts as long as the browser runs."""
    ends = "" if value else "; Max-Age=0"
    secure = "; Secure" if is_secure(scope) else ""
    return f"{cookie_name(scope)}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{ends}"


def cookie_of(scope: Scope) -> str | None:
    """The cookie that a request brings."""
    return cookie_parser(Headers(scope=scope).get("cookie", "")).get(cookie_name(scope)) or None


def set_known_cookie(scope: Scope, value: str) -> str:
    """`Set-Cookie` of a browser that somebody came in with: it is known at its next sign-in."""
    secure = "; Secure" if is_secure(scope) else ""
    age = int(known_browsers.KNOWN.total_seconds())
    return f"{_KNOWN_COOKIES[is_secure(scope)]}={value}; Path=/; HttpOnly; SameSite=Strict{secure}; Max-Age={age}"


def known_cookie_of(scope: Scope) -> str | None:
    """The cookie by which a browser is known that somebody came in with before."""
    return cookie_parser(Headers(scope=scope).get("cookie", "")).get(_KNOWN_COOKIES[is_secure(scope)]) or None


def check_same_origin(scope: Scope) -> None:
    """Raises Forbidden for what a page of another site had a browser send.

    By `Sec-Fetch-Site`, which browsers set and pages cannot, or else by `Origin`. What sends neither is no browser, and
    has no cookie of anybody.
    """
    if scope["method"] in _SAFE:
        return
    headers = Headers(scope=scope)
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None:
        is_ours = site in ("same-origin", "none")
    elif origin is not None:
        is_ours = urlsplit(origin).netloc == headers.get("host")
    else:
        return
    if not is_ours:
        raise Forbidden("This was sent by a page of another site")


async def caller(scope: Scope, configured: Keys, hub: Hub | None) -> Caller:
    """Who sends a request; raises Unauthenticated, WrongKey, Forbidden, StoreUnavailable.

    `hub`: None for an application that has no database.
    """
    headers, now = Headers(scope=scope), datetime.now(UTC)
    if hub is None or hub.pools.writes is None:
        return configured.caller(headers)
    if (key := sent(headers)) is not None:
        known = configured.find(key)
        if known is not None:
            return known
        found = await hub.pools.write(lambda conn: keys.find(conn, key, now))
        if found is None:
            raise WrongKey("The key is not one of this hub's")
        return Caller(found.name, frozenset(found.scopes))  # type: ignore[arg-type]
    if (cookie := cookie_of(scope)) is None:
        raise Unauthenticated("A key is needed: Authorization: Bearer KEY; people sign in at /login")
    check_same_origin(scope)
    needs_factor = hub.settings.second_factor == "required"
    in_use = _BY_ITSELF not in headers and headers.get("accept") != _LISTENS
    person = await hub.pools.write(lambda conn: person_of(conn, cookie, now, needs_factor, in_use=in_use))
    if person is None:
        raise Unauthenticated("This browser is not signed in any more: sign in at /login")
    return person


def person_of(
    conn: psycopg.Connection, cookie: str, now: datetime, needs_factor: bool, *, in_use: bool = True
) -> Person | None:
    """Whose cookie it is; None where its second factor is still to come. `in_use`: somebody is there."""
    found = sign_ins.who(conn, cookie, now, in_use=in_use)
    if found is None or not found.is_whole:
        return None
    lacks = needs_factor and role(found.role).needs_second_factor and not found.has_second_factor
    is_ready = not (found.must_change or lacks)
    return Person(
        found.name, scopes_of(found.role), True, is_ready, signed_in=found, cookie=cookie, asked_at=now
    )


def is_still(conn: psycopg.Connection, before: Person, now: datetime, needs_factor: bool) -> bool:
    """Is somebody still signed in with this browser, and may do what they could? It is not noted as use."""
    found = person_of(conn, before.cookie, now, needs_factor, in_use=False)
    return found is not None and found.is_ready and found.scopes == before.scopes


def is_looked_up(scope: Scope, configured: Keys, access: Access | None) -> bool:
    """Does it take the database to know who sends a request?"""
    if access is None or access.is_public:
        return False
    key = sent(Headers(scope=scope))
    return cookie_of(scope) is not None if key is None else configured.find(key) is None


def caller_person(request: Request) -> Person:
    """Who sends a request to a route that is for people."""
    person = request.state.caller
    assert isinstance(person, Person)  # noqa: S101 - held by the edge
    return person


def leads_to(scope: Scope, refusal: CityHubError) -> Response | None:
    """Where who opens a page is sent so that they may see it; None for programs, and where nothing helps."""
    headers = Headers(scope=scope)
    path: str = scope["path"]
    if scope["method"] != "GET" or path.startswith("/api/") or "text/html" not in headers.get("accept", ""):
        return None
    if isinstance(refusal, NotReadyYet):
        return _see("/account")
    if isinstance(refusal, Unauthenticated):
        query = scope["query_string"].decode("latin-1")
        return _see(f"/login?next={quote(f'{path}?{query}' if query else path, safe='')}")
    return None


def _see(address: str) -> Response:
    return Response(status_code=303, headers={"Location": address, "Cache-Control": "private, no-store"})
