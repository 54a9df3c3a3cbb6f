"""Samples that a laboratory looked into: what it found, how, and how its figures are read."""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cityhub.errors import InvalidInput
from cityhub.water.parameters import PARAMETERS, is_unit_of
from cityhub.water.scales import Bound

# Nobody's clock is further ahead; nothing is told from before.
_AHEAD = timedelta(minutes=5)
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)

_FIGURE = re.compile(r"(?P<bound>[<>]?)\s*(?P<number>\d{1,9}(?P<tail>[.,]\d{1,9})?)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Result:
    """What was found of one parameter, in its unit, and by which method; `bound`: whether it is that, below or above.

    `value` None: a correction withdrew it.
    """

    parameter: str
    value: float | None
    bound: Bound
    method: str


@dataclass(frozen=True, slots=True)
class Sample:
    """A sample as it stands after its corrections. `reference`: the laboratory's own number of it; times are aware."""

    id: str
    station_id: str
    sampled_at: datetime
    laboratory: str
    reference: str
    told_by: str
    received_at: datetime
    results: tuple[Result, ...]


def result(parameter: str, value: float | str, unit: str, method: str) -> Result:
    """A result as a laboratory writes it: 0.25, "0.25", "<0.01". Raises InvalidInput naming what cannot be."""
    known = PARAMETERS.get(parameter)
    if known is None:
        raise InvalidInput("parameter", f"must be one of {', '.join(PARAMETERS)}")
    if not is_unit_of(known, unit):
        raise InvalidInput("unit", f"{parameter} is told in {known.unit or 'no unit'}, not in {unit!r}")
    bound: Bound = "="
    if isinstance(value, str):
        bound, value = read_figure(value)
    if not math.isfinite(value) or value < 0:
        raise InvalidInput("value", f"{parameter} must be a number, 0 or more")
    if not known.low <= value <= known.high:
        raise InvalidInput(
            "value", f"{parameter} is from {known.low:g} to {known.high:g} {known.unit}".strip()
        )
    if bound == "<" and value == 0:
        raise InvalidInput("value", "nothing lies below 0")
    if not method.strip():
        raise InvalidInput("method", f"how {parameter} was found must be told")
    return Result(parameter, value + 0.0, bound, method.strip())


def read_figure(text: str) -> tuple[Bound, float]:
    """A figure as people write it, with a point or a comma: `7.5`, `7,5`, `<0,01`, `> 24000`. Raises InvalidInput.

    2.400 is 2400 to one reader and 2.4 to another, so it is refused.
    """
    match = _FIGURE.fullmatch(text.strip())
    if match is None:
        raise InvalidInput("value", "must be a number such as 0.25, or a detection limit such as <0.01")
    number, tail = match["number"], match["tail"] or ""
    # Four signs are a separator and three digits; behind a single 0 they can only be decimals.
    if len(tail) == 4 and not number.startswith("0"):
        whole, _, decimals = number.replace(",", ".").partition(".")
        raise InvalidInput("value", f"{number} may be {whole}{decimals} or {whole}.{decimals}0: write it so")
    bounds: dict[str, Bound] = {"": "=", "<": "<", ">": ">"}
    return bounds[match["bound"]], float(number.replace(",", "."))


def check_results(results: Iterable[Result]) -> None:
    """Raises InvalidInput where there is none, or two of the same parameter."""
    names = [one.parameter for one in results]
    if not names:
        raise InvalidInput("results", "must hold at least one")
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InvalidInput("results", f"{twice} is there twice")


def check_time(sampled_at: datetime, now: datetime) -> None:
    """Raises InvalidInput for a sample that was not taken yet, or before 2000. Both are aware."""
    if sampled_at > now + _AHEAD:
        raise InvalidInput("sampled_at", "lies in the future")
    if sampled_at < _EARLIEST:
        raise InvalidInput("sampled_at", "must be after the year 1999")
