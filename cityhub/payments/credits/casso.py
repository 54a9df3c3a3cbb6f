"""Casso: signed over the time and the body written anew, keys sorted at every level."""

import hmac
import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from cityhub.payments.credits import fields
from cityhub.payments.credits.model import Credit, NotGenuine, NotUnderstood, Secret

_HEADER = re.compile(r"\s*t=(?P<time>[0-9]{1,16})\s*,\s*v1=(?P<signature>[0-9a-fA-F]{128})\s*")


def read(secret: Secret, headers: Mapping[str, str], body: bytes, now: datetime) -> list[Credit]:
    """As `Teller.read`. The time in the header is signed; a report may be sent again days later, so it has no end."""
    match = _HEADER.fullmatch(headers.get("x-casso-signature", ""))
    if match is None:
        raise NotGenuine
    try:
        found = fields.document(body)
    except NotUnderstood:
        raise NotGenuine from None
    sent = match["signature"].lower().encode()
    # All are compared, whichever fits.
    fits = [
        hmac.compare_digest(signature(secret.key, match["time"], text).encode(), sent)
        for text in _written(found)
    ]
    if not any(fits):
        raise NotGenuine
    data = found.get("data")
    # The older form reports several at once.
    return [credit for one in (data if isinstance(data, list) else [data]) for credit in _credits(one, now)]


def signature(key: str, time: str, text: str) -> str:
    """Hex HMAC-SHA512 over time (ms) and text."""
    return hmac.new(key.encode(), f"{time}.{text}".encode(), "sha512").hexdigest()


def _written(found: dict[str, Any]) -> Iterator[str]:
    """Compact JSON with sorted keys, in the ways that JavaScript and PHP write what is beyond ASCII, and slashes."""
    for ascii_only in (False, True):
        text = json.dumps(found, sort_keys=True, separators=(",", ":"), ensure_ascii=ascii_only)
        try:
            text.encode()
        except UnicodeEncodeError:
            continue
        yield text
        yield text.replace("/", "\\/")


def _credits(data: Any, now: datetime) -> Iterator[Credit]:
    if not isinstance(data, dict):
        raise NotUnderstood("data is no object")
    amount = fields.amount(data, "amount")
    if amount <= 0:
        return
    reference = fields.text(data, "reference", "") or fields.text(data, "tid", "")
    yield Credit(
        fields.id(data, "id"),
        amount,
        fields.text(data, "description", ""),
        fields.text(data, "accountNumber", ""),
        fields.hanoi_time(data, "transactionDateTime", now),
        reference,
    )
