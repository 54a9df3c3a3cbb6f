"""The demo's providers of payments: random keys, simulated gateways, and a file by which others find both."""

import base64
import json
import os
import secrets
from pathlib import Path

from tools.services.folders import hub_folder

# An illustrative account: no bank has it.
_ACCOUNT = {
    "CITYHUB_VIETQR_BIN": "970400",
    "CITYHUB_VIETQR_ACCOUNT": "0000000001",
    "CITYHUB_VIETQR_NAME": "MO PHONG",
}
_SECRETS = (
    "VNPAY_HASH_SECRET", "MOMO_ACCESS_KEY", "MOMO_SECRET_KEY", "VIETQR_WEBHOOK_SECRET", "PAYOS_CHECKSUM_KEY",
    "CASSO_CHECKSUM_KEY", "SEPAY_API_KEY", "SMS_WEBHOOK_SECRET", "PRIVACY_KEY",
)  # fmt: skip


def settings(name: str, hub: str, gateways_port: int) -> dict[str, str]:
    """The settings of providers that are simulated on `gateways_port`, for the demo `name` at the URL `hub`.

    E-invoices and messages to phones go to folders of the demo, which are made.
    """
    gateways = f"http://127.0.0.1:{gateways_port}"
    invoices = hub_folder() / f"{name}-invoices"
    invoices.mkdir(parents=True, exist_ok=True)
    messages = hub_folder() / f"{name}-messages"
    messages.mkdir(parents=True, exist_ok=True)
    return {
        **_ACCOUNT,
        **{f"CITYHUB_{name}": secrets.token_hex(16) for name in _SECRETS},
        "CITYHUB_VIETQR_VN_LOGIN": f"demo:{secrets.token_hex(16)}",
        "CITYHUB_VNPAY_TMN_CODE": "DEMO0001",
        "CITYHUB_VNPAY_URL": f"{gateways}/vnpay/pay",
        "CITYHUB_VNPAY_API_URL": f"{gateways}/vnpay/api",
        "CITYHUB_MOMO_PARTNER_CODE": "DEMO",
        "CITYHUB_MOMO_URL": f"{gateways}/momo",
        "CITYHUB_PUBLIC_URL": hub.rstrip("/"),
        "CITYHUB_INVOICE_DIR": str(invoices),
        "CITYHUB_SMS_DIR": str(messages),
        "CITYHUB_VAPID_PRIVATE_KEY": base64.urlsafe_b64encode(secrets.token_bytes(32)).rstrip(b"=").decode(),
        "CITYHUB_VAPID_SUBJECT": "https://example.com",
    }


def write(name: str, found: dict[str, str]) -> Path:
    """Note the settings of the demo `name` for its owner alone; remove the file with the demo."""
    file = _file(name)
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
        json.dump(found, opened)
    return file


def read(name: str) -> dict[str, str]:
    """The settings of the demo `name` that runs, none when none does."""
    try:
        found: dict[str, str] = json.loads(_file(name).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found


def _file(name: str) -> Path:
    return hub_folder() / f"{name}-payments.json"
