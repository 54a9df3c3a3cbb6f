"""Calls to providers that a payment begins with."""

import msgspec

from api.problems import ProviderFailed
from cityhub.payments import momo
from cityhub.payments.order import Order

# MoMo wants to be waited for; a driver does not.
TIMEOUT_S = 10
_MOST_BYTES = 65_536


class _Created(msgspec.Struct):
    payUrl: str  # noqa: N815 - MoMo's own name
    resultCode: int = 0  # noqa: N815


def momo_pay_url(merchant: momo.Merchant, order: Order, return_url: str, callback_url: str) -> str:
    """Where the payer is sent; raises ProviderFailed, ValueError for an amount that MoMo does not take.

    The order's reference is the id of the request too: asked again, MoMo gives the same payment.
    """
    # It loads much that only its command line needs, and few requests need it.
    import httpx  # noqa: PLC0415

    body = momo.create(merchant, order, order.reference, return_url, callback_url)
    try:
        answer = httpx.post(f"{merchant.url}/create", json=body, timeout=TIMEOUT_S, follow_redirects=False)
        created = msgspec.json.decode(answer.content[:_MOST_BYTES], type=_Created)
    except (httpx.HTTPError, msgspec.MsgspecError):
        raise ProviderFailed("MoMo does not answer; try again or choose another way to pay") from None
    if created.resultCode != 0 or not created.payUrl.startswith(("https://", "http://127.0.0.1")):
        raise ProviderFailed("MoMo does not take this payment; choose another way to pay")
    return created.payUrl
