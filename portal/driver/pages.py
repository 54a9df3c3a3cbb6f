"""The driver's pages, drawn from views of plain values; their sentences come from the catalogues."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from cityhub.catalogue.vehicles import VEHICLES
from cityhub.rfc3339 import at_local_time
from cityhub.words import Language, words_in
from cityhub.words.formats import number
from portal.driver.problems import problem
from portal.rendering import AssetUrl, render


class BayView(NamedTuple):
    """A bay by its short name; `state`: free, occupied, unknown."""

    id: str
    name: str
    state: str


@dataclass(frozen=True, slots=True)
class PlaceView:
    """A place as the list and its own page show it. `price`: of the next hour, VND; `age_s`: of the count, s."""

    id: str
    name: str
    free: int | None
    capacity: int
    state: str
    age_s: int | None
    price: int | None
    opening: str | None
    vehicles: Sequence[str]
    illustrative: bool
    lat: float
    lon: float
    bays: Sequence[BayView] = ()


@dataclass(frozen=True, slots=True)
class Length:
    """A stay that can be chosen: its price (VND) and end (aware), or none where a rule forbids it."""

    minutes: int
    amount: int
    until: datetime


@dataclass(frozen=True, slots=True)
class Choice:
    """What a driver has filled in so far; `problem`: why it was not taken, a name of problems.py.

    `minutes` None: paid for at its end.
    """

    vehicle: str
    minutes: int | None = 60
    plate: str = ""
    bay_id: str | None = None
    problem: str | None = None
    phone: str = ""


class Wallet(Protocol):
    """Money put aside, VND; who has the token has it."""

    @property
    def token(self) -> str: ...
    @property
    def balance(self) -> int: ...


@dataclass(frozen=True, slots=True)
class SessionView:
    """A session as its driver sees it. Money in VND, times aware.

    `has_permit`: it need not be paid for.
    `can_reopen`: a sensor ended it, and its driver may say that the car is still there. `offered`: ways to pay what is
    `due`; `payment`: the one under way, with its QR code or its link. `push_key`: by which browsers are told its end.
    `wallet`: into which its unused part went.
    """

    token: str
    status: str
    place: str
    plate: str
    vehicle: str
    begins: datetime
    until: datetime | None
    due: int
    amount: int
    pay_by: datetime | None
    minutes_left: int | None
    can_correct: bool
    can_reopen: bool
    has_permit: bool
    offered: Sequence[str]
    lines: Sequence[Mapping[str, Any]]
    receipts: Sequence[Mapping[str, Any]]
    extensions: Sequence[Length] = ()
    payment: Mapping[str, Any] = field(default_factory=dict)
    wallet: Wallet | None = None
    problem: str | None = None
    push_key: str | None = None


def places_html(
    language: Language, places: Sequence[PlaceView], now: datetime, asset_url: AssetUrl, notice: str
) -> str:
    """The list of places, those with most bays free first."""
    return render(
        "parking.html",
        language,
        **shared(language, asset_url, notice),
        places=sorted(places, key=_by_use),
        clock=_clock(now),
    )


def place_html(
    language: Language,
    place: PlaceView,
    lengths: Sequence[Length],
    choice: Choice,
    now: datetime,
    asset_url: AssetUrl,
    notice: str,
) -> str:
    """One place at `now` (aware): what each length costs, and the form that begins a session."""
    return render(
        "parking_place.html",
        language,
        **shared(language, asset_url, notice),
        clock=_clock(now),
        place=place,
        lengths=lengths,
        choice=choice,
        problem=problem(language, choice.problem),
        vehicle_names={name: vehicle_name(name, language) for name in place.vehicles},
    )


def session_html(
    language: Language, session: SessionView, now: datetime, asset_url: AssetUrl, notice: str
) -> str:
    """A session at `now` (aware): what is to be paid and how, or until when it is paid, and what can be done."""
    return render(
        "parking_session.html",
        language,
        **shared(language, asset_url, notice),
        session=session,
        clock=_clock(now),
        problem=problem(language, session.problem),
        vehicle=vehicle_name(session.vehicle, language),
        is_waiting=bool(session.payment) and session.payment.get("status") == "pending",
    )


def money(amount: int, language: Language) -> str:
    """`25.000 đ`, `25,000 VND`."""
    return words_in(language).gettext("driver.money", amount=number(amount, 0, language))


def _clock(now: datetime) -> str:
    return f"{at_local_time(now):%H:%M}"


def shared(language: Language, asset_url: AssetUrl, notice: str) -> dict[str, Any]:
    """What the templates of all driver's pages take: money, times, names of ways and states."""
    return {
        "asset_url": asset_url,
        "notice": notice,
        "money": lambda amount: money(amount, language),
        "clock_of": lambda time: f"{at_local_time(time):%H:%M}",
        "moment_of": lambda time: f"{at_local_time(time):%H:%M %d/%m}",
        "span": lambda minutes: _span(minutes, language),
        "age": lambda seconds: _span(max(1, round(seconds / 60)), language),
        "bay_state": lambda name: _bay_state(name, language),
        "way": lambda name: way_name(name, language),
        "state": lambda name: _state(name, language),
    }


def _span(minutes: int, language: Language) -> str:
    words = words_in(language)
    hours, rest = divmod(minutes, 60)
    parts = []
    if hours:
        parts.append(words.gettext("driver.hours", n=hours))
    if rest or not hours:
        parts.append(words.gettext("driver.minutes", n=rest))
    return " ".join(parts)


def way_name(name: str, language: Language) -> str:
    """A way of paying as people call it."""
    if name == "wallet":
        return words_in(language).gettext("driver.wallet")
    return {"vietqr": "VietQR", "vnpay": "VNPAY", "momo": "MoMo"}.get(name, name)


def _state(name: str, language: Language) -> str:
    words = words_in(language)
    return {
        "open": words.gettext("parking.open"),
        "full": words.gettext("parking.full"),
        "closed": words.gettext("parking.closed"),
    }.get(name, words.gettext("parking.unknown"))


def _bay_state(name: str, language: Language) -> str:
    words = words_in(language)
    return {"free": words.gettext("driver.bay_free"), "occupied": words.gettext("driver.bay_occupied")}.get(
        name, words.gettext("driver.bay_unknown")
    )


def vehicle_name(name: str, language: Language) -> str:
    """A class of vehicles."""
    known = VEHICLES.get(name)
    return name if known is None else known.name_vi if language == "vi" else known.name_en


def _by_use(place: PlaceView) -> tuple[int, int, str]:
    rank = {"open": 0, "full": 1, "unknown": 2, "closed": 3}.get(place.state, 2)
    return rank, -(place.free or 0), place.id
