"""What came in, what should have, the gap and its likely cause: by place, the worst first, and by span."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Protocol

from babel.dates import format_date

from cityhub.parking.takings import Figures, Step
from cityhub.words import Language, words_in
from cityhub.words.formats import number
from maps.browser import in_language
from portal.rendering import AssetUrl
from portal.staff.frame import Reader, page
from portal.staff.revenue_chart import drawn
from portal.staff.revenue_words import account_name, causes, rules, span_name, way_name

ADDRESS: Final = "/ops/revenue"
# So many can be asked for at once.
MOST_DAYS: Final = 366


class Taking(Protocol):
    """A place, or a span that begins on a day."""

    @property
    def place_id(self) -> str | None: ...
    @property
    def begins(self) -> date | None: ...
    @property
    def figures(self) -> Figures: ...


class Way(Protocol):
    """Of a way of payment, VND."""

    @property
    def way(self) -> str: ...
    @property
    def permits(self) -> bool: ...
    @property
    def payments(self) -> int: ...
    @property
    def refunds(self) -> int: ...
    @property
    def taken(self) -> int: ...
    @property
    def given_back(self) -> int: ...


class Open(Protocol):
    """What waits for a person now, VND."""

    @property
    def parked(self) -> int: ...
    @property
    def parked_sum(self) -> int: ...
    @property
    def refunds(self) -> int: ...
    @property
    def refunds_sum(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Asked:
    """From day to day, both included, of Vietnam's calendar; `place_id` None: every place."""

    first: date
    last: date
    step: Step
    place_id: str | None


@dataclass(frozen=True, slots=True)
class RevenueView:
    """What was asked for on `today`, and what was found by place, and by span in order of time.

    `places`: every id with its names; `books`: by kind of account; `is_wrong`: something else was asked for, which
    cannot be shown.
    """

    reader: Reader
    today: date
    asked: Asked
    places: Sequence[tuple[str, str, str]]
    by_place: Sequence[Taking]
    by_span: Sequence[Taking]
    ways: Sequence[Way]
    books: Mapping[str, int]
    open: Open
    is_wrong: bool = False


def revenue_html(language: Language, view: RevenueView, asset_url: AssetUrl, notice: str) -> str:
    """The page."""
    words = words_in(language)
    asked = view.asked
    names = {id: in_language(vi, en, language) for id, vi, en in view.places}

    def vnd(amount: int) -> str:
        return f"{number(amount, 0, language)}\N{NO-BREAK SPACE}₫"

    def percent(share: float | None) -> str:
        return "–" if share is None else f"{number(100 * share, 0, language)}\N{NO-BREAK SPACE}%"

    places = _worst_first(view.by_place, names)
    total = Figures.sum(one.figures for one in view.by_place)
    spans = [
        (span_name(one.begins, asked.step, asked.last, language), one.begins, one.figures)
        for one in view.by_span
        if one.begins is not None
    ]
    keeps = {"from": asked.first.isoformat(), "to": asked.last.isoformat(), "by": asked.step}
    if asked.place_id is not None:
        keeps["place"] = asked.place_id
    known = sum(way.taken - way.given_back for way in view.ways)
    return page(
        "revenue.html",
        language,
        view.reader,
        ADDRESS,
        asset_url,
        notice,
        view=view,
        most_days=MOST_DAYS,
        keeps=keeps,
        query="&".join(f"{name}={value}" for name, value in {"lang": language, **keeps}.items()),
        choices=_choices(view, language),
        steps={
            "day": words.gettext("revenue.by_day"),
            "week": words.gettext("revenue.by_week"),
            "month": words.gettext("revenue.by_month"),
        },
        names=sorted(names.items(), key=lambda one: one[1]),
        where=words.gettext("revenue.everywhere")
        if asked.place_id is None
        else names.get(asked.place_id, ""),
        day=lambda day: format_date(day, "dd/MM/yyyy", language),
        total=total,
        verdict=_verdict(total),
        places=places,
        spans=spans,
        chart=drawn([(name, one) for name, _, one in spans]),
        millions=lambda value: number(value, 2, language),
        causes=causes(language),
        rules=rules(total, language, vnd),
        any={
            "uncompared": any(one.uncompared for _, _, one, _ in places),
            "refunds": any(one.given_back for _, _, one, _ in places),
            "others": any(one.others for _, _, one, _ in places),
        },
        ways=[(way, way_name(way.way, language, permits=way.permits)) for way in view.ways],
        known=known,
        books=[(account_name(kind, language), moved) for kind, moved in view.books.items()],
        vnd=vnd,
        percent=percent,
        count=lambda value: number(value, 0, language),
    )


def share(figures: Figures) -> float | None:
    """The gap as a share of what was expected."""
    return None if figures.gap is None or figures.expected == 0 else figures.gap / figures.expected


def _verdict(total: Figures) -> str:
    if total.gap is None:
        return "unknown"
    return "missing" if total.gap > 0 else "met"


def _worst_first(
    takings: Sequence[Taking], names: Mapping[str, str]
) -> Sequence[tuple[str, str, Figures, float | None]]:
    """Id, name, figures and share of the gap; what no sensor told of at the end."""
    found = [(one.place_id or "", names.get(one.place_id or "", ""), one.figures) for one in takings]
    found.sort(key=lambda one: (one[2].gap is None, -(one[2].gap or 0), one[1]))
    return [(id, name, figures, share(figures)) for id, name, figures in found]


def _choices(view: RevenueView, language: Language) -> Sequence[tuple[str, str, bool]]:
    """Spans that are asked for often: what is behind the address, the name, and whether it is the one shown."""
    words, today = words_in(language), view.today
    month = today.replace(day=1)
    before = (month - timedelta(days=1)).replace(day=1)
    of: Sequence[tuple[str, date, date, Step]] = (
        (words.gettext("revenue.today"), today, today, "day"),
        (words.gettext("revenue.days_7"), today - timedelta(days=6), today, "day"),
        (words.gettext("revenue.days_30"), today - timedelta(days=29), today, "day"),
        (words.gettext("revenue.last_month"), before, month - timedelta(days=1), "day"),
        (words.gettext("revenue.days_365"), today - timedelta(days=364), today, "month"),
    )
    place = "" if view.asked.place_id is None else f"&place={view.asked.place_id}"
    return [
        (
            f"{ADDRESS}?lang={language}&from={first}&to={last}&by={step}{place}",
            name,
            (first, last) == (view.asked.first, view.asked.last),
        )
        for name, first, last, step in of
    ]
