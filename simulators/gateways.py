"""`python -m simulators.gateways PORT HUB_URL`: a VNPAY, a MoMo and a bank to pay in the demo. No money moves.

They speak the real protocols over HTTP on 127.0.0.1 and sign with code of their own, so that the hub's is not held
against itself. Their keys come from the hub's settings in the environment.
"""

import hmac
import sys
import time
from dataclasses import dataclass
from html import escape
from typing import Any
from urllib.parse import parse_qsl, quote_plus, urlencode
from uuid import uuid4

import httpx
import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from cityhub.config import Settings, read_settings

_TIMEOUT_S = 10
_PAGE = """<!DOCTYPE html><html lang="vi"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title>
<style>body{{font:18px/1.5 system-ui,sans-serif;max-width:26rem;margin:0 auto;padding:1rem}}
body{{color:#14313a;background:#f6f3ea}}
button,input{{display:block;width:100%;min-height:50px;margin:.5rem 0;font:inherit;box-sizing:border-box;padding:.4rem}}
button{{border:0;border-radius:12px;background:#0b6273;color:#fff;font-weight:700}}
.second{{background:#52676d}}.notice{{background:#f2c14e;color:#33260a;padding:.4rem;text-align:center}}</style>
<p class="notice">Mô phỏng, không có tiền thật / Simulated, no real money</p><h1>{title}</h1>{body}</html>"""


