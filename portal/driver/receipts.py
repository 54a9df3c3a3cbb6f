"""Receipts as pages: for their payer, and the page where whoever holds one asks whether it is genuine."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cityhub.rfc3339 import at_local_time
from cityhub.words import Language
from portal.driver.pages import shared, vehicle_name
from portal.rendering import AssetUrl, render


@dataclass(frozen=True, slots=True)
class ReceiptView:
    """A receipt for its payer, without a plate. Money in VND, times aware.

    `home`: the page of what it is for.
    `total`: of the whole stay, of which `amount` is what this receipt is for; `lines`: of the whole stay;
    `check_url`: what its QR code leads to, `check_page`: the same without number and code, to be typed; `qr_svg` and
    `qr_rows`: the code, its rows without the quiet zone.
    """

    token: str
    home: str
    number: str
    issuer: str
    issued_at: datetime
    amount: int
    refunded: int
    provider: str
    place: str
    vehicle: str
    begins: datetime
    until: datetime | None
    lines: Sequence[Mapping[str, Any]]
    total: int
    check_code: str
    check_page: str
    qr_svg: str
    qr_rows: Sequence[Sequence[int]]

    @property
    def paid_before(self) -> int:
        """What other receipts of the same stay are for."""
        return max(0, self.total - self.amount)


@dataclass(frozen=True, slots=True)
class CheckView:
    """What somebody asks of a receipt on paper. `is_genuine`: None while nothing was asked; the rest when it is."""

    number: str = ""
    code: str = ""
    is_genuine: bool | None = None
    issued_at: datetime | None = None
    amount: int = 0
    refunded: int = 0
    place: str = ""


def receipt_html(language: Language, receipt: ReceiptView, asset_url: AssetUrl, notice: str) -> str:
    """A receipt, to be looked at and printed."""
    return render(
        "receipt.html",
        language,
        **shared(language, asset_url, notice),
        receipt=receipt,
        vehicle=vehicle_name(receipt.vehicle, language),
        period=period(receipt.begins, receipt.until),
        issued=moment(receipt.issued_at),
        rows=[
            (span_of(line, has_days(receipt)), rule_of(line, language), line["amount"])
            for line in receipt.lines
        ],
    )


def check_html(language: Language, check: CheckView, asset_url: AssetUrl, notice: str) -> str:
    """The form, and what was found. It never tells an unknown number from a wrong code."""
    return render(
        "receipt_check.html",
        language,
        **shared(language, asset_url, notice),
        check=check,
        issued="" if check.issued_at is None else moment(check.issued_at),
    )


def moment(time: datetime) -> str:
    """`10:05 23/11/2026`, in Viet Nam."""
    return f"{at_local_time(time):%H:%M %d/%m/%Y}"


def period(begins: datetime, until: datetime | None) -> str:
    """From when until when, the day once where it is one."""
    if until is None:
        return f"{moment(begins)} –"
    if at_local_time(begins).date() == at_local_time(until).date():
        return f"{at_local_time(begins):%H:%M}–{moment(until)}"
    return f"{moment(begins)} – {moment(until)}"


def has_days(receipt: ReceiptView) -> bool:
    """Is it for more than one day, so that its lines need their dates?"""
    return (
        receipt.until is None or at_local_time(receipt.begins).date() != at_local_time(receipt.until).date()
    )


def span_of(line: Mapping[str, Any], with_day: bool) -> str:
    """When a line begins and ends."""
    begins, ends = (at_local_time(datetime.fromisoformat(line[name])) for name in ("from", "to"))
    span = f"{begins:%H:%M}–{ends:%H:%M}"
    return f"{begins:%d/%m} {span}" if with_day else span


def rule_of(line: Mapping[str, Any], language: Language) -> str:
    """The rule of a line."""
    return str(line["rule"] if language == "vi" else line["rule_en"])
