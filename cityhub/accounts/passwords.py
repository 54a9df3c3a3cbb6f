"""Passwords: what is asked of a new one (NIST SP 800-63B: length, no rules of signs), what is kept of it (argon2id)."""

import os
import secrets
from functools import cache

from cityhub.errors import InvalidInput

SHORTEST, LONGEST = 12, 200
# OWASP's least for argon2id: 19 MiB, two rounds, one lane. A tenth of a second of one core.
_MEMORY_KIB, _ROUNDS, _LANES = 19 * 1024, 2, 1
# Without signs that are mistaken for others.
_SIGNS = "abcdefghijkmnpqrstuvwxyz23456789"


def check_new(password: str, name: str) -> None:
    """Raises InvalidInput for a password that is too short, or the name over again."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise InvalidInput("password", f"must have {SHORTEST} to {LONGEST} signs; four words are a good one")
    folded = password.casefold()
    if len(set(folded)) < 5 or (name.casefold() in folded and len(password) < len(name) + SHORTEST):
        raise InvalidInput("password", "is too easy to guess")


def new() -> str:
    """A password for somebody's first sign-in: 80 bits, in groups that can be read out."""
    return "-".join("".join(secrets.choice(_SIGNS) for _ in range(4)) for _ in range(4))


def hashed(password: str) -> str:
    """What is kept of a password, with its salt and cost in it (PHC string)."""
    # It loads as long as a page takes, and most processes let nobody in.
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id  # noqa: PLC0415

    kept = Argon2id(salt=os.urandom(16), length=32, iterations=_ROUNDS, lanes=_LANES, memory_cost=_MEMORY_KIB)
    return kept.derive_phc_encoded(password.encode())


def is_right(password: str, kept: str) -> bool:
    """Is it the password that `kept` was made of? A tenth of a second of work, right or wrong."""
    from cryptography.exceptions import InvalidKey  # noqa: PLC0415
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id  # noqa: PLC0415

    try:
        Argon2id.verify_phc_encoded(password.encode(), kept)
    except InvalidKey:
        return False
    return True


@cache
def nobodys() -> str:
    """What is compared with when nobody has the name, so that the time does not tell."""
    return hashed(secrets.token_hex(16))
