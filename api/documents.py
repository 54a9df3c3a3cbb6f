"""A request's one small JSON document, read before a route runs.

def post(asked: Annotated[QuoteRequest, Depends(document(QuoteRequest))]) -> Response: ...
"""

import re
from collections.abc import Awaitable, Callable
from typing import TypeVar

import msgspec
from fastapi import HTTPException, Request

from api.bodies import JSON, receive
from cityhub.errors import InvalidInput

MAX_BYTES = 16_384

_PLACE = re.compile(r"(?P<problem>.*) - at `(?:key in )?\$\.?(?P<field>[^`]*)`$", re.DOTALL)

_Model = TypeVar("_Model", bound=msgspec.Struct)


def document(model: type[_Model]) -> Callable[[Request], Awaitable[_Model]]:
    """A dependency that reads a body as `model`.

    Raises InvalidInput for a field that cannot be used, HTTPException 400, 408, 413, 415 for what cannot be read.
    """

    async def read(request: Request) -> _Model:
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type != JSON:
            raise HTTPException(415, f"Content-Type must be {JSON}", {"Accept": JSON})
        return decode(await receive(request, MAX_BYTES), model)

    return read


def optional_document(model: type[_Model]) -> Callable[[Request], Awaitable[_Model]]:
    """As `document` for a model of which every field has a default: without a body it is made of those."""
    read = document(model)

    async def read_any(request: Request) -> _Model:
        has_body = request.headers.get("content-length", "0") != "0" or "transfer-encoding" in request.headers
        return await read(request) if has_body else model()

    return read_any


def decode(body: bytes, model: type[_Model]) -> _Model:
    """The document in a body; raises as `document`."""
    try:
        return msgspec.json.decode(body, type=model)
    except msgspec.ValidationError as exc:
        match = _PLACE.fullmatch(str(exc))
        field, problem = ("body", str(exc)) if match is None else (match["field"], match["problem"])
        raise InvalidInput(field or "body", problem[:1].lower() + problem[1:]) from exc
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        raise HTTPException(400, "The body is no JSON") from exc
