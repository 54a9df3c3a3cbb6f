"""Payments and wallets. Money in VND."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from cityhub.payments.model import LEAST_TOP_UP, MOST_TOP_UP, Provider, State
from cityhub.rfc3339 import LocalTime


class PaymentRequest(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What waits to be paid of a session, or a permit, by one of the ways that this hub offers.

    Either `session_token` or `permit_token`. A wallet pays by its own token.
    """

    session_token: Annotated[str, Meta(max_length=64)] | None = None
    permit_token: Annotated[str, Meta(max_length=64)] | None = None
    provider: Provider
    wallet_token: Annotated[str, Meta(max_length=64)] | None = None
    return_url: Annotated[str, Meta(max_length=500)] | None = None
    language: Literal["vi", "en"] = "vi"


class AccountAnswer(Struct, frozen=True):
    """The account that a transfer goes to, for who types it. `bank`: its six digits (BIN)."""

    bank: str
    number: str
    name: str


class PaymentAnswer(Struct, frozen=True):
    """A payment. Send the payer to `redirect_url`, or show `qr_svg`, which any banking app reads, and ask again."""

    id: str
    status: State
    provider: Provider
    amount: int
    expires_at: LocalTime
    redirect_url: str | None = None
    qr_payload: str | None = None
    qr_svg: str | None = None
    transfer_code: str | None = None
    account: AccountAnswer | None = None
    receipt: str | None = None


class TopUpRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """Money for a wallet: a new one, or that of `wallet_token`."""

    amount: Annotated[int, Meta(ge=LEAST_TOP_UP, le=MOST_TOP_UP)]
    provider: Literal["vnpay", "momo", "vietqr"]
    wallet_token: Annotated[str, Meta(max_length=64)] | None = None
    language: Literal["vi", "en"] = "vi"


class WalletAnswer(Struct, frozen=True):
    """A wallet; who has the token has the money. `payment`: the top-up that is under way."""

    token: str
    balance: int
    payment: PaymentAnswer | None = None
