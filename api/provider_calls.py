"""Calls to providers that a payment begins with. No connection to the database is held meanwhile."""

import msgspec

from api.outward import NoAnswer, Outward
from api.problems import ProviderFailed
from cityhub.payments import momo
from cityhub.payments.order import Order

# MoMo wants to be waited for; a driver does not.
TIMEOUT_S = 10
# So many payers at a time wait for a provider; the others are told to choose another way.
MOST = 20
_MOST_BYTES = 65_536


class _Created(msgspec.Struct):
    payUrl: str  # noqa: N815 - MoMo's own name
    resultCode: int = 0  # noqa: N815


class ProviderCalls:
    """One client for all calls of an API; to be used in one event loop, and closed."""

    def __init__(self) -> None:
        self._outward = Outward(timeout_s=TIMEOUT_S, most=MOST, patience_s=1, most_bytes=_MOST_BYTES)

    async def momo_pay_url(
        self, merchant: momo.Merchant, order: Order, return_url: str, callback_url: str
    ) -> str:
        """Where the payer is sent; raises ProviderFailed.

        The order's reference is the id of the request too: asked again, MoMo gives the same payment.
        """
        body = momo.create(merchant, order, order.reference, return_url, callback_url)
        try:
            _, answer = await self._outward.send("POST", f"{merchant.url}/create", json=body)
            created = msgspec.json.decode(answer, type=_Created)
        except (NoAnswer, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            raise ProviderFailed("MoMo does not answer; try again or choose another way to pay") from None
        if created.resultCode != 0 or not created.payUrl.startswith(("https://", "http://127.0.0.1")):
            raise ProviderFailed("MoMo does not take this payment; choose another way to pay")
        return created.payUrl

    async def close(self) -> None:
        """Close every connection; idempotent."""
        await self._outward.close()
