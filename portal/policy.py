"""The content security policy of a page: only the hub's own files and the page's own inline scripts run."""

import base64
import hashlib
import re
from typing import Final
from urllib.parse import urlsplit

from cityhub.addresses import origins

# Where browsers report what a policy kept from a page (api/routes/policy_reports.py), by the older `report-uri`: who
# knows `report-to` goes by that alone, and Chromium then reports nothing without TLS.
REPORTS: Final = "/policy-reports"
_INLINE_SCRIPT: Final = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def content_security_policy(
    html: str, *, tiles_url: str = "", embed: bool = False, framed_by: str = ""
) -> str:
    """The header for `html`. Inline scripts are named by their SHA-256.

    `embed` pages may be framed by the origins of `framed_by`, parted by commas: by all of the web when it is empty.
    """
    framing = " ".join(("'self'", *sorted(origins(framed_by)))) if framed_by else "*"
    scripts = ["'self'", *(_hash(script) for script in _INLINE_SCRIPT.findall(html))]
    images = ["'self'", "data:", *_tile_hosts(tiles_url)]
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src {' '.join(scripts)}",
            f"img-src {' '.join(images)}",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            f"frame-ancestors {framing if embed else chr(39) + 'self' + chr(39)}",
            f"report-uri {REPORTS}",
        )
    )


def _hash(script: str) -> str:
    digest = hashlib.sha256(script.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _tile_hosts(tiles_url: str) -> list[str]:
    """The tiles' origin; a `{s}` subdomain becomes a wildcard. Tiles of the hub's own host need none."""
    parts = urlsplit(tiles_url.replace("{s}", "*"))
    return [f"{parts.scheme}://{parts.netloc}"] if parts.netloc else []
