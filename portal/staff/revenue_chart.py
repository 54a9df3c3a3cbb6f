"""What came in beside what should have, span by span, as a drawing that the server makes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from cityhub.parking.takings import Figures
from portal.residents.scales import Scale, ticks

WIDTH: Final = 400
HEIGHT: Final = 190
LEFT, RIGHT, TOP, BOTTOM = 44.0, 394.0, 10.0, 162.0
_MILLION = 1_000_000
# So many names find room below.
_NAMES = 6


class Bar(NamedTuple):
    x: float
    y: float
    width: float
    height: float


class Mark(NamedTuple):
    """A name at its place along an axis."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class DrawnTakings:
    """Places in the drawing from its upper left corner. `unknown`: spans of which no sensor told anything."""

    expected: list[Bar]
    came: list[Bar]
    unknown: list[Bar]
    up: list[tuple[float, float]]
    across: list[Mark]
    width: int = WIDTH
    height: int = HEIGHT
    left: float = LEFT
    right: float = RIGHT
    bottom: float = BOTTOM


def drawn(spans: Sequence[tuple[str, Figures]]) -> DrawnTakings:
    """Spans with their names, in order of time; `up`: places and values of the axis in millions of VND."""
    top = max((max(one.expected, one.compared, one.net) for _, one in spans), default=0)
    up = Scale.of(0, top / _MILLION, BOTTOM, TOP, from_zero=True)
    slot = (RIGHT - LEFT) / max(len(spans), 1)
    found = DrawnTakings([], [], [], [(_r(up(tick)), tick) for tick in ticks(up.low, up.high)], [])
    every = -(-len(spans) // _NAMES)
    for number, (name, one) in enumerate(spans):
        x = LEFT + number * slot
        if number % every == 0:
            found.across.append(Mark(_r(x + slot / 2), name))
        if one.gap is None:
            found.unknown.append(Bar(_r(x), TOP, _r(slot), BOTTOM - TOP))
        else:
            found.expected.append(_bar(x, slot, 0.86, one.expected, up))
        # Days without a word of any sensor have nothing to be compared with: all that came.
        found.came.append(_bar(x, slot, 0.5, one.net if one.gap is None else one.compared, up))
    return found


def _bar(x: float, slot: float, share: float, value: int, up: Scale) -> Bar:
    height = max(BOTTOM - up(max(value, 0) / _MILLION), 0.0)
    return Bar(_r(x + slot * (1 - share) / 2), _r(BOTTOM - height), _r(slot * share), _r(height))


def _r(place: float) -> float:
    return round(place, 1)
