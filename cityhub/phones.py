"""Phone numbers: written in one way (E.164), hidden where nobody needs them. Pure."""

import hmac
import re

from cityhub.errors import InvalidInput

_BETWEEN = re.compile(r"[\s.\-()‐-―·/]+")
# Of Vietnam: a mobile number has nine digits after its 0, a landline ten.
_OWN = re.compile(r"(?:\+84|0084|84|0)(?P<digits>[35789][0-9]{8}|2[0-9]{9})", re.ASCII)
_FOREIGN = re.compile(r"\+(?!84)[1-9][0-9]{7,14}", re.ASCII)


def normalise(text: str) -> str:
    """`0912 345 678`, `84912345678`, `+84 912 345 678` as `+84912345678`; raises InvalidInput, which repeats nothing.

    Numbers of other countries need their +.
    """
    written = _BETWEEN.sub("", text)
    if match := _OWN.fullmatch(written):
        return f"+84{match['digits']}"
    if _FOREIGN.fullmatch(written):
        return written
    raise InvalidInput("phone", "a phone number looks like 0912345678 or +84912345678")


def token(phone: str, key: bytes) -> bytes:
    """What stands for a normalised number that is not kept: always the same, and known to nobody without `key`."""
    return hmac.digest(key, phone.encode(), "sha256")
