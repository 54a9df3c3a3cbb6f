"""What browsers say that a page's content security policy kept from it. Read into what may be told; pure.

Two shapes are in use: `report-uri` (CSP level 2, `application/csp-report`) and the Reporting API's
(`application/reports+json`). Of both only the directive, the host or the sort of what was kept out, and the page's path
are read: an address may hold a token or a plate, and a sample of a script whatever stood on the page.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import msgspec

from cityhub.errors import InvalidInput

ONE, MANY = "application/csp-report", "application/reports+json"
MOST_BYTES = 32_768
# Browsers gather for a minute.
MOST_REPORTS = 50
OTHER = "other"
# A label of a metric comes out of this list and nowhere else.
DIRECTIVES = frozenset(
    {
        "base-uri",
        "child-src",
        "connect-src",
        "default-src",
        "font-src",
        "form-action",
        "frame-ancestors",
        "frame-src",
        "img-src",
        "manifest-src",
        "media-src",
        "object-src",
        "script-src",
        "script-src-attr",
        "script-src-elem",
        "style-src",
        "style-src-attr",
        "style-src-elem",
        "worker-src",
    }
)
_SORTS = frozenset({"inline", "eval", "wasm-eval", "self", "data", "blob", "about", "filesystem"})
_HOST = re.compile(r"[a-z0-9.-]{1,100}(:\d{1,5})?")


@dataclass(frozen=True, slots=True)
class Kept:
    """Something was kept from a page. `blocked`: its host, or its sort; `path`: of the page, for finding its route."""

    directive: str
    blocked: str
    path: str


def read(body: bytes, media_type: str) -> list[Kept]:
    """What a body tells; reports of other things are left out. Raises InvalidInput for what no browser sends."""
    try:
        document = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise InvalidInput("body", "is no JSON") from None
    found = list(_old(document) if media_type == ONE else _new(document))
    if len(found) > MOST_REPORTS:
        raise InvalidInput("body", f"has more than {MOST_REPORTS} reports")
    return found


def _old(document: Any) -> Iterator[Kept]:
    about = document.get("csp-report") if isinstance(document, dict) else None
    if not isinstance(about, dict):
        raise InvalidInput("body", "must be an object with csp-report in it")
    directive = about.get("effective-directive") or about.get("violated-directive")
    yield _kept(directive, about.get("blocked-uri"), about.get("document-uri"))


def _new(document: Any) -> Iterator[Kept]:
    if not isinstance(document, list) or not all(isinstance(one, dict) for one in document):
        raise InvalidInput("body", "must be a list of reports")
    for one in document:
        about = one.get("body")
        if one.get("type") == "csp-violation" and isinstance(about, dict):
            page = about.get("documentURL", one.get("url"))
            yield _kept(about.get("effectiveDirective"), about.get("blockedURL"), page)


def _kept(directive: Any, blocked: Any, page: Any) -> Kept:
    # Older browsers send the directive with all of its sources.
    name = directive.split(" ", 1)[0].lower() if isinstance(directive, str) else ""
    return Kept(name if name in DIRECTIVES else OTHER, _sort(blocked), _parts(page)[2])


def _sort(blocked: Any) -> str:
    scheme, host, _ = _parts(blocked)
    if scheme in ("http", "https", "ws", "wss"):
        return host if _HOST.fullmatch(host) else OTHER
    if scheme.endswith("-extension"):
        return "extension"
    name = scheme or (blocked if isinstance(blocked, str) else "")
    return name if name in _SORTS else OTHER


def _parts(address: Any) -> tuple[str, str, str]:
    """Scheme, host with port, and path."""
    try:
        parts = urlsplit(address if isinstance(address, str) else "")
    except ValueError:
        return "", "", ""
    # Without a name and password before the host.
    return parts.scheme.lower(), parts.netloc.rpartition("@")[2].lower(), parts.path
