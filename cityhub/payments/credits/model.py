"""What a teller of bank credits (an aggregator, or a bank) reports, whatever its form."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Credit:
    """Money that came into the account. `id`: the teller's own; `amount`: whole VND; `content`: what the payer wrote.

    `bank_reference`: the bank's number of the transfer, where it is told; `credited_at`: aware.
    """

    id: str
    amount: int
    content: str
    account: str
    credited_at: datetime
    bank_reference: str = ""


@dataclass(frozen=True, slots=True)
class Secret:
    """What a teller signs with; `account` is ours, and credits of others are none of our business ("" : any)."""

    key: str = field(repr=False)
    account: str = ""


class NotGenuine(Exception):
    """The report was not signed by its teller. It leaves no trace in the store."""


class NotUnderstood(Exception):
    """A genuine report whose form nobody knows; the text says what is missing, without quoting it."""


class Teller(Protocol):
    """A module of this folder."""

    def read(self, secret: Secret, headers: Mapping[str, str], body: bytes, now: datetime) -> list[Credit]:
        """The credits of a genuine report; what left the account is none. Header names in small letters, `now` aware.

        Raises NotGenuine, NotUnderstood.
        """
        ...
