"""Opaque cursors: the keyset of the last row given, bound to the filters of the query it belongs to; and `next`."""

import base64
import binascii
import hashlib
from collections.abc import Mapping
from typing import TypeVar
from urllib.parse import quote, urlencode

import msgspec
from fastapi import Request

from cityhub.errors import InvalidInput

Key = TypeVar("Key")
# A keyset is a distance, an id or a time; anything longer was not made here.
_MAX_LENGTH = 400


def encode(filters: Mapping[str, object], key: tuple[object, ...]) -> str:
    """The cursor after the row with keyset `key` in the list that `filters` select."""
    text = msgspec.json.encode([_digest(filters), key])
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def decode(cursor: str, filters: Mapping[str, object], key_type: type[Key]) -> Key:
    """The keyset in `cursor`; raises InvalidInput when it is damaged or belongs to other filters."""
    try:
        if len(cursor) > _MAX_LENGTH:
            raise ValueError("too long")
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        text = base64.b64decode(padded, altchars=b"-_", validate=True)
        digest, raw = msgspec.json.decode(text, type=tuple[str, msgspec.Raw])
        key = msgspec.json.decode(raw, type=key_type)
    except (ValueError, binascii.Error, msgspec.MsgspecError) as exc:
        raise InvalidInput("cursor", "not a cursor of this hub; leave it out to start again") from exc
    if digest != _digest(filters):
        raise InvalidInput("cursor", "belongs to another query; leave it out to start this one")
    return key


def next_page(request: Request, cursor: str) -> str:
    """The URL reference of the page at `cursor`: path and query (RFC 3986, section 4.2).

    Without scheme and host: those of the request are whatever its sender wrote into the Host header.
    """
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
    return f"{quote(request.scope['path'])}?{urlencode([*kept, ('cursor', cursor)])}"


def _digest(filters: Mapping[str, object]) -> str:
    text = msgspec.json.encode(sorted((name, str(value)) for name, value in filters.items()))
    return hashlib.blake2b(text, digest_size=6).hexdigest()