@dataclass
class Gateways:
    """The three, with what they remember of orders: what was asked for, and how it ended."""

    settings: Settings
    hub: str

    def __post_init__(self) -> None:
        self.orders: dict[str, dict[str, Any]] = {}

    def app(self) -> Starlette:
        """Their pages and calls."""
        return Starlette(
            routes=[
                Route("/vnpay/pay", self.vnpay_page),
                Route("/vnpay/pay", self.vnpay_pay, methods=["POST"]),
                Route("/vnpay/api", self.vnpay_api, methods=["POST"]),
                Route("/momo/create", self.momo_create, methods=["POST"]),
                Route("/momo/query", self.momo_query, methods=["POST"]),
                Route("/momo/pay/{order}", self.momo_page),
                Route("/momo/pay/{order}", self.momo_pay, methods=["POST"]),
                Route("/bank", self.bank_page),
                Route("/bank", self.bank_pay, methods=["POST"]),
                Route("/healthz", lambda _request: Response("ok")),
            ]
        )

    async def vnpay_page(self, request: Request) -> Response:
        """What a payer sees at VNPAY."""
        asked = dict(request.query_params)
        signature = asked.pop("vnp_SecureHash", "")
        if not hmac.compare_digest(self._vnpay_signature(asked), signature):
            return _page("VNPAY", "<p>Chữ ký sai / Wrong signature</p>", 400)
        self.orders[asked["vnp_TxnRef"]] = asked
        return _page("VNPAY", _choice(int(asked["vnp_Amount"]) // 100, asked["vnp_TxnRef"]))

    async def vnpay_pay(self, request: Request) -> Response:
        """The payer pays or cancels: VNPAY calls the hub, and the payer comes back to it."""
        form = await _form(request)
        asked = self.orders.get(form.get("order", ""))
        if asked is None:
            return _page("VNPAY", "<p>Không có đơn này / No such order</p>", 404)
        ended = "00" if form.get("do") == "pay" else "24"
        asked["status"] = "00" if ended == "00" else "02"
        told = {
            "vnp_Amount": asked["vnp_Amount"],
            "vnp_BankCode": "NCB",
            "vnp_OrderInfo": asked["vnp_OrderInfo"],
            "vnp_ResponseCode": ended,
            "vnp_TmnCode": asked["vnp_TmnCode"],
            "vnp_TransactionNo": asked.setdefault("transaction", str(time.time_ns() // 1000)),
            "vnp_TransactionStatus": asked["status"],
            "vnp_TxnRef": asked["vnp_TxnRef"],
        }
        told["vnp_SecureHash"] = self._vnpay_signature(told)
        async with httpx.AsyncClient(timeout=_TIMEOUT_S) as client:
            await client.get(f"{self.hub}/payments/vnpay/ipn", params=told)
        return RedirectResponse(f"{asked['vnp_ReturnUrl']}?{urlencode(told)}", 303)

    async def vnpay_api(self, request: Request) -> Response:
        """Questions and refunds; orders that nobody paid are not known."""
        body: dict[str, str] = await request.json()
        order = self.orders.get(body.get("vnp_TxnRef", ""), {})
        names = [
            *(
                "ResponseId",
                "Command",
                "ResponseCode",
                "Message",
                "TmnCode",
                "TxnRef",
                "Amount",
                "BankCode",
                "PayDate",
            ),
            *("TransactionNo", "TransactionType", "TransactionStatus", "OrderInfo"),
        ]
        if body.get("vnp_Command") == "querydr":
            names += ["PromotionCode", "PromotionAmount"]
        answer = {
            "vnp_ResponseId": uuid4().hex,
            "vnp_Command": body.get("vnp_Command", ""),
            "vnp_ResponseCode": "00" if "status" in order else "91",
            "vnp_TmnCode": body.get("vnp_TmnCode", ""),
            "vnp_TxnRef": body.get("vnp_TxnRef", ""),
            "vnp_Amount": str(body.get("vnp_Amount") or order.get("vnp_Amount", "")),
            "vnp_TransactionNo": order.get("transaction", ""),
            "vnp_TransactionStatus": order.get("status", ""),
        }
        text = "|".join(answer.get(f"vnp_{name}", "") for name in names)
        secret = self.settings.vnpay_hash_secret.get_secret_value()
        return JSONResponse(answer | {"vnp_SecureHash": _hmac(secret, text, "sha512")})

    async def momo_create(self, request: Request) -> Response:
        """A new payment, and where its payer is sent."""
        body: dict[str, Any] = await request.json()
        self.orders.setdefault(body["orderId"], body)
        pay_url = str(request.url_for("momo_page", order=body["orderId"]))
        return JSONResponse({"resultCode": 0, "message": "ok", "payUrl": pay_url})

    async def momo_query(self, request: Request) -> Response:
        """How an order is."""
        body: dict[str, Any] = await request.json()
        order = self.orders.get(body["orderId"], {})
        found = {"orderId": body["orderId"], "amount": order.get("amount", 0)}
        return JSONResponse(
            found | {"resultCode": order.get("result", 1000), "transId": order.get("transaction", 0)}
        )

    async def momo_page(self, request: Request) -> Response:
        """What a payer sees at MoMo."""
        order = self.orders.get(request.path_params["order"])
        if order is None:
            return _page("MoMo", "<p>Không có đơn này / No such order</p>", 404)
        return _page("MoMo", _choice(order["amount"], order["orderId"]))

    async def momo_pay(self, request: Request) -> Response:
        """As `vnpay_pay`."""
        form, order = await _form(request), self.orders.get(request.path_params["order"])
        if order is None:
            return _page("MoMo", "<p>Không có đơn này / No such order</p>", 404)
        order["result"] = 0 if form.get("do") == "pay" else 1006
        told = {
            "partnerCode": order["partnerCode"],
            "orderId": order["orderId"],
            "requestId": order["requestId"],
            "amount": order["amount"],
            "orderInfo": order["orderInfo"],
            "orderType": "momo_wallet",
            "transId": order.setdefault("transaction", time.time_ns() // 1000),
            "resultCode": order["result"],
            "message": "ok",
            "payType": "qr",
            "responseTime": time.time_ns() // 1_000_000,
            "extraData": order["extraData"],
        }
        signed = {**told, "accessKey": self.settings.momo_access_key.get_secret_value()}
        text = "&".join(f"{name}={signed[name]}" for name in sorted(signed))
        told["signature"] = _hmac(self.settings.momo_secret_key.get_secret_value(), text, "sha256")
        async with httpx.AsyncClient(timeout=_TIMEOUT_S) as client:
            await client.post(order["ipnUrl"], json=told)
        return RedirectResponse(f"{order['redirectUrl']}?{urlencode({'orderId': order['orderId']})}", 303)

    async def bank_page(self, _request: Request) -> Response:
        """A banking app for those who have no phone at hand: the code and the amount, typed."""
        return _page(
            "Ngân hàng / Bank",
            '<form method="post"><label>Nội dung / Text<input name="content" required></label>'
            '<label>Số tiền / Amount<input name="amount" inputmode="numeric" required></label>'
            "<button>Chuyển khoản / Transfer</button></form>",
        )

    async def bank_pay(self, request: Request) -> Response:
        """The transfer, told to the hub in its own form."""
        form = await _form(request)
        digits = "".join(sign for sign in form.get("amount", "") if sign.isdigit())
        credit = {
            "transaction_id": uuid4().hex,
            "amount": int(digits or 0),
            "content": f"MBVCB.{form.get('content', '')}.CT DEN",
            "account": self.settings.vietqr_account,
        }
        body = msgspec.json.encode(credit)
        secret = self.settings.vietqr_webhook_secret.get_secret_value()
        headers = {"X-Signature": hmac.new(secret.encode(), body, "sha256").hexdigest()}
        async with httpx.AsyncClient(timeout=_TIMEOUT_S) as client:
            answer = await client.post(f"{self.hub}/payments/vietqr/webhook", content=body, headers=headers)
        return _page("Ngân hàng / Bank", f"<p>{escape(answer.text)}</p><p><a href='/bank'>←</a></p>")

    def _vnpay_signature(self, parameters: dict[str, str]) -> str:
        text = "&".join(
            f"{quote_plus(name)}={quote_plus(parameters[name])}"
            for name in sorted(parameters)
            if parameters[name]
        )
        return _hmac(self.settings.vnpay_hash_secret.get_secret_value(), text, "sha512")


def _hmac(key: str, text: str, kind: str) -> str:
    return hmac.new(key.encode(), text.encode(), kind).hexdigest()


def _choice(amount: int, order: str) -> str:
    return (
        f"<p><strong>{amount:,} VND</strong></p><form method='post'><input type='hidden' name='order'"
        f" value='{escape(order)}'><button name='do' value='pay'>Trả / Pay</button>"
        "<button class='second' name='do' value='cancel'>Hủy / Cancel</button></form>"
    )


def _page(title: str, body: str, status: int = 200) -> Response:
    return HTMLResponse(_PAGE.format(title=title, body=body), status)


async def _form(request: Request) -> dict[str, str]:
    return dict(parse_qsl((await request.body()).decode("utf-8", "replace")))


def main(port: int, hub: str) -> None:
    """Serve on 127.0.0.1 until stopped."""
    gateways = Gateways(read_settings(), hub.rstrip("/"))
    uvicorn.run(gateways.app(), host="127.0.0.1", port=port, log_level="warning")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
