"""E-invoices: what their provider is asked for, and the states of one. Pure. A receipt is not an invoice.

The provider gives form, symbol and number, the tax authority a code; until then they are unknown, and written as such.
Decree 123/2020 as changed by Decree 70/2025: parking is invoiced by transaction, a refund by an adjustment.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Literal, Protocol

from cityhub.errors import RuleBroken, ServiceError
from cityhub.rfc3339 import local_time

State = Literal["queued", "sent", "coded", "rejected", "adjusted", "replaced"]
Answered = Literal["sent", "coded", "rejected"]

# What may follow each state. One that was rejected is sent again once somebody has found out why, or another takes its
# place. What was adjusted stays so: later refunds are further adjustments.
FOLLOWING: Mapping[State, frozenset[State]] = MappingProxyType(
    {
        "queued": frozenset({"sent"}),
        "sent": frozenset({"coded", "rejected"}),
        "rejected": frozenset({"queued", "replaced"}),
        "coded": frozenset({"adjusted", "replaced"}),
        "adjusted": frozenset(),
        "replaced": frozenset(),
    }
)
# Of an original in one of these states its provider knows: it can be adjusted.
KNOWN: tuple[State, ...] = ("sent", "coded", "adjusted")


class NotTaken(ServiceError):
    """The provider takes nothing at the moment; the same invoice can be sent again."""


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice to be sent. `amount`: VND with tax, negative for an adjustment; times aware.

    `original_id` and `refund_id`: what an adjustment is of and for, None for others; `sold`: the document of the
    receipt, {} without one. It is made of what never changes, so that the same invoice is always sent the same.
    """

    id: str
    amount: int
    created_at: datetime
    payment_id: str
    purpose: str
    way: str
    paid_at: datetime
    original_id: str | None
    refund_id: str | None
    reason: str | None
    issuer: str | None
    receipt: str | None
    sold: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the provider made of an invoice. `tax_code`: of the tax authority; `detail`: why it was rejected."""

    state: Answered
    symbol: str | None = None
    number: str | None = None
    tax_code: str | None = None
    detail: str = ""


class InvoiceProvider(Protocol):
    """Whoever makes invoices of what the hub was paid for."""

    def send(self, invoice: Invoice) -> Answer:
        """Have an invoice made, once for each `invoice.id`, however often it is sent. Raises NotTaken."""


def step(before: State, after: State) -> State:
    """`after`, where it may follow `before`; raises RuleBroken (`invoice_state`)."""
    if after not in FOLLOWING[before]:
        raise RuleBroken("invoice_state", f"an invoice that is {before} does not become {after}")
    return after


def answered(before: State, answer: Answer) -> State:
    """The state after an answer to an invoice that was sent; raises RuleBroken."""
    sent = step(before, "sent")
    return sent if answer.state == "sent" else step(sent, answer.state)


def document(invoice: Invoice, name: str) -> dict[str, Any]:
    """What a provider needs to make the invoice; `name`: of what was sold. What nobody has told the hub is null."""
    sold = invoice.sold
    return {
        "format": "cityhub-invoice-1",
        "id": invoice.id,
        "kind": "invoice" if invoice.refund_id is None else "adjustment",
        "created_at": local_time(invoice.created_at),
        "adjusts": None
        if invoice.refund_id is None
        else {"id": invoice.original_id, "refund_id": invoice.refund_id, "reason": invoice.reason},
        "seller": {"id": invoice.issuer, "name": None, "tax_code": None, "address": None},
        "buyer": None,
        "currency": "VND",
        "amount": invoice.amount,
        "tax": {"rate": None, "amount": None, "amount_before": None},
        "form": None,
        "symbol": None,
        "number": None,
        "tax_authority_code": None,
        "payment": {"id": invoice.payment_id, "way": invoice.way, "paid_at": local_time(invoice.paid_at)},
        "receipt": invoice.receipt,
        "items": [
            {
                "name": name,
                "quantity": 1,
                "amount": invoice.amount,
                "place_id": sold.get("place_id"),
                "vehicle": sold.get("vehicle"),
                "from": sold.get("from"),
                "to": sold.get("to"),
                "tariff_version": sold.get("tariff_version"),
                "price_of_stay": sold.get("total"),
                "lines": sold.get("lines", []),
            }
        ],
    }
