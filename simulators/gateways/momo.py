"""A MoMo v2: payments are created, paid on its page, told to the hub (IPN), asked about and given back."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from simulators.gateways import pages
from simulators.gateways.callbacks import Callbacks, Message
from simulators.gateways.misbehaviour import Switch, taken
from simulators.gateways.signing import is_same, sign, transaction_number

_CREATE = "accessKey amount extraData ipnUrl orderId orderInfo partnerCode redirectUrl requestId requestType"
_CALLBACK = (
    "accessKey amount extraData message orderId orderInfo orderType partnerCode payType requestId responseTime"
    " resultCode transId"
)
_QUERY = "accessKey orderId partnerCode requestId"
_REFUND = "accessKey amount description orderId partnerCode requestId transId"
# Its result codes.
_DONE, _WAITS, _DENIED_BY_USER = 0, 1000, 1006
_WRONG_SIGNATURE, _OUT_OF_RANGE, _DOUBLED_REQUEST, _DOUBLED_ORDER, _UNKNOWN, _REFUND_REFUSED = (
    13,
    22,
    40,
    41,
    42,
    1081,
)
_LEAST, _MOST = 1_000, 50_000_000


@dataclass
class _Order:
    """`asked`: the body that created it; `taken` and `given_back`: VND."""

    asked: Mapping[str, Any]
    result: int = _WAITS
    taken: int = 0
    given_back: int = 0
    transaction: int = 0


@dataclass
class Momo:
    """One partner."""

    partner: str
    access_key: str
    secret: str
    switch: Switch
    callbacks: Callbacks
    orders: dict[str, _Order] = field(default_factory=dict)
    refunds: set[str] = field(default_factory=set)

    def routes(self) -> list[Route]:
        """Its page and what the hub asks."""
        return [
            Route("/momo/create", self.create, methods=["POST"]),
            Route("/momo/query", self.query, methods=["POST"]),
            Route("/momo/refund", self.refund, methods=["POST"]),
            Route("/momo/pay/{order}", self.page, name="momo_page"),
            Route("/momo/pay/{order}", self.pay, methods=["POST"]),
        ]

    async def create(self, request: Request) -> Response:
        """A new payment and where its payer is sent; asked in the same words again, the same."""
        body: dict[str, Any] = await request.json()
        if not self._is_genuine(body, _CREATE):
            return self._answer(body, _WRONG_SIGNATURE)
        if not _LEAST <= body["amount"] <= _MOST:
            return self._answer(body, _OUT_OF_RANGE)
        order = self.orders.setdefault(body["orderId"], _Order(body))
        if order.asked["requestId"] != body["requestId"]:
            return self._answer(body, _DOUBLED_ORDER)
        pay_url = str(request.url_for("momo_page", order=body["orderId"]))
        return self._answer(body, _DONE, amount=order.asked["amount"], payUrl=pay_url)

    async def query(self, request: Request) -> Response:
        """How an order is."""
        body: dict[str, Any] = await request.json()
        order = self.orders.get(str(body.get("orderId")))
        if not self._is_genuine(body, _QUERY):
            return self._answer(body, _WRONG_SIGNATURE)
        if order is None:
            return self._answer(body, _UNKNOWN, amount=0, transId=0)
        found = {
            "amount": order.taken or order.asked["amount"],
            "transId": order.transaction,
            "extraData": order.asked["extraData"],
            "payType": "qr",
            "refundTrans": [],
        }
        return self._answer(body, order.result, **found)

    async def refund(self, request: Request) -> Response:
        """Give back a part or all of a transaction; each demand once."""
        body: dict[str, Any] = await request.json()
        if not self._is_genuine(body, _REFUND):
            return self._answer(body, _WRONG_SIGNATURE)
        if body["requestId"] in self.refunds:
            return self._answer(body, _DOUBLED_REQUEST)
        paid = [one for one in self.orders.values() if one.transaction and one.transaction == body["transId"]]
        amount = body["amount"]
        if not paid or paid[0].result != _DONE or not 0 < amount <= paid[0].taken - paid[0].given_back:
            return self._answer(body, _REFUND_REFUSED)
        self.refunds.add(body["requestId"])
        paid[0].given_back += amount
        return self._answer(body, _DONE, amount=amount, transId=transaction_number())

    async def page(self, request: Request) -> Response:
        """What a payer sees."""
        order = self.orders.get(request.path_params["order"])
        if order is None:
            return pages.page("MoMo", pages.NO_ORDER, 404)
        if order.result != _WAITS:
            return pages.page("MoMo", pages.OVER, 409)
        return pages.page("MoMo", pages.choice(order.asked["amount"]))

    async def pay(self, request: Request) -> Response:
        """The payer pays or cancels: the hub is called, and the payer comes back to it."""
        is_paid = ("do", "pay") in await pages.form(request)
        order = self.orders.get(request.path_params["order"])
        if order is None:
            return pages.page("MoMo", pages.NO_ORDER, 404)
        if order.result != _WAITS:
            return pages.page("MoMo", pages.OVER, 409)
        plan = self.switch.plan("momo")
        order.taken = taken(order.asked["amount"], plan)
        order.result = _DONE if is_paid else _DENIED_BY_USER
        order.transaction = transaction_number()
        told = self.told(order)
        await self.callbacks.deliver(
            Message("momo", lambda is_forged: self._call(order, told, is_forged), _is_taken), plan
        )
        back = urlencode({**told, "signature": self.signature(told, _CALLBACK)})
        return RedirectResponse(f"{order.asked['redirectUrl']}?{back}", 303)

    def told(self, order: _Order) -> dict[str, Any]:
        """What the hub is told of an order that ended."""
        copied = {
            name: order.asked[name]
            for name in ("partnerCode", "orderId", "requestId", "orderInfo", "extraData")
        }
        return copied | {
            "amount": order.taken,
            "orderType": "momo_wallet",
            "transId": order.transaction,
            "resultCode": order.result,
            "message": "Successful." if order.result == _DONE else "Transaction denied by user.",
            "payType": "qr",
            "responseTime": _milliseconds(),
        }

    def signature(self, body: Mapping[str, Any], names: str, secret: str | None = None) -> str:
        """Over these values in this order, not encoded, by the partner's secret or another."""
        values = {**body, "accessKey": self.access_key}
        text = "&".join(f"{name}={values.get(name, '')}" for name in names.split())
        return sign(self.secret if secret is None else secret, text, "sha256")

    async def _call(self, order: _Order, told: Mapping[str, Any], is_forged: bool) -> httpx.Response | None:
        signature = self.signature(told, _CALLBACK, "nobody's secret" if is_forged else None)
        return await self.callbacks.send("POST", order.asked["ipnUrl"], json={**told, "signature": signature})

    def _is_genuine(self, body: Mapping[str, Any], names: str) -> bool:
        return body.get("partnerCode") == self.partner and is_same(
            self.signature(body, names), body.get("signature")
        )

    def _answer(self, body: Mapping[str, Any], result: int, **more: Any) -> Response:
        copied = {name: body.get(name, "") for name in ("partnerCode", "requestId", "orderId")}
        message = "Successful." if result == _DONE else f"Result {result}."
        return JSONResponse(
            copied | {"resultCode": result, "message": message, "responseTime": _milliseconds()} | more
        )


def _is_taken(answer: httpx.Response) -> bool:
    return answer.status_code == 204


def _milliseconds() -> int:
    return time.time_ns() // 1_000_000
