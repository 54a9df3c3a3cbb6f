"""Calls to providers that a payment begins with. No connection to the database is held meanwhile."""

import asyncio
from typing import TYPE_CHECKING

import msgspec
from anyio import to_thread

from api.problems import ProviderFailed
from cityhub.payments import momo
from cityhub.payments.order import Order

if TYPE_CHECKING:
    from httpx import AsyncClient

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
        self._client: AsyncClient | None = None
        self._opening = asyncio.Lock()

    async def momo_pay_url(
        self, merchant: momo.Merchant, order: Order, return_url: str, callback_url: str
    ) -> str:
        """Where the payer is sent; raises ProviderFailed.

        The order's reference is the id of the request too: asked again, MoMo gives the same payment.
        """
        body = momo.create(merchant, order, order.reference, return_url, callback_url)
        client = await self._opened()
        # Known to be loaded by now.
        import httpx  # noqa: PLC0415

        try:
            answer = await client.post(f"{merchant.url}/create", json=body)
            created = msgspec.json.decode(answer.content[:_MOST_BYTES], type=_Created)
        except (httpx.HTTPError, msgspec.MsgspecError):
            raise ProviderFailed("MoMo does not answer; try again or choose another way to pay") from None
        if created.resultCode != 0 or not created.payUrl.startswith(("https://", "http://127.0.0.1")):
            raise ProviderFailed("MoMo does not take this payment; choose another way to pay")
        return created.payUrl

    async def close(self) -> None:
        """Close every connection; idempotent."""
        if self._client is not None:
            await self._client.aclose()

    async def _opened(self) -> "AsyncClient":
        async with self._opening:
            if self._client is None:
                self._client = await to_thread.run_sync(_client)
        return self._client


def _client() -> "AsyncClient":
    # It loads much that only its command line needs, and certificates, for tenths of a second.
    import httpx  # noqa: PLC0415

    return httpx.AsyncClient(
        timeout=httpx.Timeout(TIMEOUT_S, pool=1),
        limits=httpx.Limits(max_connections=MOST),
        follow_redirects=False,
    )
