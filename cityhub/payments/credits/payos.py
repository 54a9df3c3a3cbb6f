"""payOS: the signature stands in the body, over the fields of `data`."""

import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cityhub.payments.credits import fields
from cityhub.payments.credits.model import Credit, NotGenuine, NotUnderstood, Secret


def read(secret: Secret, headers: Mapping[str, str], body: bytes, now: datetime) -> list[Credit]:  # noqa: ARG001 - as others
    """As `Teller.read`."""
    try:
        found = fields.document(body)
        data = fields.part(found, "data")
    except NotUnderstood:
        # What has no data has no signature either.
        raise NotGenuine from None
    try:
        sent = str(found.get("signature", "")).lower().encode()
        is_genuine = hmac.compare_digest(signature(secret.key, data).encode(), sent)
    except UnicodeEncodeError:
        # Half a sign, which nobody can have signed.
        raise NotGenuine from None
    if not is_genuine:
        raise NotGenuine
    amount = fields.amount(data, "amount")
    if amount <= 0 or fields.text(data, "code", "00") != "00":
        return []
    return [
        Credit(
            # An order may be paid by several transfers: the bank's number tells them apart.
            fields.id(data, "reference", "paymentLinkId"),
            amount,
            fields.text(data, "description", ""),
            fields.text(data, "accountNumber", ""),
            fields.hanoi_time(data, "transactionDateTime", now),
            fields.text(data, "reference", ""),
        )
    ]


def signature(key: str, data: Mapping[str, Any]) -> str:
    """Hex HMAC-SHA256 over `name=value`, sorted by name and joined by `&`; null is empty."""
    text = "&".join(f"{name}={_written(data[name])}" for name in sorted(data))
    return hmac.new(key.encode(), text.encode(), "sha256").hexdigest()


def _written(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
