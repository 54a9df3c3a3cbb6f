"""Receipts of payments. A receipt is not a tax invoice. Money in VND."""

from typing import Any, Self

from msgspec import Struct

from cityhub.rfc3339 import LocalTime, at_local_time
from cityhub.store.receipts import Receipt


class ReceiptAnswer(Struct, frozen=True, rename={"from_": "from"}):
    """What was paid, for what, by which rules; without the plate. `check_code` tells that it is genuine."""

    number: str
    issuer: str
    issued_at: LocalTime
    amount: int
    refunded: int
    currency: str
    provider: str
    document: dict[str, Any]
    check_code: str

    @classmethod
    def of(cls, receipt: Receipt) -> Self:
        """A receipt as its payer sees it."""
        return cls(
            receipt.number,
            receipt.issuer,
            at_local_time(receipt.issued_at),
            receipt.amount,
            receipt.refunded,
            "VND",
            receipt.provider,
            dict(receipt.document),
            receipt.check_code,
        )


class ReceiptCheck(Struct, frozen=True):
    """What everybody may know of a receipt who holds it: that it is genuine, how much, when, where."""

    number: str
    is_genuine: bool
    issued_at: LocalTime | None = None
    amount: int | None = None
    refunded: int | None = None
    place: str | None = None
