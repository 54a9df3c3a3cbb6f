"""The hub's own form: for a bank or a program that reports credits without an aggregator."""

import hmac
from collections.abc import Mapping
from datetime import datetime

from cityhub.payments.credits import fields
from cityhub.payments.credits.model import Credit, NotGenuine, Secret


def read(secret: Secret, headers: Mapping[str, str], body: bytes, now: datetime) -> list[Credit]:
    """As `Teller.read`: `X-Signature` is the hex HMAC-SHA256 of the body as sent."""
    expected = hmac.new(secret.key.encode(), body, "sha256").hexdigest()
    if not hmac.compare_digest(expected.encode(), headers.get("x-signature", "").strip().lower().encode()):
        raise NotGenuine
    found = fields.document(body)
    amount = fields.amount(found, "amount")
    if amount <= 0:
        return []
    return [
        Credit(
            fields.id(found, "transaction_id"),
            amount,
            fields.text(found, "content", ""),
            fields.text(found, "account", ""),
            fields.hanoi_time(found, "credited_at", now),
        )
    ]
