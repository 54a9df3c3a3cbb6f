"""Entity tags and conditional answers (RFC 9110, sections 8.8 and 13.1)."""

import hashlib
import re

from fastapi import Request, Response

_ENTITY_TAG = re.compile(r'(?:W/)?("[^"]*")')


def etag_of(body: bytes) -> str:
    """The strong entity tag of `body`: equal bytes, equal tag, in every process."""
    return f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'


def is_known(if_none_match: str | None, etag: str) -> bool:
    """Does the client's If-None-Match name `etag` (weak comparison) or say `*`?"""
    if if_none_match is None:
        return False
    return if_none_match.strip() == "*" or etag in _ENTITY_TAG.findall(if_none_match)


def answer(
    request: Request, body: bytes, *, max_age_s: int, media_type: str = "application/json"
) -> Response:
    """`body` with ETag and Cache-Control, or 304 when the client has it already."""
    etag = etag_of(body)
    headers = {"ETag": etag, "Cache-Control": f"public, max-age={max_age_s}"}
    if is_known(request.headers.get("if-none-match"), etag):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type=media_type)
