"""A payer at the providers: opens their page, pays there, and waits until the hub knows."""

import asyncio
from typing import Any, Literal

from simulators.drivers.habits import Way
from simulators.drivers.hub import GaveUp, Hub, Refused

_TOP_UP = 100_000
_ANYWAY: tuple[Way, ...] = ("vietqr", "vnpay", "momo", "wallet")
Paid = Literal["paid", "failed", "waits"]


class Payer:
    """Pays by `way`, or another where that is not offered. `bank`: address of its page, None: transfers cannot be made.

    `look_s`: seconds between two looks at how a payment is, `looks` of them.
    """

    def __init__(self, hub: Hub, way: Way, bank: str | None, look_s: float, looks: int) -> None:
        self._hub, self._way, self._bank = hub, way, bank
        self._look_s, self._looks = look_s, looks
        self._wallet: str | None = None

    async def pay(self, token: str, *, cancels: bool = False) -> Paid:
        """Pay what waits in a session. `cancels`: at the provider the first time. Raises GaveUp, Refused."""
        payment = await self._begin(token)
        if cancels and payment.get("redirect_url"):
            await self._at_provider(payment, "cancel")
            payment = await self._begin(token)
        await self._at_provider(payment, "pay")
        return await self._outcome(payment)

    async def _begin(self, token: str) -> dict[str, Any]:
        asked: dict[str, Any] = {"session_token": token}
        ways = [self._way, *(way for way in _ANYWAY if way != self._way)]
        refusal = Refused("not_offered")
        for way in ways:
            if way == "vietqr" and self._bank is None:
                continue
            try:
                more = {"wallet_token": await self._filled_wallet()} if way == "wallet" else {}
                return await self._hub.post("/payments", {**asked, "provider": way, **more})
            except Refused as exc:
                refusal = exc
                if exc.rule not in ("not_offered", "provider_minimum", "wallet_has_enough", "502"):
                    raise
        raise refusal

    async def _filled_wallet(self) -> str:
        """The driver's wallet with enough for a while; raises GaveUp, Refused."""
        if self._wallet is not None:
            found = await self._hub.get(f"/wallets/{self._wallet}")
            if found["balance"] >= _TOP_UP:
                return self._wallet
        refusal = Refused("not_offered")
        for provider in ("momo", "vnpay", "vietqr"):
            asked = {"amount": 2 * _TOP_UP, "provider": provider}
            known = {"wallet_token": self._wallet} if self._wallet else {}
            if provider == "vietqr" and self._bank is None:
                continue
            try:
                wallet = await self._hub.post("/wallets", {**asked, **known})
            except Refused as exc:
                refusal = exc
                continue
            self._wallet = str(wallet["token"])
            await self._at_provider(wallet["payment"], "pay")
            await self._outcome(wallet["payment"])
            return self._wallet
        raise refusal

    async def _at_provider(self, payment: dict[str, Any], do: Literal["pay", "cancel"]) -> None:
        if payment["status"] != "pending":
            return
        if payment.get("redirect_url"):
            page = payment["redirect_url"]
            await self._hub.open(page)
            await self._hub.open(page, {"do": do})
        elif payment.get("transfer_code") and self._bank is not None:
            fields = {"content": payment["transfer_code"], "amount": str(payment["amount"])}
            await self._hub.open(self._bank, fields)
        else:
            raise GaveUp

    async def _outcome(self, payment: dict[str, Any]) -> Paid:
        for _ in range(self._looks):
            status = (await self._hub.get(f"/payments/{payment['id']}"))["status"]
            if status != "pending":
                return "failed" if status in ("failed", "expired") else "paid"
            await asyncio.sleep(self._look_s)
        return "waits"
