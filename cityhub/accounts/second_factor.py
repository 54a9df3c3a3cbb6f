"""A second factor: six digits that a telephone makes every 30 s (TOTP, RFC 6238), and codes for when it is lost."""

import base64
import hmac
import secrets
from datetime import datetime
from hashlib import sha1, sha256
from urllib.parse import quote

STEP_S = 30
RECOVERY_CODES = 10


def new_secret() -> bytes:
    """160 bits, as RFC 4226 asks."""
    return secrets.token_bytes(sha1(usedforsecurity=False).digest_size)


def address(secret: bytes, name: str, issuer: str) -> str:
    """What the QR code says that an authenticator app reads."""
    label = quote(f"{issuer}:{name}")
    return f"otpauth://totp/{label}?secret={written(secret)}&issuer={quote(issuer)}"


def written(secret: bytes) -> str:
    """The secret to type where nothing can be scanned."""
    return base64.b32encode(secret).decode().rstrip("=")


def step_of(secret: bytes, code: str, now: datetime, used: int | None) -> int | None:
    """The number of the step whose code this is: this one's, the one before or the one after; None for a wrong one.

    `used`: the last that was accepted. A code that was read over a shoulder is good for nobody else.
    """
    at = int(now.timestamp()) // STEP_S
    found = None
    for step in (at - 1, at, at + 1):
        # All three, whichever is right: the time does not tell.
        if hmac.compare_digest(code_at(secret, step).encode(), code.encode()) and (
            used is None or step > used
        ):
            found = step
    return found


def code_at(secret: bytes, step: int) -> str:
    """The code of a step, counted from 1970."""
    # As of passwords: not before it is needed.
    from cryptography.hazmat.primitives.hashes import SHA1  # noqa: PLC0415
    from cryptography.hazmat.primitives.twofactor.totp import TOTP  # noqa: PLC0415

    return TOTP(secret, 6, SHA1(), STEP_S, enforce_key_length=False).generate(step * STEP_S).decode()  # noqa: S303


def recovery_codes() -> list[str]:
    """Codes that are good once each, 56 bits."""
    return [f"{secrets.token_hex(3)}-{secrets.token_hex(4)}" for _ in range(RECOVERY_CODES)]


def kept_code(code: str) -> bytes:
    """What is kept of a code for when the telephone is lost."""
    return sha256(code.strip().casefold().encode()).digest()
