"""ID tokens that are believed, and all the others."""

import base64
import json
import time
from typing import Any

import pytest
from joserfc import jws, jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from api.oidc.refusals import Refused
from api.oidc.tokens import UnknownKey, claims_of

RSA = RSAKey.generate_key(2048, {"kid": "rsa", "use": "sig"})
CURVE = ECKey.generate_key("P-256", {"kid": "curve"})
SECRET = "the secret that the hub shares with its provider"
KEYS: list[dict[str, Any]] = [RSA.as_dict(private=False), CURVE.as_dict(private=False)]  # type: ignore[list-item]
EXPECTED: dict[str, Any] = {
    "issuer": "https://accounts.test",
    "client_id": "hub",
    "nonce": "n-1",
    "access_token": "an access token",
}


def claims(**changes: object) -> dict[str, Any]:
    now = int(time.time())
    told: dict[str, Any] = {
        "iss": "https://accounts.test",
        "aud": "hub",
        "sub": "7f3a",
        "exp": now + 60,
        "iat": now,
        "nonce": "n-1",
    }
    return {name: value for name, value in (told | changes).items() if value is not None}


def signed(key: Any = RSA, alg: str = "RS256", kid: str | None = "rsa", **changes: object) -> str:
    header = {"alg": alg} | ({} if kid is None else {"kid": kid})
    return jwt.encode(header, claims(**changes), key, algorithms=[alg])


def read(token: str, keys: list[dict[str, Any]] = KEYS) -> Any:
    return claims_of(token, keys, **EXPECTED)


def test_a_token_of_the_provider_for_this_attempt_is_believed() -> None:
    assert read(signed())["sub"] == "7f3a"
    assert read(signed(CURVE, "ES256", "curve", aud=["hub"]))["sub"] == "7f3a"
    assert read(signed(kid=None), KEYS[:1])["sub"] == "7f3a"


def test_keys_that_a_token_does_not_name_are_told_apart_by_trying_them() -> None:
    other = RSAKey.generate_key(2048)
    keys: list[dict[str, Any]] = [other.as_dict(private=False), *KEYS]  # type: ignore[list-item]
    assert read(signed(kid=None), keys)["sub"] == "7f3a"
    assert read(signed(CURVE, "ES256", kid=None), keys)["sub"] == "7f3a"
    with pytest.raises(UnknownKey):
        read(signed(RSAKey.generate_key(2048), kid=None), keys)


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://evil.test"},
        {"iss": None},
        {"aud": "another"},
        {"aud": ["another"]},
        {"aud": None},
        {"aud": ["hub", "another"]},
        {"azp": "another"},
        {"exp": 1},
        {"exp": None},
        {"exp": "tomorrow"},
        {"iat": 4_102_444_800},
        {"nbf": 4_102_444_800},
        {"nonce": "n-2"},
        {"nonce": None},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"sub": "x" * 256},
        {"sub": "a\x00b"},
        {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
    ],
    ids=str,
)
def test_a_token_that_is_not_for_this_attempt_is_not(changes: dict[str, object]) -> None:
    with pytest.raises(Refused) as refused:
        read(signed(**changes))
    assert refused.value.reason == "token"


def test_a_signature_that_anybody_could_make_is_none() -> None:
    public = RSA.as_pem(private=False).decode()
    by_secret = signed(OctKey.import_key(SECRET), "HS256")
    oct_key = OctKey.import_key(base64.b64encode(public.encode()).decode())
    by_public_key = jws.serialize_compact(
        {"alg": "HS256", "kid": "rsa"}, json.dumps(claims()), oct_key, algorithms=["HS256"]
    )
    body = base64.urlsafe_b64encode(json.dumps(claims()).encode()).decode().rstrip("=")
    head = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
    nested = base64.urlsafe_b64encode(b'{"a":' * 40_000 + b"1" + b"}" * 40_000).decode().rstrip("=")
    deep = f"{nested}.{nested}.{nested}"
    for token in (by_secret, by_public_key, f"{head}.{body}.", "", "a.b.c", "....", "ü", deep):
        with pytest.raises(Refused):
            read(token)
    # Even where the provider publishes such a key by mistake.
    shared: Any = OctKey.import_key(SECRET, {"kid": "rsa"}).as_dict()
    with pytest.raises(Refused):
        read(by_secret, [shared])


def test_a_token_of_another_key_has_the_keys_asked_for_anew() -> None:
    with pytest.raises(UnknownKey):
        read(signed(RSAKey.generate_key(2048), kid="newer"))
    with pytest.raises(UnknownKey):
        read(signed(RSAKey.generate_key(2048), kid=None), KEYS[:1])


def test_keys_that_cannot_be_used_are_passed_over() -> None:
    strange: list[dict[str, Any]] = [
        {},
        {"kty": "AKP", "kid": "x"},
        {"kty": "RSA", "kid": "broken", "n": "!", "e": 1},
        {"kty": "EC", "kid": "unknown", "crv": "P-999", "x": "AA", "y": "AA"},
        {"kty": "RSA", "use": "enc", "n": "AQAB", "e": "AQAB"},
    ]
    assert read(signed(), [*strange, *KEYS])["sub"] == "7f3a"
    for keys in ([], strange, [{"kty": "RSA", "kid": "rsa"}]):
        with pytest.raises(Refused):
            read(signed(), keys)
