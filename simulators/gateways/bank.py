"""A bank whose app takes a typed transfer, and whoever watches the account and tells the hub of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape

import httpx
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from simulators.gateways import pages
from simulators.gateways.callbacks import Callbacks, Message
from simulators.gateways.misbehaviour import Switch, taken
from simulators.gateways.signing import transaction_number
from simulators.gateways.tellers import TELLERS, Transfer

_TITLE = "Ngân hàng / Bank"
# Tellers try again for some minutes.
_TRIES = 8
_MOST = 10**12


@dataclass
class Bank:
    """`keys`: of the tellers that the hub listens to; `teller`: who tells unless a payer chooses another."""

    account: str
    keys: Mapping[str, str]
    teller: str
    hub: str
    switch: Switch
    callbacks: Callbacks

    def routes(self) -> list[Route]:
        """Its page."""
        return [Route("/bank", self.page), Route("/bank", self.pay, methods=["POST"])]

    async def page(self, _request: Request) -> Response:
        """A banking app for those who have no phone at hand: the code and the amount, typed."""
        return pages.page(
            _TITLE,
            '<form method="post"><label>Nội dung / Text<input name="content" required></label>'
            '<label>Số tiền / Amount<input name="amount" inputmode="numeric" required></label>'
            '<label>Ai báo có / Who tells of it<select name="teller">'
            f"{pages.options(self.keys, self.teller)}</select></label>"
            "<button>Chuyển khoản / Transfer</button></form>",
        )

    async def pay(self, request: Request) -> Response:
        """The transfer; the page says what the hub answered, where it was told at once."""
        form = dict(await pages.form(request))
        digits = "".join(sign for sign in form.get("amount", "") if sign in "0123456789")
        amount, name = int(digits[:20] or 0), form.get("teller", self.teller)
        if name not in self.keys or not 0 < amount < _MOST:
            return pages.page(_TITLE, "<p>Số tiền hoặc kênh báo có sai / Wrong amount or teller</p>", 400)
        plan = self.switch.plan("bank")
        number = transaction_number()
        transfer = Transfer(
            number,
            f"FT{number}",
            taken(amount, plan),
            # Banks write words of their own around what the payer wrote.
            f"MBVCB.{number % 10**10}.{form.get('content', '')[:200]}.CT DEN",
            self.account,
            datetime.now(UTC),
        )

        async def call(is_forged: bool) -> httpx.Response | None:
            teller, _ = TELLERS[name]
            key = "nobody:secret" if is_forged else self.keys[name]
            return await teller(self.callbacks.send, self.hub, key, transfer)

        answer = await self.callbacks.deliver(
            Message("bank", call, lambda answer: answer.is_success, _TRIES), plan
        )
        said = "Đã chuyển / Transferred" if answer is None else answer.text
        return pages.page(_TITLE, f"<p>{escape(said)}</p><p><a href='/bank'>←</a></p>")
