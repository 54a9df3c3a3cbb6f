"""One try to sign in, from the button to the provider's answer: known by a cookie of the browser that began it.

The cookie holds a random seed, of which `state`, `nonce` and the verifier of PKCE are made: the provider sees them and
cannot tell the seed, and whoever has an answer of the provider can use it in no other browser. When it began is in it
too, signed: that it ends is not left to the browser.
"""

import hmac
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from urllib.parse import quote, unquote

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.types import Scope

from api.sign_in import is_secure
from cityhub.words import Language, choose_language

LASTS_S = 600
# The clocks of two replicas.
_AHEAD_S = 60
_COOKIES = {True: "__Host-cityhub-oidc", False: "cityhub-oidc"}


@dataclass(frozen=True, slots=True)
class Attempt:
    """`began_s`: Unix time; `onward`: where to then, as it was asked for, not to be believed."""

    seed: str = field(repr=False)
    began_s: int
    language: Language
    onward: str

    @classmethod
    def new(cls, language: Language, onward: str, now: datetime) -> "Attempt":
        """Another one, that nobody can guess. `now` is aware."""
        return cls(secrets.token_urlsafe(32), int(now.timestamp()), language, onward)

    @classmethod
    def of(cls, scope: Scope, key: bytes, now: datetime) -> "Attempt | None":
        """The one that the browser of a request began; None where it is over at `now` (aware) or not of this hub."""
        kept = cookie_parser(Headers(scope=scope).get("cookie", "")).get(_COOKIES[is_secure(scope)], "")
        seed, began, mark, language, onward = (*kept.split(".", 4), "", "", "", "", "")[:5]
        if len(seed) != 43 or not (began.isascii() and began.isdigit()) or len(began) > 12:
            return None
        attempt = cls(seed, int(began), choose_language(language, None), unquote(onward))
        is_ours = hmac.compare_digest(attempt._mark(key).encode(), mark.encode("utf-8", "replace"))
        return attempt if is_ours and -_AHEAD_S <= now.timestamp() - attempt.began_s <= LASTS_S else None

    @property
    def state(self) -> str:
        """What the provider brings back."""
        return self._made("state")

    @property
    def nonce(self) -> str:
        """What the ID token is made for."""
        return self._made("nonce")

    @property
    def verifier(self) -> str:
        """By which the code is ours alone (PKCE, RFC 7636)."""
        return self._made("verifier")

    @property
    def challenge(self) -> str:
        """What the provider is told of the verifier (S256)."""
        return urlsafe_b64encode(sha256(self.verifier.encode()).digest()).decode().rstrip("=")

    def is_answered_by(self, state: str) -> bool:
        """Is this the provider's answer to this attempt?"""
        return hmac.compare_digest(self.state.encode(), state.encode())

    def cookie(self, scope: Scope, key: bytes) -> str:
        """`Set-Cookie` for the browser that begins it, signed by the hub's `key`."""
        onward = quote(self.onward, safe="")
        return _cookie(
            scope, f"{self.seed}.{self.began_s}.{self._mark(key)}.{self.language}.{onward}", LASTS_S
        )

    def _mark(self, key: bytes) -> str:
        return _digest(key, f"{self.seed}.{self.began_s}")

    def _made(self, purpose: str) -> str:
        return _digest(self.seed.encode("utf-8", "replace"), purpose)


def _digest(key: bytes, text: str) -> str:
    digest = hmac.digest(key, text.encode("utf-8", "replace"), sha256)
    return urlsafe_b64encode(digest).decode().rstrip("=")


def forget(scope: Scope) -> str:
    """`Set-Cookie` that ends an attempt, whatever came of it: an answer is good once."""
    return _cookie(scope, "", 0)


def _cookie(scope: Scope, value: str, lasts_s: int) -> str:
    # Lax: the provider's answer comes as a link from another site.
    secure = "; Secure" if is_secure(scope) else ""
    name = _COOKIES[is_secure(scope)]
    return f"{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={lasts_s}{secure}"
