"""A name for each request, by which its answer and the lines of the log are found together.

A caller may bring its own in `X-Request-Id`: 16 to 64 letters, digits and `.-_`, so that neither a plate nor a
telephone number is one. Anything else is replaced by a new one.
"""

import re
import secrets

from starlette.types import Scope

HEADER = b"x-request-id"
_GOOD = re.compile(rb"[A-Za-z0-9._-]{16,64}")


def of(scope: Scope) -> str:
    """The request's own id, or a new one."""
    for name, value in scope["headers"]:
        if name == HEADER and _GOOD.fullmatch(value):
            return bytes(value).decode("ascii")
    return secrets.token_hex(8)
