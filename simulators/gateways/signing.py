"""Keyed digests as hex, and numbers of transactions that no earlier run gave."""

import hmac
import time


def sign(key: str, text: str | bytes, digest: str) -> str:
    """Hex HMAC of the text."""
    return hmac.new(key.encode(), text.encode() if isinstance(text, str) else text, digest).hexdigest()


def is_same(made: str, sent: object) -> bool:
    """Whether somebody sent this signature, without a hint at where it differs."""
    return hmac.compare_digest(made.encode(), str(sent).encode())


def transaction_number() -> int:
    """A new one: microseconds since 1970."""
    return time.time_ns() // 1000
