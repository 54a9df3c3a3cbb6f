"""Errors as the public sees them: `application/problem+json` (RFC 9457). One table maps domain errors to answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus

import msgspec
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from api.access import Rules
from api.answers.problems import FieldFault, Problem
from cityhub.errors import (
    CityHubError,
    Conflict,
    Forbidden,
    InvalidInput,
    NotFound,
    RuleBroken,
    StoreRefused,
    StoreUnavailable,
    Unauthenticated,
)
from cityhub.logs import get_logger

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = "2"
_UNCACHED = {"Cache-Control": "private, no-store"}
REALM = 'Bearer realm="cityhub"'

_log = get_logger()


class TooManyClients(CityHubError):
    """As many clients hold a live stream as this process serves at once."""


class TooManyPosts(CityHubError):
    """As many partners send observations as this process takes at once."""


class TooManyReaders(CityHubError):
    """As many requests wait for the database as this process lets wait."""


class TooManyAtTheDoor(CityHubError):
    """As many people wait to be let in as this process lets wait."""


class TooManyRequests(CityHubError):
    """An address or a key has used up its share of requests. `retry_after_s`: until it has one again."""

    def __init__(self, message: str, retry_after_s: int) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class ProviderFailed(CityHubError):
    """A provider of payments does not answer, or does not take a payment; another may."""


class NotReady(CityHubError):
    """The answer is not built yet, or a part that it needs is down; the same call may succeed later."""


class WrongKey(Unauthenticated):
    """A key was sent, and it is not one of this hub's."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """How an error class is told: the last part of its type URI, status and title.

    `detail` stands in the place of the text of an error of just this class, where that is the database's; classes
    derived from it speak for themselves.
    """

    slug: str
    status: int
    title: str
    detail: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


# The nearest class counts: a class derived from one of these is told as that one unless it has a row of its own.
MEANINGS: Mapping[type[CityHubError], Meaning] = {
    InvalidInput: Meaning("invalid-input", 400, "The request cannot be understood"),
    Unauthenticated: Meaning("unauthenticated", 401, "A key is needed", headers={"WWW-Authenticate": REALM}),
    WrongKey: Meaning(
        "unauthenticated",
        401,
        "The key is not known",
        headers={"WWW-Authenticate": f'{REALM}, error="invalid_token"'},
    ),
    Forbidden: Meaning("forbidden", 403, "This is not allowed"),
    NotFound: Meaning("not-found", 404, "There is no such thing"),
    Conflict: Meaning(
        "conflict", 409, "It does not go with what is there", "What is stored already does not allow this."
    ),
    StoreRefused: Meaning(
        "refused", 422, "The data cannot be stored", "The database cannot take this data as it is."
    ),
    RuleBroken: Meaning("rule-broken", 422, "A rule forbids this"),
    StoreUnavailable: Meaning(
        "store-unavailable",
        503,
        "The database does not answer",
        "The database does not answer at the moment; try again shortly.",
    ),
    NotReady: Meaning("not-ready", 503, "Not ready"),
    ProviderFailed: Meaning("provider-failed", 502, "The provider of payments failed"),
    TooManyRequests: Meaning("too-many-requests", 429, "Too many requests"),
    TooManyClients: Meaning("too-many-clients", 503, "Too many live clients"),
    TooManyPosts: Meaning("too-many-posts", 503, "Too many posts at once"),
    TooManyAtTheDoor: Meaning("too-many-at-the-door", 503, "Too many sign in at once"),
    TooManyReaders: Meaning("too-many-readers", 503, "Too many requests at once"),
}


def problem(
    meaning: Meaning | int,
    detail: str,
    faults: Sequence[FieldFault] = (),
    headers: Mapping[str, str] | None = None,
    *,
    rule: str | None = None,
) -> Response:
    """A problem document. A plain status has the type `about:blank` and the status's own phrase as title.

    `rule`: the constraint or rule that forbids it, for programs that tell conflicts apart.
    """
    if isinstance(meaning, int):
        kind, status, title = "about:blank", meaning, HTTPStatus(meaning).phrase
        given = {**_UNCACHED, **(headers or {})}
    else:
        kind, status, title = f"urn:cityhub:problem:{meaning.slug}", meaning.status, meaning.title
        given = {**_UNCACHED, **meaning.headers, **(headers or {})}
    document = Problem(kind, title, status, detail, list(faults), rule)
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        given.setdefault("Retry-After", RETRY_AFTER_S)
    return Response(msgspec.json.encode(document), status, given, MEDIA_TYPE)


def of(error: CityHubError) -> Response:
    """The problem that tells `error`; what the table does not know is an internal error without details."""
    meaning = next((MEANINGS[kind] for kind in type(error).__mro__ if kind in MEANINGS), None)
    if meaning is None:
        _log.error("request failed", error=str(error), kind=type(error).__name__)
        return internal()
    if isinstance(error, StoreUnavailable | StoreRefused):
        _log.warning(meaning.title, error=str(error))
    spoken = MEANINGS.get(type(error))
    detail = str(error) if spoken is None or spoken.detail is None else spoken.detail
    headers = {"Retry-After": str(error.retry_after_s)} if isinstance(error, TooManyRequests) else None
    return problem(meaning, detail, _faults(error), headers=headers, rule=_rule(error))


def _faults(error: CityHubError) -> list[FieldFault]:
    match error:
        case InvalidInput():
            return [FieldFault(error.field, error.problem)]
        case NotFound():
            return [FieldFault("id", str(error))]
    return []


def _rule(error: CityHubError) -> str | None:
    match error:
        case RuleBroken():
            return error.rule
        case StoreRefused():
            return error.constraint
    return None


def internal() -> Response:
    """The problem that tells that the fault is ours, and nothing of its inside."""
    return problem(500, "The hub failed to answer; the operators can see why.")


def nothing_at(path: str) -> Response:
    """The problem that tells that there is nothing at `path`."""
    return problem(404, f"There is nothing at {path}")


def install(app: FastAPI) -> None:
    """Answer the errors that `app` raises on purpose with problem documents; api.edge answers all others.

    The handlers are asynchronous: plain ones would wait for a thread of the pool, and with them every 404.
    """
    app.add_exception_handler(CityHubError, _domain)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(HTTPException, _http)


async def _domain(_request: Request, exc: Exception) -> Response:
    assert isinstance(exc, CityHubError)  # noqa: S101 - starlette hands over what was registered
    return of(exc)


async def _validation(_request: Request, exc: Exception) -> Response:
    assert isinstance(exc, RequestValidationError)  # noqa: S101 - starlette hands over what was registered
    faults = [FieldFault(str(error["loc"][-1]), str(error["msg"])) for error in exc.errors()]
    detail = "; ".join(f"{fault.field}: {fault.problem}" for fault in faults)
    return problem(MEANINGS[InvalidInput], detail, faults)


async def _http(request: Request, exc: Exception) -> Response:
    assert isinstance(exc, HTTPException)  # noqa: S101 - starlette hands over what was registered
    # Not that of request.url, in which the Host header has a say.
    path = request.scope["path"]
    if exc.status_code == HTTPStatus.NOT_FOUND:
        return nothing_at(path)
    if exc.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        # A path may have a route for each method; the router names only those of the first.
        allowed = {"Allow": ", ".join(Rules.of(request.app).methods(path))}
        return problem(exc.status_code, f"{path} does not take {request.method}", headers=allowed)
    return problem(exc.status_code, exc.detail, headers=exc.headers)
