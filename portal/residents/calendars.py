"""A year at a glance: a square a day in the colour of its class, and the figure of the class in it; an equal table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, NamedTuple

from babel.dates import format_skeleton

from cityhub.kinds.model import Band
from cityhub.words import Language, words_in
from cityhub.words.formats import number
from maps.browser import in_language
from portal.residents.colors import ink_on

CELL: Final = 15.0
_PITCH: Final = 16.5
_ACROSS: Final = 3
_MONTH_WIDTH: Final = 7 * _PITCH + 14
_MONTH_HEIGHT: Final = 6 * _PITCH + 28


@dataclass(frozen=True, slots=True)
class Calendar:
    """Days of `year` (of Viet Nam) by what was measured; a day that is absent or None has no figure."""

    id: str
    title: str
    unit: str
    year: int
    days: Mapping[date, float | None]
    bands: Sequence[Band]
    decimals: int = 0


class Cell(NamedTuple):
    """A day; without a colour where there is no figure. `mark`: which class, from 1."""

    x: float
    y: float
    color: str
    ink: str
    mark: str


class Month(NamedTuple):
    """A month's name and where it stands."""

    x: float
    y: float
    name: str


@dataclass(frozen=True, slots=True)
class DrawnCalendar:
    """What the macro `calendar` takes."""

    id: str
    title: str
    unit: str
    description: str
    months: list[Month]
    cells: list[Cell]
    bands: list[tuple[str, str]]
    columns: list[str]
    rows: list[tuple[str, list[str]]]
    cell: float = CELL
    width: float = _ACROSS * _MONTH_WIDTH - 10
    height: float = 12 / _ACROSS * _MONTH_HEIGHT


def calendar_of(calendar: Calendar, language: Language) -> DrawnCalendar:
    """`calendar` drawn and told in `language`; weeks begin on Monday."""
    bands = [(band.color, in_language(band.name_vi, band.name_en, language)) for band in calendar.bands]
    first = date(calendar.year, 1, 1)
    days = [first + timedelta(days=n) for n in range((date(calendar.year + 1, 1, 1) - first).days)]
    months = [Month(*_corner(month), _month_name(calendar.year, month, language)) for month in range(1, 13)]
    known = [value for day in days if (value := calendar.days.get(day)) is not None]
    return DrawnCalendar(
        calendar.id,
        calendar.title,
        calendar.unit,
        # Days to come are not missing.
        _described(calendar, known, sum(day <= max(calendar.days, default=first) for day in days), language),
        [Month(month.x, round(month.y + 10, 1), month.name) for month in months],
        [_cell(calendar, day) for day in days],
        bands,
        [words_in(language).gettext("chart.day"), *(month.name for month in months)],
        [
            (str(day), [_told(calendar, month, day, language) for month in range(1, 13)])
            for day in range(1, 32)
        ],
    )


def _corner(month: int) -> tuple[float, float]:
    row, column = divmod(month - 1, _ACROSS)
    return round(column * _MONTH_WIDTH, 1), round(row * _MONTH_HEIGHT, 1)


def _cell(calendar: Calendar, day: date) -> Cell:
    x, y = _corner(day.month)
    blank = day.replace(day=1).weekday()
    row, column = divmod(blank + day.day - 1, 7)
    x, y = round(x + column * _PITCH, 1), round(y + 18 + row * _PITCH, 1)
    value = calendar.days.get(day)
    if value is None:
        return Cell(x, y, "", "", "")
    mark = _class(calendar.bands, value)
    color = calendar.bands[mark].color
    return Cell(x, y, color, ink_on(color), str(mark + 1))


def _class(bands: Sequence[Band], value: float) -> int:
    return max((at for at, band in enumerate(bands) if value >= band.start), default=0)


def _described(calendar: Calendar, known: Sequence[float], days: int, language: Language) -> str:
    """How many days of each class, and how many without a figure."""
    words = words_in(language)
    counts = [0] * len(calendar.bands)
    for value in known:
        counts[_class(calendar.bands, value)] += 1
    parts = [
        words.ngettext(
            "chart.day_of_class",
            "chart.days_of_class",
            n,
            n=n,
            band=in_language(band.name_vi, band.name_en, language),
        )
        for n, band in zip(counts, calendar.bands, strict=True)
        if n
    ]
    if days > len(known):
        parts.append(words.gettext("chart.missing", missing=days - len(known), all=days))
    return "; ".join(parts)


def _told(calendar: Calendar, month: int, day: int, language: Language) -> str:
    """The figure of a day; empty for a day that the month does not have."""
    try:
        asked = date(calendar.year, month, day)
    except ValueError:
        return ""
    if asked > max(calendar.days, default=asked):
        return ""
    value = calendar.days.get(asked)
    return "–" if value is None else number(value, calendar.decimals, language)


def _month_name(year: int, month: int, language: Language) -> str:
    return format_skeleton("MMM", date(year, month, 1), locale=language)
