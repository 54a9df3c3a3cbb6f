"""Payments as the hub knows them, whoever takes the money. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Literal

Provider = Literal["vnpay", "momo", "vietqr", "wallet"]
Purpose = Literal["session", "permit", "top_up"]
State = Literal["pending", "paid", "failed", "expired", "refunding", "refunded"]
Parked = Literal[
    "wrong_amount", "late", "doubled", "unknown_order", "unmatched", "partial", "too_much", "after_refund"
]
# How long a payer has once the payment was begun.
TIME_TO_PAY = timedelta(minutes=15)
# A payment that nobody heard of is given up so long after its time; what comes later still counts where it can.
MARGIN = timedelta(minutes=15)
# What each takes at least and at most in one payment, in VND. VietQR has no limit of its own: banks have theirs.
LIMITS: Mapping[Provider, tuple[int, int]] = MappingProxyType(
    {
        "vnpay": (5_000, 999_999_999),
        "momo": (1_000, 50_000_000),
        "vietqr": (1, 10**13 - 1),  # 13 digits: EMV's field 54
        "wallet": (1, 10**13 - 1),
    }
)
LEAST_TOP_UP, MOST_TOP_UP = 5_000, 5_000_000


@dataclass(frozen=True, slots=True)
class Payment:
    """One payment. `amount`, `refunded`: VND; times are aware. `reference`: what its provider knows it by.

    `pay_url`: where its payer is sent, where the provider had to be asked for it.
    """

    id: str
    reference: str
    provider: Provider
    purpose: Purpose
    session_id: str | None
    segment_n: int | None
    right_id: str | None
    wallet_id: str | None
    amount: int
    refunded: int
    state: State
    provider_reference: str | None
    provider_code: str | None
    client_address: str
    pay_url: str | None
    created_at: datetime
    expires_at: datetime
    settled_at: datetime | None

    @property
    def is_settled(self) -> bool:
        """Was it paid, whatever was given back since?"""
        return self.state in ("paid", "refunding", "refunded")
