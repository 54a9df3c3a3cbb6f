"""SePay: a fixed key in a header, or a signature over time and body."""

import hmac
import re
from collections.abc import Mapping
from datetime import datetime

from cityhub.payments.credits import fields
from cityhub.payments.credits.model import Credit, NotGenuine, Secret

# A signed report is taken for so long, in seconds.
FRESH_S = 300
_SECONDS = re.compile(r"[0-9]{1,12}")
_SIGNATURE = "sha256="


def read(secret: Secret, headers: Mapping[str, str], body: bytes, now: datetime) -> list[Credit]:
    """As `Teller.read`."""
    if not (_has_key(secret, headers) or _is_signed(secret, headers, body, now)):
        raise NotGenuine
    found = fields.document(body)
    amount = fields.amount(found, "transferAmount")
    if found.get("transferType") != "in" or amount <= 0:
        return []
    return [
        Credit(
            fields.id(found, "id"),
            amount,
            # `code` is what SePay itself took for a payment's code; the text of the payer says more.
            f"{fields.text(found, 'content', '')} {fields.text(found, 'code', '')}".strip(),
            fields.text(found, "subAccount", "") or fields.text(found, "accountNumber", ""),
            fields.hanoi_time(found, "transactionDate", now),
            fields.text(found, "referenceCode", ""),
        )
    ]


def _has_key(secret: Secret, headers: Mapping[str, str]) -> bool:
    scheme, _, key = headers.get("authorization", "").partition(" ")
    return scheme.lower() == "apikey" and hmac.compare_digest(key.strip().encode(), secret.key.encode())


def _is_signed(secret: Secret, headers: Mapping[str, str], body: bytes, now: datetime) -> bool:
    sent, time = headers.get("x-sepay-signature", ""), headers.get("x-sepay-timestamp", "")
    if not sent.startswith(_SIGNATURE) or not _SECONDS.fullmatch(time):
        return False
    if abs(now.timestamp() - int(time)) > FRESH_S:
        return False
    expected = hmac.new(secret.key.encode(), f"{time}.".encode() + body, "sha256").hexdigest()
    return hmac.compare_digest(expected.encode(), sent.removeprefix(_SIGNATURE).lower().encode())
