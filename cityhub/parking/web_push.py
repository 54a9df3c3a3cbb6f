"""Web push: messages that only one browser can read (RFC 8291), signed by this hub (VAPID, RFC 8292). Pure.

The library of ciphers is loaded at the first use.
"""

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from ipaddress import ip_address
from typing import Any, Self
from urllib.parse import urlsplit

import msgspec

from cityhub import push_keys
from cityhub.config import Settings
from cityhub.errors import InvalidInput

# A browser's service takes a signature for a day at most.
_SIGNED_FOR = timedelta(hours=12)
_PUBLIC_BYTES, _AUTH_BYTES, _SALT_BYTES = 65, 16, 16
_RECORD = 4096
_LONGEST_ENDPOINT = 1000
_HOST = re.compile(
    r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Subscription:
    """Where a browser takes messages, and the keys with which it reads them. Whoever has all three can send to it."""

    endpoint: str
    p256dh: bytes
    auth: bytes

    def __repr__(self) -> str:
        return "Subscription(***)"


def read(endpoint: str, p256dh: str, auth: str) -> Subscription:
    """A subscription as a browser tells it; raises InvalidInput.

    Only addresses of services on the internet: https, a host by its name, the usual port. What the name leads to is
    looked at again whenever a message is sent.
    """
    found = Subscription(check_endpoint(endpoint), _bytes(p256dh, "p256dh"), _bytes(auth, "auth"))
    if len(found.p256dh) != _PUBLIC_BYTES or len(found.auth) != _AUTH_BYTES:
        raise InvalidInput("keys", "are not those of a subscription")
    try:
        _public_key(found.p256dh)
    except ValueError:
        raise InvalidInput("keys", "are not those of a subscription") from None
    return found


def check_endpoint(endpoint: str) -> str:
    """The same address; raises InvalidInput for one that no push service has."""
    wrong = InvalidInput("endpoint", "must be the https address of a push service")
    if len(endpoint) > _LONGEST_ENDPOINT or not re.fullmatch(r"[!-~]+", endpoint):
        raise wrong
    try:
        parts = urlsplit(endpoint)
        port = parts.port
    except ValueError:
        raise wrong from None
    host = parts.hostname or ""
    if parts.scheme != "https" or parts.username is not None or port not in (None, 443) or parts.fragment:
        raise wrong
    if not _HOST.fullmatch(host) or host.endswith((".local", ".internal", ".localhost", ".home.arpa")):
        raise wrong
    return endpoint


def is_public(address: str) -> bool:
    """Is this IP address one of the internet, and neither of this machine nor of a network beside it?"""
    found = ip_address(address)
    found = getattr(found, "ipv4_mapped", None) or found
    return found.is_global and not found.is_multicast


@dataclass(frozen=True)
class Keys:
    """The hub's own pair of keys, and whom a push service may write to about it (`mailto:` or `https:`)."""

    private: bytes
    subject: str

    def __repr__(self) -> str:
        return "Keys(***)"

    @classmethod
    def of(cls, settings: Settings) -> Self | None:
        """Those of the settings; None without."""
        text = settings.vapid_private_key.get_secret_value()
        return cls(push_keys.read(text), settings.vapid_subject) if text else None

    @cached_property
    def public(self) -> str:
        """What a browser is told when it subscribes."""
        return _encoded(_point(self._key))

    @cached_property
    def _key(self) -> Any:
        return _private_key(self.private)

    def authorization(self, endpoint: str, now: datetime) -> str:
        """The header that says that a message for `endpoint` is this hub's; `now` is aware."""
        from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature  # noqa: PLC0415
        from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415

        parts = urlsplit(endpoint)
        claims = {"aud": f"{parts.scheme}://{parts.netloc}", "exp": int((now + _SIGNED_FOR).timestamp())}
        if self.subject:
            claims["sub"] = self.subject
        signed = ".".join(
            _encoded(msgspec.json.encode(one)) for one in ({"typ": "JWT", "alg": "ES256"}, claims)
        )
        r, s = decode_dss_signature(self._key.sign(signed.encode(), _elliptic().ECDSA(SHA256())))
        return f"vapid t={signed}.{_encoded(r.to_bytes(32) + s.to_bytes(32))}, k={self.public}"


def encrypted(subscription: Subscription, text: bytes, random: Callable[[int], bytes]) -> bytes:
    """The body of a message of at most 3,000 bytes, `Content-Encoding: aes128gcm`. `random`: `secrets.token_bytes`."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

    salt, own = random(_SALT_BYTES), _private_key(random(32))
    public = _point(own)
    shared = own.exchange(_elliptic().ECDH(), _public_key(subscription.p256dh))
    info = b"WebPush: info\x00" + subscription.p256dh + public
    secret = _derived(subscription.auth, shared, info, 32)
    key = _derived(salt, secret, b"Content-Encoding: aes128gcm\x00", 16)
    nonce = _derived(salt, secret, b"Content-Encoding: nonce\x00", 12)
    # The 2 says that this record is the last.
    sealed = AESGCM(key).encrypt(nonce, text + b"\x02", None)
    return salt + _RECORD.to_bytes(4) + bytes([len(public)]) + public + sealed


def _bytes(text: str, field: str) -> bytes:
    try:
        return base64.b64decode(
            text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), altchars=b"-_", validate=True
        )
    except ValueError:
        raise InvalidInput(field, "is no base64url") from None


def _encoded(found: bytes) -> str:
    return base64.urlsafe_b64encode(found).rstrip(b"=").decode()


def _elliptic() -> Any:
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415

    return ec


def _private_key(found: bytes) -> Any:
    ec = _elliptic()
    return ec.derive_private_key(int.from_bytes(found), ec.SECP256R1())


def _public_key(point: bytes) -> Any:
    ec = _elliptic()
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)


def _point(key: Any) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat  # noqa: PLC0415

    point: bytes = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return point


def _derived(salt: bytes, secret: bytes, info: bytes, length: int) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF  # noqa: PLC0415

    return HKDF(SHA256(), length, salt, info).derive(secret)
