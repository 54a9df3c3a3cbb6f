"""The body of a post: its media type, size, compression, and the items in it. Bounded before it is read."""

import io
import json
import math
import re
import zlib
from asyncio import timeout
from collections.abc import Iterator
from typing import Any, NamedTuple

from fastapi import HTTPException, Request
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect

JSON, LINES = "application/json", "application/x-ndjson"
MAX_BYTES = 8 * 1024 * 1024
MAX_ITEMS = 10_000
# Streams that are joined from parts have some members; a body made of nothing else has half a million.
MAX_MEMBERS = 10_000
_WINDOW_BYTES = 512
# A partner that sends slower holds up the others.
SEND_S = 60

_BLANKS = re.compile(r"[ \t\r\n]*")
# More digits than a number can have that anything measures. Python takes none with more than 4,300.
_MOST_DIGITS = 400


def _whole_number(digits: str) -> int | float:
    """A number of absurd length is none, but no reason to refuse the items beside it."""
    return int(digits) if len(digits) <= _MOST_DIGITS else math.inf


_decoder = json.JSONDecoder(parse_int=_whole_number)


class Item(NamedTuple):
    """One item as it was sent, and as read; `problem` says why it could not be read."""

    payload: bytes
    document: Any
    problem: str | None = None


class Form(NamedTuple):
    """How a body is written down."""

    media_type: str
    is_gzip: bool


def form_of(headers: Headers) -> Form:
    """What the headers say of the body; raises HTTPException 415 for what is not taken, 413 for too much."""
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in (JSON, LINES):
        raise HTTPException(415, f"Content-Type must be {JSON} or {LINES}", {"Accept": f"{JSON}, {LINES}"})
    coding = headers.get("content-encoding", "identity").strip().lower()
    if coding not in ("identity", "gzip", "x-gzip"):
        raise HTTPException(415, "Content-Encoding must be gzip or none", {"Accept-Encoding": "gzip"})
    declared = headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > MAX_BYTES:
        raise _too_large()
    return Form(media_type, coding != "identity")


async def receive(request: Request) -> bytes:
    """The body as sent; raises HTTPException 413 as soon as it is too large, 408 when it takes too long."""
    body = bytearray()
    try:
        async with timeout(SEND_S):
            async for chunk in request.stream():
                body += chunk
                if len(body) > MAX_BYTES:
                    raise _too_large()
    except TimeoutError:
        raise HTTPException(408, f"The body did not come within {SEND_S} seconds") from None
    except ClientDisconnect:
        raise HTTPException(400, "The connection ended before the body") from None
    return bytes(body)


def items(body: bytes, form: Form) -> list[Item]:
    """The items of a body; raises HTTPException 400 for what cannot be read, 413 for too much."""
    if form.is_gzip:
        body = inflate(body)
    found: list[Item] = []
    for item in _lines(body) if form.media_type == LINES else _elements(body):
        if len(found) == MAX_ITEMS:
            raise HTTPException(413, f"More than {MAX_ITEMS} items; send them in several requests")
        found.append(item)
    return found


def inflate(body: bytes) -> bytes:
    """The body without its gzip, of one or more members; raises HTTPException 400 or 413.

    Takes time in proportion to what comes in and out: zlib copies what follows a member, so it sees a window at a time.
    """
    plain = bytearray()
    view, position, members = memoryview(body), 0, 0
    try:
        while position < len(body):
            members += 1
            if members > MAX_MEMBERS:
                raise HTTPException(400, f"The gzip has more than {MAX_MEMBERS} members; pack it as one")
            inflater = zlib.decompressobj(16 + zlib.MAX_WBITS)
            window = _WINDOW_BYTES
            while not inflater.eof and position < len(body):
                piece = view[position : position + window]
                plain += inflater.decompress(piece, MAX_BYTES + 1 - len(plain))
                if len(plain) > MAX_BYTES:
                    raise _too_large()
                position += len(piece) - len(inflater.unused_data) - len(inflater.unconsumed_tail)
                window = min(2 * window, MAX_BYTES)
            if not inflater.eof:
                raise HTTPException(400, "The gzip is cut off")
    except zlib.error:
        raise HTTPException(400, "The body is no gzip") from None
    return bytes(plain)


def _lines(body: bytes) -> Iterator[Item]:
    for line in io.BytesIO(body):
        payload = line.strip()
        if payload:
            yield _line(payload)


def _line(payload: bytes) -> Item:
    try:
        return Item(payload, _decoder.decode(payload.decode()))
    except (ValueError, RecursionError) as exc:
        return Item(payload, None, str(exc))


def _elements(body: bytes) -> Iterator[Item]:
    """The elements of an array one by one, so that a long array of nothing takes no memory.

    NaN and 1e999 pass, as they do over MQTT: the good values beside them can be kept.
    """
    count = 0
    try:
        text = body.decode()
        position = _skip(text, 0)
        if text[position : position + 1] != "[":
            raise HTTPException(400, "The body must be a JSON array of items")
        position = _skip(text, position + 1)
        closed = text[position : position + 1] == "]"
        while not closed:
            document, end = _decoder.raw_decode(text, position)
            yield Item(text[position:end].encode(), document)
            count += 1
            position = _skip(text, end)
            closed = text[position : position + 1] == "]"
            if not closed:
                if text[position : position + 1] != ",":
                    raise ValueError(f"',' or ']' expected at character {position}")
                position = _skip(text, position + 1)
        if _skip(text, position + 1) != len(text):
            raise ValueError(f"more after the array, at character {position + 1}")
    except (ValueError, RecursionError) as exc:
        where = f" after {count} items" if count else ""
        raise HTTPException(400, f"The body is no JSON{where}: {str(exc)[:200]}") from None


def _skip(text: str, position: int) -> int:
    match = _BLANKS.match(text, position)
    return match.end() if match else position


def _too_large() -> HTTPException:
    return HTTPException(413, f"The body is larger than {MAX_BYTES} bytes; send it in several requests")
