"""The body of a post: its media type, size, compression, and the items in it. Bounded before it is read."""

import codecs
import io
import json
import re
import zlib
from asyncio import timeout
from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple

from fastapi import HTTPException, Request
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect

from cityhub.observing import json_text

JSON, LINES = "application/json", "application/x-ndjson"
MAX_BYTES = 8 * 1024 * 1024
MAX_ITEMS = 10_000
# Streams that are joined from parts have some members; a body made of nothing else has half a million.
MAX_MEMBERS = 10_000
_WINDOW_BYTES = 512
# A partner that sends slower holds up the others.
SEND_S = 60

_BLANKS = re.compile(r"[ \t\r\n]*")


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


async def receive(request: Request, most: int = MAX_BYTES) -> bytes:
    """The body as sent; raises HTTPException 413 as soon as it is larger than `most` bytes, 408 when it is slow."""
    body = bytearray()
    try:
        async with timeout(SEND_S):
            async for chunk in request.stream():
                body += chunk
                if len(body) > most:
                    raise _too_large(most)
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
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        body = json_text.text(body).encode("utf-8", "replace")
    for line in io.BytesIO(body):
        payload = line.strip()
        if payload:
            yield _line(payload)


def _line(payload: bytes) -> Item:
    try:
        return Item(payload, json_text.read(payload))
    except json_text.BadJson as exc:
        return Item(payload, None, str(exc))


def _elements(body: bytes) -> Iterator[Item]:
    """The elements of an array one by one, so that a long array of nothing takes no memory.

    A bad value of one element is mended as it is over MQTT: the good ones beside it can be kept.
    """
    text = json_text.text(body)
    given = 0
    try:
        for item in _elements_of(text):
            yield item
            given += 1
    except json.JSONDecodeError as exc:
        mended = json_text.mended(text)
        if mended == text:
            raise _no_json(given, json_text.words(exc)) from None
        yield from islice(_mended_elements(mended, exc), given, None)
    except RecursionError:
        raise _no_json(given, "no JSON: nested too deeply") from None


def _mended_elements(text: str, fault: json.JSONDecodeError) -> Iterator[Item]:
    given = 0
    try:
        for item in _elements_of(text):
            yield item
            given += 1
    except (json.JSONDecodeError, RecursionError):
        raise _no_json(given, json_text.words(fault)) from None


def _elements_of(text: str) -> Iterator[Item]:
    """Raises HTTPException where it is no array, JSONDecodeError or RecursionError where it cannot be read."""
    position = _skip(text, 0)
    if text[position : position + 1] != "[":
        raise HTTPException(400, "The body must be a JSON array of items")
    position = _skip(text, position + 1)
    closed = text[position : position + 1] == "]"
    while not closed:
        document, end = json_text.decoder.raw_decode(text, position)
        yield Item(text[position:end].encode("utf-8", "surrogatepass"), document)
        position = _skip(text, end)
        closed = text[position : position + 1] == "]"
        if not closed:
            if text[position : position + 1] != ",":
                raise json.JSONDecodeError("Expecting ',' delimiter", text, position)
            position = _skip(text, position + 1)
    if _skip(text, position + 1) != len(text):
        raise json.JSONDecodeError("Extra data", text, _skip(text, position + 1))


def _no_json(given: int, words: str) -> HTTPException:
    where = f", after {given} items" if given else ""
    return HTTPException(400, f"The body cannot be read{where}: {words}")


def _skip(text: str, position: int) -> int:
    match = _BLANKS.match(text, position)
    return match.end() if match else position


def _too_large(most: int = MAX_BYTES) -> HTTPException:
    how = "; send it in several requests" if most == MAX_BYTES else ""
    return HTTPException(413, f"The body is larger than {most} bytes{how}")
