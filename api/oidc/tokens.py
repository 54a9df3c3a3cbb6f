"""ID tokens: believed only with a right signature, for us, of this attempt (OpenID Connect Core 1.0, 3.1.3.7)."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from api.oidc.refusals import Refused

# Signed with a key that the provider alone has. Never `none`, and never HS*: who knows our secret has that key.
ALGORITHMS: Final = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "EdDSA", "Ed25519"),
)
# Clocks may differ by so much.
_LEEWAY_S = 60
_PUBLIC_KINDS = frozenset({"RSA", "EC", "OKP"})


class UnknownKey(Refused):
    """It is signed with a key that is not among those known: the provider may have another since."""


def claims_of(
    id_token: str,
    keys: list[dict[str, Any]],
    *,
    issuer: str,
    client_id: str,
    nonce: str,
    access_token: str | None,
) -> Mapping[str, Any]:
    """What it says, once it is known to be the provider's, for this hub and this attempt, and not over.

    Raises UnknownKey, Refused (token). It loads what it needs, for a third of a second at the first time.
    """
    # Few processes ever let somebody in by a provider.
    from authlib.oidc.core import CodeIDToken  # noqa: PLC0415
    from joserfc.errors import BadSignatureError, InvalidKeyIdError, JoseError  # noqa: PLC0415

    try:
        found = _decoded(id_token, _usable(keys))
        claims = CodeIDToken(
            found.claims,
            found.header,
            options={
                "iss": {"essential": True, "value": issuer},
                "aud": {"essential": True, "value": client_id},
                "sub": {"essential": True},
            },
            params={"nonce": nonce, "client_id": client_id, "access_token": access_token},
        )
        claims.validate(leeway=_LEEWAY_S)
    except (InvalidKeyIdError, BadSignatureError):
        raise UnknownKey("token", "the ID token is not signed with a key of the provider") from None
    except JoseError as exc:
        raise Refused("token", f"the ID token is refused: {_named(exc)}") from None
    except Exception as exc:
        # Whatever a library meets in what others wrote: it is their text that cannot be read.
        raise Refused("token", f"the ID token cannot be read: {type(exc).__name__}") from None
    subject = claims["sub"]
    if not isinstance(subject, str) or not 0 < len(subject) <= 255 or not subject.isprintable():
        raise Refused("token", "the ID token is of nobody")
    return dict(claims)


def _decoded(id_token: str, keys: list[Any]) -> Any:
    """Signed with one of the keys. Where the token does not name it, they are told apart by trying them."""
    from joserfc import jwt  # noqa: PLC0415
    from joserfc.errors import BadSignatureError, JoseError  # noqa: PLC0415
    from joserfc.jwk import KeySet  # noqa: PLC0415
    from joserfc.jws import extract_compact  # noqa: PLC0415

    if "kid" in extract_compact(id_token.encode()).headers():
        return jwt.decode(id_token, KeySet(keys), algorithms=ALGORITHMS)
    for key in keys:
        # A key of another kind cannot have made it.
        with suppress(JoseError):
            return jwt.decode(id_token, KeySet([key]), algorithms=ALGORITHMS)
    raise BadSignatureError


def _usable(keys: list[dict[str, Any]]) -> list[Any]:
    """Those of the provider's keys that can be read; one that cannot spoils no other."""
    from joserfc.jwk import JWKRegistry  # noqa: PLC0415

    found = []
    for key in keys:
        if key.get("kty") in _PUBLIC_KINDS and key.get("use", "sig") == "sig":
            with suppress(Exception):
                found.append(JWKRegistry.import_key(key))
    return found


def _named(exc: Exception) -> str:
    """The kind of a fault and the claim it is about, never what was in it."""
    claim = getattr(exc, "claim", None)
    return f"{type(exc).__name__}{f' ({claim})' if isinstance(claim, str) else ''}"
