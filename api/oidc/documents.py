"""What a provider publishes of itself: where to ask what (discovery), and the keys that it signs with. Kept an hour."""

import asyncio
import time
from typing import Any, TypeVar

import msgspec

from api.oidc.calls import Calls
from api.oidc.refusals import Refused
from cityhub.addresses import origin_of

KEPT_S = 3600
# Who clicks while the provider is away asks it as often.
AWAY_S = 5
_Document = TypeVar("_Document")


class Metadata(msgspec.Struct, frozen=True):
    """OpenID Connect Discovery 1.0, 3: what the hub uses of it."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None = None
    end_session_endpoint: str | None = None
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    authorization_response_iss_parameter_supported: bool = False


class _Keys(msgspec.Struct):
    keys: list[dict[str, Any]]


def decoded(body: bytes, kind: type[_Document]) -> _Document | None:
    """What a provider answers; None where that is no such JSON, as an error page of what stands before it."""
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


class Documents:
    """Of one issuer."""

    def __init__(self, issuer: str, calls: Calls) -> None:
        self._issuer, self._calls = issuer, calls
        self._metadata: tuple[Metadata, float] | None = None
        self._away: tuple[Refused, float] | None = None
        self._reading = asyncio.Lock()
        self._keys: tuple[list[dict[str, Any]], float] | None = None

    async def metadata(self) -> Metadata:
        """Where to ask what; raises Refused. Read once for all who come, also where it cannot be read."""
        async with self._reading:
            if self._metadata is not None and time.monotonic() - self._metadata[1] <= KEPT_S:
                return self._metadata[0]
            if self._away is not None and time.monotonic() - self._away[1] <= AWAY_S:
                raise Refused(self._away[0].reason, str(self._away[0]))
            try:
                found = await self._read()
            except Refused as refused:
                self._away = (refused, time.monotonic())
                raise
            self._metadata, self._away = (found, time.monotonic()), None
            return found

    @property
    def known(self) -> Metadata | None:
        """What was read last, however long ago."""
        return None if self._metadata is None else self._metadata[0]

    async def _read(self) -> Metadata:
        found = await self._fetch(f"{self._issuer.rstrip('/')}/.well-known/openid-configuration", Metadata)
        if found.issuer != self._issuer:
            raise Refused("provider", "the provider calls itself otherwise than CITYHUB_OIDC_ISSUER")
        asked = (found.token_endpoint, found.jwks_uri, found.authorization_endpoint)
        more = filter(None, (found.userinfo_endpoint, found.end_session_endpoint))
        for address in (*asked, *more):
            _check(address)
        return found

    async def keys(self, *, anew: bool = False) -> list[dict[str, Any]]:
        """The keys (JWK) that it signs with; `anew`: one of them is not known yet. Raises Refused."""
        if anew or self._keys is None or time.monotonic() - self._keys[1] > KEPT_S:
            found = await self._fetch((await self.metadata()).jwks_uri, _Keys)
            self._keys = (found.keys, time.monotonic())
        return self._keys[0]

    async def _fetch(self, url: str, kind: type[_Document]) -> _Document:
        status, body = await self._calls.send("GET", url)
        if status != 200:
            raise Refused("unavailable", f"the provider answers {status} where it should describe itself")
        found = decoded(body, kind)
        if found is None:
            raise Refused("unavailable", "what the provider says of itself cannot be read")
        return found


def _check(address: str) -> None:
    try:
        origin_of(address)
    except ValueError:
        raise Refused("provider", "the provider names an address that is not https") from None
