"""The city's provider as this hub asks it: where a browser is sent, and who came back."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus, urlencode

import msgspec
from anyio import to_thread

from api.oidc import tokens
from api.oidc.calls import Calls
from api.oidc.documents import Documents, Metadata, decoded
from api.oidc.refusals import Refused
from api.oidc.tokens import UnknownKey
from cityhub.accounts.city_provider import CityProvider
from cityhub.config import Settings

if TYPE_CHECKING:
    from api.oidc.attempts import Attempt

CALLBACK = "/login/oidc/callback"

Claims = Mapping[str, Any]


class _Answer(msgspec.Struct):
    """Of the token endpoint (RFC 6749, 5)."""

    id_token: str | None = None
    access_token: str | None = None


class Provider:
    """To be used in one event loop, and closed. `public_url`: where the hub is reached."""

    def __init__(self, city: CityProvider, public_url: str) -> None:
        self.city = city
        self._callback = f"{public_url.rstrip('/')}{CALLBACK}"
        self._after = f"{public_url.rstrip('/')}/login"
        self._calls = Calls()
        self._documents = Documents(city.issuer, self._calls)
        # Read once, by who comes first.
        self.attempt_key: bytes | None = None

    @classmethod
    def of(cls, settings: Settings) -> "Provider | None":
        """None where the settings name none; raises SettingsError where a part is missing."""
        city = CityProvider.of(settings)
        return None if city is None else cls(city, settings.public_url.get_secret_value())

    async def address(self, attempt: "Attempt") -> str:
        """Where the browser is sent to sign in. Raises Refused."""
        metadata = await self._documents.metadata()
        asked = {
            "response_type": "code",
            "client_id": self.city.client_id,
            "redirect_uri": self._callback,
            "scope": self.city.scope,
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": attempt.challenge,
            "code_challenge_method": "S256",
            "ui_locales": attempt.language,
        }
        return _with(metadata.authorization_endpoint, asked)

    async def claims(self, attempt: "Attempt", code: str, issuer: str | None) -> Claims:
        """Who came back with `code`; `issuer`: whom the answer says it is of (RFC 9207). Raises Refused."""
        metadata = await self._documents.metadata()
        if issuer != metadata.issuer and (
            issuer is not None or metadata.authorization_response_iss_parameter_supported
        ):
            raise Refused("attempt", "the answer is of another provider")
        answer = await self._exchange(metadata, attempt, code)
        claims = await self._believed(answer, attempt)
        if not self.city.rules.is_told(claims) and metadata.userinfo_endpoint and answer.access_token:
            more = await self._more(metadata.userinfo_endpoint, answer.access_token, claims)
            # What is signed goes before what is not, but for the claim that told no role; and it alone proves a factor.
            told = self.city.rules.claim.partition(".")[0]
            signed = {name: value for name, value in claims.items() if name != told}
            claims = {**more, "amr": None, "acr": None, **signed}
        return claims

    def sign_out_address(self) -> str | None:
        """Where a browser is signed out at the provider too; None where it offers that to nobody, or was not there yet.

        Nobody waits for a provider to be signed out here.
        """
        known = self._documents.known
        end = None if known is None else known.end_session_endpoint
        asked = {"client_id": self.city.client_id, "post_logout_redirect_uri": self._after}
        return None if end is None else _with(end, asked)

    async def close(self) -> None:
        """Close every connection; idempotent."""
        await self._calls.close()

    async def _exchange(self, metadata: Metadata, attempt: "Attempt", code: str) -> _Answer:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._callback,
            "code_verifier": attempt.verifier,
        }
        parts: dict[str, Any] = {"data": form}
        known, secret = self.city.client_id, self.city.client_secret
        if secret and "client_secret_basic" in metadata.token_endpoint_auth_methods_supported:
            # RFC 6749, 2.3.1: encoded as forms are.
            parts["auth"] = (quote_plus(known), quote_plus(secret))
        elif secret:
            form |= {"client_id": known, "client_secret": secret}
        else:
            form |= {"client_id": known}
        status, body = await self._calls.send("POST", metadata.token_endpoint, **parts)
        if status >= 500:
            raise Refused("unavailable", f"the provider answers {status} to a code")
        if status != 200:
            # A code that was used before, for one; or the hub's secret is wrong. Its own words may be about anything.
            raise Refused("provider", f"the provider refuses a code: {status} {_error(body)}")
        if (answer := decoded(body, _Answer)) is None:
            raise Refused("unavailable", "the provider's answer to a code cannot be read")
        return answer

    async def _believed(self, answer: _Answer, attempt: "Attempt") -> Claims:
        if answer.id_token is None:
            raise Refused("token", "the provider gives no ID token")
        id_token = answer.id_token

        def read(keys: list[dict[str, Any]]) -> Claims:
            return tokens.claims_of(
                id_token,
                keys,
                issuer=self.city.issuer,
                client_id=self.city.client_id,
                nonce=attempt.nonce,
                access_token=answer.access_token,
            )

        try:
            return await to_thread.run_sync(read, await self._documents.keys())
        except UnknownKey:
            # Nobody but the provider brings tokens here, so nobody can have its keys asked for again and again.
            return await to_thread.run_sync(read, await self._documents.keys(anew=True))

    async def _more(self, address: str, access_token: str, claims: Claims) -> Claims:
        """What the provider tells beside the ID token, if it is of the same person."""
        status, body = await self._calls.send(
            "GET", address, headers={"Authorization": f"Bearer {access_token}"}
        )
        if status >= 500:
            raise Refused("unavailable", f"the provider answers {status} where it should tell of a person")
        found = decoded(body, dict[str, Any]) if status == 200 else None
        if found is None or found.get("sub") != claims["sub"]:
            raise Refused("token", f"the provider tells nothing of the person, or of another: {status}")
        return found


def _with(address: str, asked: Mapping[str, str]) -> str:
    return f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}"


def _error(body: bytes) -> str:
    """The kind of an OAuth error, where it is one of its few words."""
    found = (decoded(body, dict[str, Any]) or {}).get("error")
    return found if isinstance(found, str) and found.isidentifier() and len(found) <= 40 else ""
