"""Which partner sends a request, by its key."""

import hmac
from collections.abc import Mapping
from hashlib import sha256

from starlette.datastructures import Headers

from api.access import Caller
from api.problems import WrongKey
from cityhub import api_keys
from cityhub.api_keys import Partner
from cityhub.errors import Forbidden, Unauthenticated


class Keys:
    """The partners' keys, held as digests: comparing those takes the same time whatever was sent."""

    def __init__(self, partners: Mapping[str, Partner]) -> None:
        self._digests = {name: _digest(partner.key) for name, partner in partners.items()}
        self._scopes = {name: partner.scopes for name, partner in partners.items()}

    @classmethod
    def of(cls, text: str) -> "Keys":
        """Keys from the setting CITYHUB_API_KEYS."""
        return cls(api_keys.read(text))

    def caller(self, headers: Headers) -> Caller:
        """Who sends a request with these headers; raises Unauthenticated, or Forbidden when there are no keys."""
        if not self._digests:
            raise Forbidden("No keys are configured: this hub takes no requests that need one")
        key = sent(headers)
        if key is None:
            raise Unauthenticated("A key is needed: Authorization: Bearer KEY")
        found = self.find(key)
        if found is None:
            raise WrongKey("The key is not one of this hub's")
        return found

    def find(self, key: str) -> Caller | None:
        """Whose key it is; None for one that the settings do not name."""
        digest = _digest(key)
        # No early end: the time must not tell how far down the list a key stands.
        found = [name for name, known in self._digests.items() if hmac.compare_digest(known, digest)]
        return Caller(found[0], self._scopes[found[0]]) if found else None


def sent(headers: Headers) -> str | None:
    """The key in `Authorization: Bearer KEY` or `X-API-Key: KEY`, None without either."""
    scheme, _, key = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and key.strip():
        return key.strip()
    return headers.get("x-api-key") or None


def _digest(key: str) -> bytes:
    return sha256(key.encode("latin-1", "replace")).digest()
