"""The pages of permits: which there are, the form, and the permit itself. Drawn from views of plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from cityhub.rfc3339 import at_local_time
from cityhub.words import Language
from portal.driver.pages import shared, vehicle_name
from portal.driver.problems import problem
from portal.rendering import AssetUrl, render


@dataclass(frozen=True, slots=True)
class PermitOffer:
    """A permit that can be bought. `price`: VND for all `months`; `places`: of its zone, id and name."""

    id: str
    name: str
    zone: str
    months: int
    price: int
    illustrative: bool
    vehicles: Sequence[str]
    places: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class PermitChoice:
    """What a driver has filled in so far; `first_day` as a browser writes dates; `problem`: why it was not taken."""

    first_day: str
    vehicle: str = ""
    plate: str = ""
    place_id: str | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class PermitView:
    """A permit as its driver sees it. Money in VND, times aware; `last_day` is the last on which it is valid.

    `has_other`: it waits for its payment, and the plate has another for some of that time already.
    `give_back`: what would be given back by now; `renewal_begins`: None where it cannot be renewed yet; `offered`,
    `payment`: as of a session.
    """

    token: str
    status: str
    name: str
    where: str
    plate: str
    vehicle: str
    first_day: date
    last_day: date
    is_upcoming: bool
    illustrative: bool
    due: int
    amount: int
    pay_by: datetime | None
    has_other: bool
    can_withdraw: bool
    give_back: int
    renewal_begins: date | None
    renewed_by: str | None
    offered: Sequence[str]
    receipts: Sequence[Mapping[str, Any]]
    payment: Mapping[str, Any] = field(default_factory=dict)
    problem: str | None = None


def permits_html(language: Language, permits: Sequence[PermitOffer], asset_url: AssetUrl, notice: str) -> str:
    """The permits that can be bought."""
    return render("permits.html", language, **shared(language, asset_url, notice), permits=permits)


def permit_form_html(
    language: Language,
    permit: PermitOffer,
    choice: PermitChoice,
    earliest: date,
    days_ahead: int,
    asset_url: AssetUrl,
    notice: str,
) -> str:
    """The form that asks for one, from `earliest` or up to so many days later on."""
    return render(
        "permit_form.html",
        language,
        **shared(language, asset_url, notice),
        permit=permit,
        choice=choice,
        problem=problem(language, choice.problem),
        earliest=earliest.isoformat(),
        latest=(earliest + timedelta(days=days_ahead)).isoformat(),
        days_ahead=days_ahead,
        vehicle_names={name: vehicle_name(name, language) for name in permit.vehicles},
    )


def permit_html(
    language: Language, permit: PermitView, now: datetime, asset_url: AssetUrl, notice: str
) -> str:
    """A permit at `now` (aware): what is to be paid and how, when and where it is valid, what can be done with it."""
    return render(
        "permit.html",
        language,
        **shared(language, asset_url, notice),
        permit=permit,
        clock=f"{at_local_time(now):%H:%M}",
        problem=problem(language, permit.problem),
        vehicle=vehicle_name(permit.vehicle, language),
        day_of=lambda day: f"{day:%d/%m/%Y}",
        is_waiting=permit.payment.get("status") == "pending",
    )
