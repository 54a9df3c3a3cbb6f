"""The ways of paying that a hub offers, from its settings. One without its settings is absent."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from cityhub.addresses import origins
from cityhub.config import Settings
from cityhub.masking import plain
from cityhub.payments import momo, vnpay
from cityhub.payments.credits import Secret
from cityhub.payments.model import Provider


@dataclass(frozen=True, slots=True)
class Account:
    """The account that VietQR pays into."""

    bank: str
    number: str
    name: str


@dataclass(frozen=True, slots=True)
class Ways:
    """`tellers`: who reports credits of the account, each with its secret; `public_url`: of this hub, no slash.

    `return_origins`: to which payers may be sent on. `vnpay_api_url`: where VNPAY takes questions and refunds; "":
    nobody asks.
    """

    vnpay: vnpay.Merchant | None
    momo: momo.Merchant | None
    account: Account | None
    tellers: Mapping[str, Secret]
    public_url: str
    vnpay_api_url: str = ""
    return_origins: frozenset[str] = frozenset()

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Those that these settings give."""
        terminal, pay_url = settings.vnpay_tmn_code, plain(settings.vnpay_url)
        hash_secret = settings.vnpay_hash_secret.get_secret_value()
        partner, momo_url = settings.momo_partner_code, plain(settings.momo_url)
        access, secret = (
            settings.momo_access_key.get_secret_value(),
            settings.momo_secret_key.get_secret_value(),
        )
        keys = {
            "ours": settings.vietqr_webhook_secret,
            "payos": settings.payos_checksum_key,
            "casso": settings.casso_checksum_key,
            "sepay": settings.sepay_api_key,
            "vietqr_vn": settings.vietqr_vn_login,
        }
        has_account = settings.vietqr_bin and settings.vietqr_account
        return cls(
            vnpay.Merchant(terminal, hash_secret, pay_url) if terminal and hash_secret and pay_url else None,
            momo.Merchant(partner, access, secret, momo_url.rstrip("/"))
            if partner and access and secret and momo_url
            else None,
            Account(settings.vietqr_bin, settings.vietqr_account, settings.vietqr_name)
            if has_account
            else None,
            {name: Secret(key.get_secret_value()) for name, key in keys.items() if key.get_secret_value()},
            plain(settings.public_url).rstrip("/"),
            plain(settings.vnpay_api_url),
            origins(settings.return_origins),
        )

    @property
    def absent(self) -> dict[Provider, str]:
        """What a driver cannot choose, and the settings that it lacks."""
        lacking: dict[Provider, str] = {
            "vietqr": "CITYHUB_VIETQR_BIN, _ACCOUNT and the key of a teller (CITYHUB_VIETQR_WEBHOOK_SECRET, ...)",
            "vnpay": "CITYHUB_VNPAY_TMN_CODE, _HASH_SECRET, _URL",
            "momo": "CITYHUB_MOMO_PARTNER_CODE, _ACCESS_KEY, _SECRET_KEY, _URL",
        }
        return {provider: names for provider, names in lacking.items() if provider not in self.offered}

    @property
    def offered(self) -> tuple[Provider, ...]:
        """What a driver can choose from, the cheapest for the city first."""
        found: list[Provider] = []
        # Without a teller nobody would ever hear of a transfer.
        if self.account is not None and self.tellers:
            found.append("vietqr")
        if self.vnpay is not None:
            found.append("vnpay")
        if self.momo is not None:
            found.append("momo")
        return (*found, "wallet")
