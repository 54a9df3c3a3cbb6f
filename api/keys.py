"""Which partner sends a request, by its key."""

import hmac
from collections.abc import Mapping
from hashlib import sha256

from starlette.datastructures import Headers

from api.access import Caller, Scope
from api.problems import WrongKey
from cityhub.config import read_keys
from cityhub.errors import Forbidden, Unauthenticated

# What the keys in the settings are good for. Keys with scopes of their own come with accounts.
SCOPES: frozenset[Scope] = frozenset({"observations:write"})


class Keys:
    """The partners' keys, held as digests: comparing those takes the same time whatever was sent."""

    def __init__(self, keys: Mapping[str, str]) -> None:
        self._digests = {name: _digest(key) for name, key in keys.items()}

    @classmethod
    def of(cls, text: str) -> "Keys":
        """Keys from the setting `name:key,name:key`."""
        return cls(read_keys(text))

    def caller(self, headers: Headers) -> Caller:
        """Who sends a request with these headers; raises Unauthenticated, or Forbidden when there are no keys."""
        if not self._digests:
            raise Forbidden("No keys are configured: this hub takes no requests that need one")
        key = sent(headers)
        if key is None:
            raise Unauthenticated("A key is needed: Authorization: Bearer KEY")
        digest = _digest(key)
        # No early end: the time must not tell how far down the list a key stands.
        found = [name for name, known in self._digests.items() if hmac.compare_digest(known, digest)]
        if not found:
            raise WrongKey("The key is not one of this hub's")
        return Caller(found[0], SCOPES)


def sent(headers: Headers) -> str | None:
    """The key in `Authorization: Bearer KEY` or `X-API-Key: KEY`, None without either."""
    scheme, _, key = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and key.strip():
        return key.strip()
    return headers.get("x-api-key") or None


def _digest(key: str) -> bytes:
    return sha256(key.encode("latin-1", "replace")).digest()
