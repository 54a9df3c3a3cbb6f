"""Errors as the public sees them: `application/problem+json` (RFC 9457). One table maps domain errors to status."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

import msgspec
import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from cityhub.errors import CityHubError, InvalidInput, NotFound, StoreUnavailable

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = "2"

_log = structlog.get_logger()


class TooManyClients(CityHubError):
    """As many clients hold a live stream as this process serves at once."""


class TooManyPosts(CityHubError):
    """As many partners send observations as this process takes at once."""


class NotReady(CityHubError):
    """The answer is not built yet, or a part that it needs is down; the same call may succeed later."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """How an error class is told: the last part of its type URI, status and title."""

    slug: str
    status: int
    title: str


MEANINGS: Mapping[type[CityHubError], Meaning] = {
    InvalidInput: Meaning("invalid-input", 400, "The request cannot be understood"),
    NotFound: Meaning("not-found", 404, "There is no such thing"),
    StoreUnavailable: Meaning("store-unavailable", 503, "The database does not answer"),
    NotReady: Meaning("not-ready", 503, "Not ready"),
    TooManyClients: Meaning("too-many-clients", 503, "Too many live clients"),
    TooManyPosts: Meaning("too-many-posts", 503, "Too many posts at once"),
}


class FieldFault(msgspec.Struct, frozen=True):
    """What is wrong with one field of the request."""

    field: str
    problem: str


def problem(
    meaning: Meaning | int,
    detail: str,
    faults: Sequence[FieldFault] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A problem document. A plain status has the type `about:blank` and the status's own phrase as title."""
    if isinstance(meaning, int):
        kind, status, title = "about:blank", meaning, HTTPStatus(meaning).phrase
    else:
        kind, status, title = f"urn:cityhub:problem:{meaning.slug}", meaning.status, meaning.title
    document = {"type": kind, "title": title, "status": status, "detail": detail}
    if faults:
        document["errors"] = faults
    given = {"Cache-Control": "no-store", **(headers or {})}
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        given.setdefault("Retry-After", RETRY_AFTER_S)
    return Response(msgspec.json.encode(document), status, given, MEDIA_TYPE)


def of(error: CityHubError) -> Response:
    """The problem that tells `error`; what the table does not know is an internal error without details."""
    meaning = next((row for kind, row in MEANINGS.items() if isinstance(error, kind)), None)
    if meaning is None:
        _log.error("request failed", error=str(error), kind=type(error).__name__)
        return internal()
    if isinstance(error, StoreUnavailable):
        _log.warning("store unavailable", error=str(error))
        return problem(meaning, "The database does not answer at the moment; try again shortly.")
    if isinstance(error, InvalidInput):
        return problem(meaning, str(error), [FieldFault(error.field, error.problem)])
    if isinstance(error, NotFound):
        return problem(meaning, str(error), [FieldFault("id", str(error))])
    return problem(meaning, str(error))


def internal() -> Response:
    """The problem that tells that the fault is ours, and nothing of its inside."""
    return problem(500, "The hub failed to answer; the operators can see why.")


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
        detail = f"There is nothing at {path}"
    elif exc.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        detail = f"{path} does not take {request.method}"
    else:
        detail = exc.detail
    return problem(exc.status_code, detail, headers=exc.headers)
