"""Questions and demands to providers of payments, over HTTP. What is not a signed answer is none."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from cityhub.payments import momo, vnpay
from cityhub.payments.model import Payment
from cityhub.payments.order import Given, Order, Word
from cityhub.payments.ways import Ways
from cityhub.store.refunds import Demand

# MoMo asks to be waited for so long at least.
TIMEOUT_S = 30
_MOST_BYTES = 65_536


class NoAnswer(Exception):
    """The provider did not answer, or not in a way that can be believed."""


class NotReached(NoAnswer):
    """It did not answer at all: whatever else it is asked now would be waited for in vain too."""


@dataclass(frozen=True, slots=True)
class Providers:
    """The providers of a hub, to be asked one at a time. Every call raises NotReached where nobody answers."""

    ways: Ways

    def ask(self, payment: Payment, request_id: str, now: datetime) -> Word | None:
        """What the provider says of a payment; None when it does not know it. Raises NoAnswer. `now` is aware."""
        if payment.provider == "vnpay" and self.ways.vnpay is not None:
            question = vnpay.query(self.ways.vnpay, _order(payment), request_id, now)
            found = _post(self.ways.vnpay_api_url, question)
            if not vnpay.is_genuine_answer(self.ways.vnpay, found, "querydr"):
                raise NoAnswer("the answer of VNPAY is not signed by it")
            return _said(vnpay.answered, found)
        if payment.provider == "momo" and self.ways.momo is not None:
            found = _post(
                f"{self.ways.momo.url}/query", momo.query(self.ways.momo, payment.reference, request_id)
            )
            # An answer carries no signature of its own; it came over the connection that was asked on.
            return _said(momo.word, found) if found.get("orderId") == payment.reference else None
        raise NoAnswer(f"nobody can be asked about {payment.provider}")

    def give_back(self, demand: Demand, now: datetime) -> tuple[Given, str]:
        """Demand a refund; what came of it and the provider's code. `unknown`: it may have been done."""
        try:
            if demand.provider == "vnpay" and self.ways.vnpay is not None:
                order = Order(
                    demand.payment_reference,
                    demand.paid,
                    f"Tra lai {demand.payment_reference}",
                    demand.created_at,
                    demand.expires_at,
                    demand.client_address,
                )
                body = vnpay.refund(
                    self.ways.vnpay, order, demand.reference, demand.amount, demand.transaction, now
                )
                found = _post(self.ways.vnpay_api_url, body)
                if not vnpay.is_genuine_answer(self.ways.vnpay, found, "refund"):
                    return "unknown", "unsigned"
                return vnpay.given_back(found)
            if demand.provider == "momo" and self.ways.momo is not None:
                body = momo.refund(
                    self.ways.momo,
                    demand.reference,
                    demand.reference,
                    demand.amount,
                    int(demand.transaction),
                    f"Tra lai {demand.payment_reference}",
                )
                return momo.given_back(_post(f"{self.ways.momo.url}/refund", body))
        except NotReached:
            raise
        except NoAnswer as exc:
            return "unknown", str(exc)
        return "refused", "not offered"


def _post(url: str, body: Mapping[str, Any]) -> dict[str, Any]:
    # It loads much that only its command line needs.
    import httpx  # noqa: PLC0415

    try:
        answer = httpx.post(url, json=body, timeout=TIMEOUT_S, follow_redirects=False)
    except (httpx.HTTPError, httpx.InvalidURL) as exc:
        raise NotReached(type(exc).__name__) from None
    try:
        found = msgspec.json.decode(answer.content[:_MOST_BYTES])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as exc:
        raise NoAnswer(type(exc).__name__) from None
    if not isinstance(found, dict):
        raise NoAnswer("the answer is no object")
    return found


def _said(read: Any, found: dict[str, Any]) -> Word | None:
    try:
        word: Word | None = read(found)
    except ValueError as exc:
        raise NoAnswer(str(exc)) from None
    return word


def _order(payment: Payment) -> Order:
    return Order(
        payment.reference,
        payment.amount,
        f"Do xe {payment.reference}",
        payment.created_at,
        payment.expires_at,
        payment.client_address,
    )
