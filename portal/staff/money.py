"""Money that waits for a person, with the bookings that place it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from cityhub.payments.model import Parked
from cityhub.words import Language, words_in
from cityhub.words.formats import number
from portal.rendering import AssetUrl
from portal.staff.frame import Reader, page
from portal.staff.said import said_words


class Sum(Protocol):
    """VND that no rule could place; `reference`: of its payment, where one is known."""

    @property
    def id(self) -> int: ...
    @property
    def provider(self) -> str: ...
    @property
    def provider_reference(self) -> str: ...
    @property
    def amount(self) -> int: ...
    @property
    def reason(self) -> Parked: ...
    @property
    def reference(self) -> str | None: ...
    @property
    def received_at(self) -> datetime: ...


class Refund(Protocol):
    """VND that somebody has to send, or to ask the provider about."""

    @property
    def id(self) -> str: ...
    @property
    def amount(self) -> int: ...
    @property
    def state(self) -> str: ...
    @property
    def provider(self) -> str: ...
    @property
    def reference(self) -> str: ...
    @property
    def created_at(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class MoneyView:
    """What waits, the oldest first; `wallet`: the code of one that was filled just now, shown this once."""

    reader: Reader
    sums: Sequence[Sum]
    refunds: Sequence[Refund]
    wallet: str | None = None


def money_html(language: Language, view: MoneyView, asset_url: AssetUrl, notice: str) -> str:
    """The page."""
    words = words_in(language)
    reasons: Mapping[Parked, str] = {
        "wrong_amount": words.gettext("money.wrong_amount"),
        "late": words.gettext("money.late"),
        "doubled": words.gettext("money.doubled"),
        "unknown_order": words.gettext("money.unknown_order"),
        "unmatched": words.gettext("money.unmatched"),
        "partial": words.gettext("money.partial"),
        "too_much": words.gettext("money.too_much"),
        "after_refund": words.gettext("money.after_refund"),
    }
    states = {"by_hand": words.gettext("money.by_hand"), "sent": words.gettext("money.sent")}
    return page(
        "money.html",
        language,
        view.reader,
        "/ops/money",
        asset_url,
        notice,
        view=view,
        reasons=reasons,
        states=states,
        said=said_words(language).get(view.reader.said or ""),
        vnd=lambda amount: f"{number(amount, 0, language)} ₫",
    )
