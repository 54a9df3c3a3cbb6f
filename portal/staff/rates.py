"""How fast messages come, by kind, as figures and a small picture of the last hours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cityhub.kinds import KINDS
from cityhub.ops.rates import Rate, Step, quantile_s
from cityhub.words import Language, words_in
from cityhub.words.formats import clock, number
from maps.browser import in_language

WIDTH, HEIGHT = 180, 36


@dataclass(frozen=True, slots=True)
class Bar:
    """Of a step: where it stands, how high it is, and how much of that was refused."""

    x: float
    width: float
    height: float
    refused: float


@dataclass(frozen=True, slots=True)
class Row:
    """A kind's figures as they are written; `p50`, `p99`: lags, None without any. `picture`: the bars in words."""

    name: str
    per_minute: str
    refused_per_minute: str
    p50: str | None
    p99: str | None
    bars: Sequence[Bar]
    picture: str


def rows(rates: Sequence[Rate], language: Language) -> list[Row]:
    """Every kind, in its order, and last what was of none, if any came."""
    found: Mapping[str, Rate] = {one.kind: one for one in rates}
    names = {kind.name: in_language(kind.name_vi, kind.name_en, language) for kind in KINDS.values()}
    others = {kind: words_in(language).gettext("ops.rates.no_kind") for kind in found if kind not in names}
    return [
        _row(name, found.get(kind, Rate(kind, 0, 0, (), ())), language)
        for kind, name in (names | others).items()
    ]


def _row(name: str, rate: Rate, language: Language) -> Row:
    most = max((step.per_minute for step in rate.steps), default=0.0)
    least = min((step.per_minute for step in rate.steps), default=0.0)
    words = words_in(language)
    picture = words.gettext(
        "ops.rates.picture",
        name=name,
        least=_figure(least, language),
        most=_figure(most, language),
        begin=clock(rate.steps[0].begins_at) if rate.steps else "–",
    )
    return Row(
        name,
        _figure(rate.per_minute, language),
        _figure(rate.refused_per_minute, language),
        _seconds(quantile_s(rate.lags, 0.5), language),
        _seconds(quantile_s(rate.lags, 0.99), language),
        _bars(rate.steps, most),
        picture,
    )


def _bars(steps: Sequence[Step], most: float) -> list[Bar]:
    if not most:
        return []
    width = WIDTH / len(steps)
    return [
        Bar(
            round(number * width, 1),
            round(width - 1, 1),
            # What came at all is seen.
            max(round(HEIGHT * step.per_minute / most, 1), 1),
            round(HEIGHT * step.refused_per_minute / most, 1),
        )
        for number, step in enumerate(steps)
        if step.per_minute
    ]


def _figure(value: float, language: Language) -> str:
    return number(value, 0 if value >= 10 else 1, language)


def _seconds(lag_s: float | None, language: Language) -> str | None:
    words = words_in(language)
    if lag_s is None:
        return None
    if lag_s > 86_400:
        return words.gettext("ops.rates.over_a_day")
    for unit_s, name in ((3600, words.gettext("ops.rates.h")), (60, words.gettext("ops.rates.min"))):
        if lag_s >= 2 * unit_s:
            return f"{number(lag_s / unit_s, 0 if lag_s >= 10 * unit_s else 1, language)} {name}"
    return f"{number(lag_s, 0 if lag_s >= 10 else 1 if lag_s >= 1 else 2, language)} s"
