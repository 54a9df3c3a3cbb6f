"""vietqr.vn: the teller asks us for a token by its password and reports credits with that.

A token is no row anywhere: it says until when it is good, signed with the teller's own secret.
"""

import base64
import hmac
import re
from binascii import Error
from collections.abc import Mapping
from datetime import datetime, timedelta

from cityhub.payments.credits import fields
from cityhub.payments.credits.model import Credit, NotGenuine, Secret

TOKEN_LIFE = timedelta(minutes=5)
_TOKEN = re.compile(r"(?P<until>[0-9]{1,12})\.(?P<signature>[0-9a-f]{64})")


def token(secret: Secret, headers: Mapping[str, str], now: datetime) -> str:
    """A token for who shows `user:password` (Basic), which is the teller's secret. Raises NotGenuine."""
    scheme, _, sent = headers.get("authorization", "").partition(" ")
    try:
        shown = base64.b64decode(sent.strip(), validate=True)
    except (Error, ValueError):
        raise NotGenuine from None
    if scheme.lower() != "basic" or not hmac.compare_digest(shown, secret.key.encode()):
        raise NotGenuine
    until = str(int((now + TOKEN_LIFE).timestamp()))
    return f"{until}.{_signature(secret, until)}"


def read(secret: Secret, headers: Mapping[str, str], body: bytes, now: datetime) -> list[Credit]:
    """As `Teller.read`, for whoever shows a token that is still good."""
    scheme, _, sent = headers.get("authorization", "").partition(" ")
    match = _TOKEN.fullmatch(sent.strip())
    if scheme.lower() != "bearer" or match is None:
        raise NotGenuine
    if not hmac.compare_digest(_signature(secret, match["until"]), match["signature"]):
        raise NotGenuine
    if now.timestamp() > int(match["until"]):
        raise NotGenuine
    found = fields.document(body)
    amount = fields.amount(found, "amount")
    if found.get("transType") != "C" or amount <= 0:
        return []
    return [
        Credit(
            fields.id(found, "transactionid"),
            amount,
            f"{fields.text(found, 'content', '')} {fields.text(found, 'orderId', '')}".strip(),
            fields.text(found, "bankaccount", ""),
            fields.hanoi_time(found, "transactiontime", now),
            fields.text(found, "referencenumber", ""),
        )
    ]


def _signature(secret: Secret, until: str) -> str:
    return hmac.new(secret.key.encode(), f"token.{until}".encode(), "sha256").hexdigest()
