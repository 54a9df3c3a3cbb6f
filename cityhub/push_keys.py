"""The private key by which push services know the hub, as settings write it."""

import base64

# Of the curve P-256: a key is a whole number below it.
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def read(text: str) -> bytes:
    """The 32 bytes of a key in base64url; raises ValueError, which repeats nothing."""
    try:
        key = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError:
        key = b""
    if len(key) != 32 or not 0 < int.from_bytes(key) < _ORDER:
        raise ValueError("must be 32 bytes in base64url, the private key of a P-256 pair")
    return key
