"""The three gateways behind one address, with the page where a person lets them misbehave."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from cityhub.config import Settings
from cityhub.errors import InvalidInput
from simulators.gateways import pages
from simulators.gateways.bank import Bank
from simulators.gateways.callbacks import Callbacks, Pace
from simulators.gateways.misbehaviour import GATEWAYS, NAMES, POSSIBLE, Kind, Switch
from simulators.gateways.momo import Momo
from simulators.gateways.tellers import TELLERS
from simulators.gateways.vnpay import Vnpay

_WORDS: dict[Kind, str] = {
    "double": "gọi hai lần / calls twice",
    "delay": "gọi muộn / calls late",
    "reorder": "đơn sau gọi trước / the next order is told first",
    "forge": "một lời gọi giả trước / a forged call first",
    "lose": "không gọi / does not call",
    "amount": "sai số tiền / a wrong amount",
    "partial": "chỉ một phần / only a part",
}


class Gateways:
    """The gateways of a hub with these settings at the URL `hub`. `teller`: of the bank; raises InvalidInput."""

    def __init__(
        self,
        settings: Settings,
        hub: str,
        switch: Switch | None = None,
        teller: str = "ours",
        pace: Pace | None = None,
    ) -> None:
        if teller not in TELLERS:
            raise InvalidInput("teller", f"must be one of {', '.join(TELLERS)}")
        hub = hub.rstrip("/")
        self.switch = Switch() if switch is None else switch
        self.callbacks = Callbacks(Pace() if pace is None else pace)
        both = (self.switch, self.callbacks)
        keys = {name: getattr(settings, setting).get_secret_value() for name, (_, setting) in TELLERS.items()}
        self.vnpay = Vnpay(settings.vnpay_tmn_code, settings.vnpay_hash_secret.get_secret_value(), hub, *both)
        self.momo = Momo(
            settings.momo_partner_code,
            settings.momo_access_key.get_secret_value(),
            settings.momo_secret_key.get_secret_value(),
            *both,
        )
        known = {name: key for name, key in keys.items() if key}
        self.bank = Bank(settings.vietqr_account, known, teller, hub, *both)

    def app(self) -> Starlette:
        """Their pages and calls."""

        @asynccontextmanager
        async def closing(_app: Starlette) -> AsyncIterator[None]:
            yield
            await self.callbacks.close()

        own = [
            Route("/misbehave", self.page),
            Route("/misbehave", self.turn, methods=["POST"]),
            Route("/misbehave/lost", self.tell_lost, methods=["POST"]),
            Route("/healthz", lambda _request: Response("ok")),
        ]
        routes = [*self.vnpay.routes(), *self.momo.routes(), *self.bank.routes(), *own]
        return Starlette(routes=routes, lifespan=closing)

    async def page(self, _request: Request) -> Response:
        """What each does wrong, to be switched."""
        parts = []
        for gateway in GATEWAYS:
            boxes = "".join(
                f"<label class='check'><input type='checkbox' name='{gateway}' value='{kind}'"
                f"{' checked' if kind in self.switch.on[gateway] else ''}>{_WORDS[kind]}</label>"
                for kind in POSSIBLE[gateway]
            )
            parts.append(f"<fieldset><legend>{NAMES[gateway]}</legend>{boxes}</fieldset>")
        share = round(100 * self.switch.share)
        body = (
            f"<form method='post'>{''.join(parts)}<label>Bao nhiêu % lời gọi / Of how many % of the calls"
            f"<input name='share' type='number' min='0' max='100' value='{share}'></label>"
            "<button>Đặt / Set</button></form>"
        )
        if lost := len(self.callbacks.lost):
            body += (
                f"<form method='post' action='/misbehave/lost'><button class='second'>Báo {lost} lời gọi đã mất"
                f" / Tell what was lost: {lost}</button></form>"
            )
        return pages.page("Làm sai / Misbehave", body)

    async def turn(self, request: Request) -> Response:
        """Switch them."""
        form = await pages.form(request)
        share = dict(form).get("share", "100")
        if not share.isdecimal() or int(share) > 100:
            return pages.page("Làm sai / Misbehave", "<p>0-100 %</p>", 400)
        self.switch.share = int(share) / 100
        for gateway in GATEWAYS:
            self.switch.turn(gateway, [cast(Kind, value) for name, value in form if name == gateway])
        return RedirectResponse("/misbehave", 303)

    async def tell_lost(self, _request: Request) -> Response:
        """What was lost is told."""
        await self.callbacks.tell_lost()
        return RedirectResponse("/misbehave", 303)


def serve(gateways: Gateways, port: int) -> None:
    """Serve on 127.0.0.1 until stopped by a signal."""
    uvicorn.run(gateways.app(), host="127.0.0.1", port=port, log_level="warning", timeout_graceful_shutdown=3)
