"""A VNPAY 2.1.0: its page, its call to the hub (IPN), questions (querydr) and refunds."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from urllib.parse import quote_plus, urlencode
from uuid import uuid4

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from simulators.gateways import pages
from simulators.gateways.callbacks import Callbacks, Message
from simulators.gateways.misbehaviour import Switch, taken
from simulators.gateways.signing import is_same, sign, transaction_number

_HANOI = timezone(timedelta(hours=7))
_TIME = "%Y%m%d%H%M%S"
# VNPAY calls up to ten times.
_TRIES = 10
_QUERY = "RequestId Version Command TmnCode TxnRef TransactionDate CreateDate IpAddr OrderInfo"
_REFUND = (
    "RequestId Version Command TmnCode TransactionType TxnRef Amount TransactionNo TransactionDate CreateBy"
    " CreateDate IpAddr OrderInfo"
)
_ANSWER = (
    "ResponseId Command ResponseCode Message TmnCode TxnRef Amount BankCode PayDate TransactionNo TransactionType"
    " TransactionStatus OrderInfo"
)
_PROMOTION = "PromotionCode PromotionAmount"
_FULL, _PARTIAL = "02", "03"


@dataclass
class _Order:
    """`asked`: the signed parameters; `taken` and `given_back`: hundredths of VND; `status`: None until it ended."""

    asked: Mapping[str, str]
    status: str | None = None
    taken: int = 0
    given_back: int = 0
    transaction: str = ""
    paid_at: str = ""


@dataclass
class Vnpay:
    """One terminal, `code`, whose calls go to `hub`."""

    code: str
    secret: str
    hub: str
    switch: Switch
    callbacks: Callbacks
    orders: dict[str, _Order] = field(default_factory=dict)
    requests: set[str] = field(default_factory=set)

    def routes(self) -> list[Route]:
        """Its page and what the hub asks."""
        return [
            Route("/vnpay/pay", self.page),
            Route("/vnpay/pay", self.pay, methods=["POST"]),
            Route("/vnpay/api", self.answer, methods=["POST"]),
        ]

    async def page(self, request: Request) -> Response:
        """What a payer sees."""
        order, refusal = self._order(request)
        return refusal or pages.page("VNPAY", pages.choice(int(order.asked["vnp_Amount"]) // 100))

    async def pay(self, request: Request) -> Response:
        """The payer pays or cancels: the hub is called, and the payer comes back to it."""
        order, refusal = self._order(request)
        if refusal is not None:
            return refusal
        is_paid = ("do", "pay") in await pages.form(request)
        if order.status is not None:
            return pages.page("VNPAY", pages.OVER, 409)
        plan = self.switch.plan("vnpay")
        order.taken = 100 * taken(int(order.asked["vnp_Amount"]) // 100, plan)
        order.status = "00" if is_paid else "02"
        order.transaction, order.paid_at = str(transaction_number()), _now()
        told = self.told(order)
        await self.callbacks.deliver(
            Message("vnpay", lambda is_forged: self._call(told, is_forged), _is_taken, _TRIES), plan
        )
        return RedirectResponse(f"{order.asked['vnp_ReturnUrl']}?{urlencode(self.signed(told))}", 303)

    async def answer(self, request: Request) -> Response:
        """Questions and refunds."""
        body: dict[str, Any] = await request.json()
        command = str(body.get("vnp_Command"))
        order = self.orders.get(str(body.get("vnp_TxnRef")))
        names = _QUERY if command == "querydr" else _REFUND
        answered = f"{_ANSWER} {_PROMOTION}" if command == "querydr" else _ANSWER
        found = {f"vnp_{name}": "" for name in answered.split()}
        found |= {
            "vnp_ResponseId": uuid4().hex,
            "vnp_Command": command,
            "vnp_TmnCode": self.code,
            "vnp_TxnRef": str(body.get("vnp_TxnRef", "")),
            "vnp_OrderInfo": str(body.get("vnp_OrderInfo", "")),
        }
        more: dict[str, str] = {}
        if (
            not is_same(self._over(body, names), body.get("vnp_SecureHash"))
            or body["vnp_TmnCode"] != self.code
        ):
            code = "97"
        elif body["vnp_RequestId"] in self.requests:
            code = "94"
        elif order is None or order.asked["vnp_CreateDate"] != body["vnp_TransactionDate"]:
            code = "91"
        else:
            self.requests.add(body["vnp_RequestId"])
            code, more = self._state(order) if command == "querydr" else self._give_back(order, body)
        found |= {"vnp_ResponseCode": code, "vnp_Message": "Success" if code == "00" else "Fail", **more}
        return JSONResponse(found | {"vnp_SecureHash": self._over(found, answered)})

    def told(self, order: _Order) -> dict[str, str]:
        """What the hub is told of an order that ended."""
        return {
            "vnp_Amount": str(order.taken),
            "vnp_BankCode": "NCB",
            "vnp_CardType": "ATM",
            "vnp_OrderInfo": order.asked["vnp_OrderInfo"],
            "vnp_PayDate": order.paid_at,
            "vnp_ResponseCode": "00" if order.status == "00" else "24",
            "vnp_TmnCode": self.code,
            "vnp_TransactionNo": order.transaction,
            "vnp_TransactionStatus": order.status or "01",
            "vnp_TxnRef": order.asked["vnp_TxnRef"],
        }

    def signed(self, parameters: Mapping[str, str], secret: str | None = None) -> dict[str, str]:
        """With the signature over what is sorted and form-encoded, by the terminal's secret or another."""
        text = "&".join(
            f"{quote_plus(name)}={quote_plus(value)}" for name, value in sorted(parameters.items()) if value
        )
        return {
            **parameters,
            "vnp_SecureHash": sign(self.secret if secret is None else secret, text, "sha512"),
        }

    def _order(self, request: Request) -> tuple[_Order, Response | None]:
        """The order of a signed address; or why there is none to pay."""
        asked = dict(request.query_params)
        signature = asked.pop("vnp_SecureHash", "")
        order = self.orders.get(asked.get("vnp_TxnRef", "")) or _Order(asked)
        if not is_same(self.signed(asked)["vnp_SecureHash"], signature) or asked["vnp_TmnCode"] != self.code:
            return order, pages.page("VNPAY", pages.WRONG_SIGNATURE, 400)
        self.orders.setdefault(asked["vnp_TxnRef"], order)
        if order.status is not None or asked["vnp_ExpireDate"] < _now():
            return order, pages.page("VNPAY", pages.OVER, 409)
        return order, None

    async def _call(self, told: Mapping[str, str], is_forged: bool) -> httpx.Response | None:
        signed = self.signed(told, "nobody's secret" if is_forged else None)
        return await self.callbacks.send("GET", f"{self.hub}/payments/vnpay/ipn", params=signed)

    def _state(self, order: _Order) -> tuple[str, dict[str, str]]:
        return "00", {
            "vnp_Message": "QueryDR Success",
            "vnp_Amount": str(order.taken or order.asked["vnp_Amount"]),
            "vnp_BankCode": "NCB" if order.status else "",
            "vnp_PayDate": order.paid_at,
            "vnp_TransactionNo": order.transaction or "0",
            "vnp_TransactionType": "01",
            "vnp_TransactionStatus": order.status or "01",
        }

    def _give_back(self, order: _Order, body: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
        amount = int(body["vnp_Amount"])
        left = order.taken - order.given_back
        is_full = body["vnp_TransactionType"] == _FULL and amount == order.taken
        is_part = body["vnp_TransactionType"] == _PARTIAL and 0 < amount < order.taken
        if order.status != "00":
            return "95", {}
        if not (is_full or is_part) or amount > left or body["vnp_TransactionNo"] != order.transaction:
            return "99", {}
        order.given_back += amount
        return "00", {
            "vnp_Message": "Refund Success",
            "vnp_Amount": str(amount),
            "vnp_BankCode": "NCB",
            "vnp_PayDate": _now(),
            "vnp_TransactionNo": str(transaction_number()),
            "vnp_TransactionType": str(body["vnp_TransactionType"]),
            "vnp_TransactionStatus": "05",
        }

    def _over(self, body: Mapping[str, Any], names: str) -> str:
        """The signature over raw values in a fixed order."""
        return sign(
            self.secret, "|".join(str(body.get(f"vnp_{name}", "")) for name in names.split()), "sha512"
        )


def _is_taken(answer: httpx.Response) -> bool:
    return answer.is_success and ('"00"' in answer.text or '"02"' in answer.text)


def _now() -> str:
    return datetime.fromtimestamp(time.time(), UTC).astimezone(_HANOI).strftime(_TIME)
