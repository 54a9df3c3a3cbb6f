"""What every provider is asked for, and what it says of it, whatever its protocol."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

# VND. More than all banks hold; one such sum in the books, and nothing can be added up any more.
MOST_TOLD = 10**15

Outcome = Literal["paid", "failed", "pending"]
# What came of a demand for a refund; `unknown`: it may have been done.
Given = Literal["done", "refused", "unknown"]


@dataclass(frozen=True, slots=True)
class Order:
    """A payment to be made. `reference`: unique, of A-Z and 0-9; `amount`: whole VND; times are aware.

    `description` is shown to the payer: letters and digits of ASCII, blanks, dots and hyphens.
    """

    reference: str
    amount: int
    description: str
    created_at: datetime
    expires_at: datetime
    client_address: str
    language: Literal["vi", "en"] = "vi"


@dataclass(frozen=True, slots=True)
class Word:
    """What a provider says of an order, its signature verified. `amount`: whole VND.

    `transaction`: the provider's number of it, the reference where it tells none: sums without a number are not one
    sum; `code`: why, in the provider's own code.
    """

    reference: str
    amount: int
    outcome: Outcome
    transaction: str
    code: str
