"""Bytes that are sent to many browsers: compressed once, known by a version."""

import gzip
import hashlib
from dataclasses import dataclass
from typing import Final, Self

HTML: Final = "text/html; charset=utf-8"
_PACKED: Final = ("text/",)


@dataclass(frozen=True, slots=True)
class Content:
    """A page or a file. `version` changes with the bytes; `gzipped` is None where packing brings nothing."""

    body: bytes
    gzipped: bytes | None
    media_type: str
    version: str

    @classmethod
    def of(cls, body: bytes, media_type: str) -> Self:
        """`body` made ready to be sent."""
        gzipped = gzip.compress(body, mtime=0) if media_type.startswith(_PACKED) else None
        return cls(body, gzipped, media_type, hashlib.sha256(body).hexdigest()[:12])
