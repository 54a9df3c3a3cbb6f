"""The inspector's page: is this plate paid for, and which bays are not."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from cityhub.parking.enforcement import Verdict
from cityhub.words import Language, words_in
from cityhub.words.formats import clock, date
from portal.rendering import AssetUrl, render


@dataclass(frozen=True, slots=True)
class HeldView:
    """Time that a plate holds: where, for which class, who sold it, from when to when (aware; None: it runs)."""

    where: str
    vehicle: str
    channel: str
    begins: datetime
    to: datetime | None
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class PlateView:
    """A plate that was looked up. `until` (aware): None where nothing is paid, or something runs without an end."""

    plate: str
    verdict: Verdict
    until: datetime | None
    held: Sequence[HeldView]


@dataclass(frozen=True, slots=True)
class BayView:
    """A bay that nobody paid for by its name; a car stands there for so many minutes."""

    name: str
    minutes: int
    may_be_paid: bool


@dataclass(frozen=True, slots=True)
class PlaceLookView:
    """A place with such bays; `unpaid` of them are left when what names no bay is taken off."""

    id: str
    name: str
    unpaid: int
    without_bay: int
    bays: Sequence[BayView]


@dataclass(frozen=True, slots=True)
class InspectView:
    """What an inspector sees at `now` (aware). `places`: all that can be chosen, id and name; `chosen`: one of them."""

    now: datetime
    found: Sequence[PlaceLookView]
    places: Sequence[tuple[str, str]]
    chosen: str | None = None
    plate: PlateView | None = None
    is_wrong: bool = False


def inspect_html(language: Language, view: InspectView, asset_url: AssetUrl, notice: str) -> str:
    """The page."""
    words = words_in(language)
    verdicts: dict[Verdict, str] = {
        "paid": words.gettext("inspect.paid"),
        "grace": words.gettext("inspect.grace"),
        "unpaid": words.gettext("inspect.unpaid"),
    }
    when: Callable[[datetime], str] = lambda moment: f"{clock(moment)} {date(moment, language)}"  # noqa: E731
    return render(
        "inspect.html",
        language,
        asset_url=asset_url,
        notice=notice,
        view=view,
        verdicts=verdicts,
        when=when,
        clock=clock(view.now),
    )
