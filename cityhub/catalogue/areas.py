"""Administrative areas: levels, and how sets of them follow each other in time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal, get_args

from cityhub.errors import InvalidInput

Level = Literal["province", "district", "ward", "quarter"]
# From the coarsest to the finest. A ward is a phường, xã, thị trấn or đặc khu; a quarter a thôn or tổ dân phố.
LEVELS: tuple[Level, ...] = get_args(Level)

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Area:
    """An administrative area. `geometry` is exact, `outline` simplified for maps; both GeoJSON in WGS84.

    `id` is its own within its level. `code` is the official one, where a file has it. The full names carry the rank:
    "Phường Cửa Nam", "Cua Nam Ward".
    """

    id: str
    code: str | None
    name_vi: str
    name_en: str
    full_name_vi: str
    full_name_en: str
    geometry: Mapping[str, Any]
    outline: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Span:
    """The days, both included, on which a set of areas is in force; None: unknown, or until further notice."""

    valid_from: date | None = None
    valid_to: date | None = None

    def __post_init__(self) -> None:
        if self.valid_from is not None and self.valid_to is not None and self.valid_from > self.valid_to:
            raise InvalidInput("valid-to", f"{self.valid_to} is before {self.valid_from}, its first day")

    def holds(self, day: date) -> bool:
        """Is the set in force on `day`?"""
        return (self.valid_from or date.min) <= day <= (self.valid_to or date.max)

    def overlaps(self, other: "Span") -> bool:
        """Is there a day on which both are in force?"""
        return (self.valid_from or date.min) <= (other.valid_to or date.max) and (
            other.valid_from or date.min
        ) <= (self.valid_to or date.max)


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a new set goes among those of its level: what it replaces, and what ends the day before it begins."""

    span: Span
    replaces: int | None
    ends: Mapping[int, date]


def shown(sets: Mapping[int, Span], today: date) -> int | None:
    """The set that maps and sensors name: in force today, else the one that ended last, else the next to begin."""
    if not sets:
        return None

    def order(id: int) -> tuple[int, int]:
        span = sets[id]
        if span.holds(today):
            return 0, 0
        if span.valid_to is not None and span.valid_to < today:
            return 1, -span.valid_to.toordinal()
        return 2, (span.valid_from or date.min).toordinal()

    return min(sets, key=order)


def place(sets: Mapping[int, Span], wanted: Span, today: date) -> Placed:
    """Put a set that is to be in force over `wanted` among `sets`, those of its level by id; no two overlap.

    Without dates it corrects the set that is shown now. With a first day it begins a set of its own, or corrects the
    one that begins that day, and the set before ends the day before. Raises InvalidInput where a whole set lies within
    `wanted`.
    """
    target = _target(sets, wanted, today)
    held = Span() if target is None else sets[target]
    first = wanted.valid_from or held.valid_from
    last = wanted.valid_to or held.valid_to
    others = {id: span for id, span in sets.items() if id != target}
    if first is None and last is not None:
        before = [s.valid_to for s in others.values() if s.valid_to is not None and s.valid_to < last]
        first = max(before) + _DAY if before else None
    if last is None and first is not None:
        after = [s.valid_from for s in others.values() if s.valid_from is not None and s.valid_from > first]
        last = min(after) - _DAY if after else None
    span = Span(first, last)
    ends = {}
    for id, other in others.items():
        if not other.overlaps(span):
            continue
        if first is None or (other.valid_from or date.min) >= first:
            raise InvalidInput(
                "valid-from",
                f"another set of this level is in force {words(other)}; give dates that leave it room",
            )
        ends[id] = first - _DAY
    return Placed(span, target, ends)


def words(span: Span) -> str:
    """The span as a person reads it."""
    first = "" if span.valid_from is None else f"from {span.valid_from}"
    last = "" if span.valid_to is None else f"until {span.valid_to}"
    return " ".join(filter(None, (first, last))) or "without dates"


def _target(sets: Mapping[int, Span], wanted: Span, today: date) -> int | None:
    if wanted.valid_from is not None:
        return next((id for id, span in sets.items() if span.valid_from == wanted.valid_from), None)
    if wanted.valid_to is not None:
        day = wanted.valid_to
        return next((id for id, span in sets.items() if span.holds(day)), None)
    return shown(sets, today)
