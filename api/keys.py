"""Which partner sends a request, by its key."""

import hmac
from collections.abc import Mapping
from hashlib import sha256

from fastapi import HTTPException
from starlette.datastructures import Headers

from cityhub.config import read_keys

REALM = 'Bearer realm="cityhub"'


class Keys:
    """The partners' keys, held as digests: comparing those takes the same time whatever was sent."""

    def __init__(self, keys: Mapping[str, str]) -> None:
        self._digests = {name: _digest(key) for name, key in keys.items()}

    @classmethod
    def of(cls, text: str) -> "Keys":
        """Keys from the setting `name:key,name:key`."""
        return cls(read_keys(text))

    def partner(self, headers: Headers) -> str:
        """The name of the partner whose key the headers hold; raises HTTPException 403 or 401."""
        if not self._digests:
            raise HTTPException(403, "No keys are configured: this hub takes no observations over HTTP")
        key = sent(headers)
        if key is None:
            raise HTTPException(
                401, "A key is needed: Authorization: Bearer KEY", {"WWW-Authenticate": REALM}
            )
        digest = _digest(key)
        # No early end: the time must not tell how far down the list a key stands.
        found = [name for name, known in self._digests.items() if hmac.compare_digest(known, digest)]
        if not found:
            refused = {"WWW-Authenticate": f'{REALM}, error="invalid_token"'}
            raise HTTPException(401, "The key is not one of this hub's", refused)
        return found[0]


def sent(headers: Headers) -> str | None:
    """The key in `Authorization: Bearer KEY` or `X-API-Key: KEY`, None without either."""
    scheme, _, key = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and key.strip():
        return key.strip()
    return headers.get("x-api-key") or None


def _digest(key: str) -> bytes:
    return sha256(key.encode("latin-1", "replace")).digest()
