"""Who tells the hub of credits: each in its own form, signed by code of its own."""

import base64
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from types import MappingProxyType
from typing import Any

import httpx

from simulators.gateways.signing import sign

_HANOI = timezone(timedelta(hours=7))
# The client for calls to the hub; sends as httpx does, and gives None when nobody answers.
Send = Callable[..., Awaitable[httpx.Response | None]]


@dataclass(frozen=True, slots=True)
class Transfer:
    """Money that came into the account. `number`: the teller's own; `reference`: the bank's; `at`: aware."""

    number: int
    reference: str
    amount: int
    content: str
    account: str
    at: datetime

    @property
    def local_time(self) -> str:
        """As tellers write times: Hanoi's, without an offset."""
        return self.at.astimezone(_HANOI).strftime("%Y-%m-%d %H:%M:%S")


async def ours(send: Send, hub: str, key: str, transfer: Transfer) -> httpx.Response | None:
    """The hub's own form."""
    body = _compact(
        {
            "transaction_id": str(transfer.number),
            "amount": transfer.amount,
            "content": transfer.content,
            "credited_at": transfer.at.isoformat(timespec="seconds"),
            "account": transfer.account,
        }
    )
    return await _post(
        send, f"{hub}/payments/vietqr/webhook", body, {"X-Signature": sign(key, body, "sha256")}
    )


async def payos(send: Send, hub: str, key: str, transfer: Transfer) -> httpx.Response | None:
    """payOS signs the fields of `data`, sorted by name."""
    data: dict[str, Any] = {
        "orderCode": transfer.number,
        "amount": transfer.amount,
        "description": transfer.content,
        "accountNumber": transfer.account,
        "reference": transfer.reference,
        "transactionDateTime": transfer.local_time,
        "currency": "VND",
        "paymentLinkId": f"{transfer.number:032x}",
        "code": "00",
        "desc": "Thành công",
        "counterAccountBankId": None,
        "counterAccountBankName": None,
        "counterAccountName": None,
        "counterAccountNumber": None,
        "virtualAccountName": "",
        "virtualAccountNumber": "",
    }
    text = "&".join(f"{name}={'' if value is None else value}" for name, value in sorted(data.items()))
    body = {
        "code": "00",
        "desc": "success",
        "success": True,
        "data": data,
        "signature": sign(key, text, "sha256"),
    }
    return await _post(send, f"{hub}/payments/vietqr/payos", _compact(body))


async def casso(send: Send, hub: str, key: str, transfer: Transfer) -> httpx.Response | None:
    """Casso signs its time and the body, keys sorted at every level; what it sends is not sorted."""
    data = {
        "id": transfer.number,
        "reference": transfer.reference,
        "description": transfer.content,
        "amount": transfer.amount,
        "runningBalance": 25_000_000 + transfer.amount,
        "transactionDateTime": transfer.local_time,
        "accountNumber": transfer.account,
        "bankName": "Ngân hàng mô phỏng",
        "bankAbbreviation": "MP",
        "virtualAccountNumber": "",
        "virtualAccountName": "",
    }
    body = {"error": 0, "data": data}
    at = str(time.time_ns() // 1_000_000)
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    header = f"t={at},v1={sign(key, f'{at}.{text}', 'sha512')}"
    return await _post(send, f"{hub}/payments/vietqr/casso", _compact(body), {"X-Casso-Signature": header})


async def sepay(send: Send, hub: str, key: str, transfer: Transfer) -> httpx.Response | None:
    """SePay signs its time and the body as it is sent."""
    body = _compact(
        {
            "id": transfer.number,
            "gateway": "MoPhong",
            "transactionDate": transfer.local_time,
            "accountNumber": transfer.account,
            "subAccount": None,
            "code": None,
            "content": transfer.content,
            "transferType": "in",
            "description": transfer.content,
            "transferAmount": transfer.amount,
            "accumulated": 25_000_000 + transfer.amount,
            "referenceCode": transfer.reference,
        }
    )
    at = str(int(time.time()))
    headers = {
        "X-SePay-Timestamp": at,
        "X-SePay-Signature": f"sha256={sign(key, f'{at}.'.encode() + body, 'sha256')}",
    }
    return await _post(send, f"{hub}/payments/vietqr/sepay", body, headers)


async def vietqr_vn(send: Send, hub: str, key: str, transfer: Transfer) -> httpx.Response | None:
    """vietqr.vn asks for a token by its password (`key`: user:password), then tells with that."""
    base = f"{hub}/payments/vietqr/vietqr_vn"
    basic = base64.b64encode(key.encode()).decode()
    login = await send("POST", f"{base}/api/token_generate", headers={"Authorization": f"Basic {basic}"})
    if login is None or login.status_code >= 500:
        return login
    token = login.json()["access_token"] if login.is_success else "0.nobody"
    body = {
        "bankaccount": transfer.account,
        "amount": transfer.amount,
        "transType": "C",
        "content": transfer.content,
        "transactionid": str(transfer.number),
        "transactiontime": int(transfer.at.timestamp() * 1000),
        "referencenumber": transfer.reference,
        "orderId": "",
    }
    return await _post(
        send, f"{base}/bank/api/transaction-sync", _compact(body), {"Authorization": f"Bearer {token}"}
    )


Teller = Callable[[Send, str, str, Transfer], Awaitable[httpx.Response | None]]
# Each with the setting that holds its key.
TELLERS: Mapping[str, tuple[Teller, str]] = MappingProxyType(
    {
        "ours": (ours, "vietqr_webhook_secret"),
        "payos": (payos, "payos_checksum_key"),
        "casso": (casso, "casso_checksum_key"),
        "sepay": (sepay, "sepay_api_key"),
        "vietqr_vn": (vietqr_vn, "vietqr_vn_login"),
    }
)


async def _post(
    send: Send, url: str, body: bytes, headers: Mapping[str, str] | None = None
) -> httpx.Response | None:
    return await send(
        "POST", url, content=body, headers={"Content-Type": "application/json", **(headers or {})}
    )


def _compact(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()
