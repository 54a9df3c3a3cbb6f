"""Figures of water as the page shows them: whose they are and how old, beside their limit; and samples."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from cityhub.rfc3339 import at_local_time, local_time
from cityhub.water.features import WaterFigure, WaterLimit
from cityhub.water.parameters import PARAMETERS
from cityhub.water.samples import Sample
from cityhub.water.scales import Bound
from cityhub.words import Language, words_in
from cityhub.words.formats import number
from maps.browser import in_language

# What a laboratory writes is shown as it was written.
_LABORATORY_DECIMALS: Final = 6
GERMS: Final = ("coliform", "e_coli")
# So many parameters stand open, more where more break their limit; the others are folded, unless those are few.
_OPEN_FIGURES: Final = 4
_FEW: Final = 2


class FigureRow(NamedTuple):
    """A parameter as measured last; `value` None: by nobody. `note`: of saturation, or why it has no score."""

    name: str
    value: str | None
    unit: str
    note: str
    source: str
    time: str
    age_s: int
    limit: str
    verdict: str
    is_met: bool | None
    sub_index: str


class ResultRow(NamedTuple):
    """What a laboratory found of a parameter, and how."""

    name: str
    value: str
    unit: str
    method: str


class SampleRow(NamedTuple):
    """A sample with all that is known of where it comes from."""

    id: str
    moment: str
    time: str
    age_s: int
    laboratory: str
    reference: str
    results: list[ResultRow]


def figure_row(name: str, one: WaterFigure, now: datetime, language: Language) -> FigureRow:
    """A figure as of `now` (aware)."""
    words, known = words_in(language), PARAMETERS[name]
    decimals = known.decimals if one.source == "sensor" else _LABORATORY_DECIMALS
    verdict = "" if one.limit is None else _verdict(name, one.limit, language)
    return FigureRow(
        in_language(known.name_vi, known.name_en, language),
        bounded(one.value, one.bound, decimals, language),
        one.unit,
        _note(one, language),
        words.gettext("water.source.sensor")
        if one.laboratory is None
        else words.gettext("water.source.sample", laboratory=one.laboratory),
        local_time(one.time),
        max(0, round((now - one.time).total_seconds())),
        "" if one.limit is None else _limit(name, one.limit, language),
        verdict,
        None if one.limit is None else one.limit.is_met,
        "" if one.sub_index is None else number(one.sub_index, 0, language),
    )


def most_over_first(parameters: Mapping[str, WaterFigure]) -> list[str]:
    """The names of what was measured: what breaks its limit first, by how much of it; then in the order given."""

    def excess(name: str) -> float:
        limit = parameters[name].limit
        return abs(limit.percent) if limit is not None and limit.is_met is False else 0.0

    return sorted(parameters, key=excess, reverse=True)


def stand_open(figures: Sequence[FigureRow]) -> int:
    """How many of `figures`, worst first, stand open on the page."""
    first = max(_OPEN_FIGURES, sum(one.is_met is False for one in figures))
    return first if len(figures) > first + _FEW else len(figures)


def germs(figures: Mapping[str, FigureRow], language: Language) -> list[FigureRow]:
    """Coliform and E. coli, measured or not: what tells most about bathing."""
    return [figures.get(name) or _nothing(name, language) for name in GERMS]


def _nothing(name: str, language: Language) -> FigureRow:
    known = PARAMETERS[name]
    label = in_language(known.name_vi, known.name_en, language)
    return FigureRow(label, None, known.unit, "", "", "", 0, "", "", None, "")


def sample_row(sample: Sample, now: datetime, language: Language) -> SampleRow:
    """A sample as of `now` (aware)."""
    results = []
    for one in sample.results:
        if one.value is None:
            continue
        known = PARAMETERS[one.parameter]
        name = in_language(known.name_vi, known.name_en, language)
        value = bounded(one.value, one.bound, _LABORATORY_DECIMALS, language)
        results.append(ResultRow(name, value, known.unit, one.method))
    return SampleRow(
        sample.id,
        f"{at_local_time(sample.sampled_at):%H:%M %d/%m/%Y}",
        local_time(sample.sampled_at),
        max(0, round((now - sample.sampled_at).total_seconds())),
        sample.laboratory,
        sample.reference,
        results,
    )


def bounded(value: float, bound: Bound, decimals: int, language: Language) -> str:
    """A figure with its sign where it is only known to lie below or above."""
    text = number(value, decimals, language)
    return text if bound == "=" else f"{bound} {text}"


def _note(one: WaterFigure, language: Language) -> str:
    words = words_in(language)
    if one.unused == "detection_limit":
        return words.gettext("water.unused.detection_limit")
    if one.unused == "no_temperature":
        return words.gettext("water.unused.no_temperature")
    if one.saturation_percent is not None:
        return words.gettext("water.saturation", percent=number(one.saturation_percent, 0, language))
    return ""


def _limit(name: str, limit: WaterLimit, language: Language) -> str:
    words, known = words_in(language), PARAMETERS[name]
    value = number(limit.value, 3, language)
    if limit.side == "at_most":
        return words.gettext("water.limit.at_most", value=value, unit=known.unit)
    return words.gettext("water.limit.at_least", value=value, unit=known.unit)


def _verdict(name: str, limit: WaterLimit, language: Language) -> str:
    """Whether the limit is met and by how much, in words."""
    words, known = words_in(language), PARAMETERS[name]
    by = {
        "difference": number(abs(limit.difference), max(known.decimals, 3), language),
        "unit": known.unit,
        "percent": number(abs(limit.percent), 0, language),
    }
    if limit.is_met is None:
        return words.gettext("water.limit.open")
    if limit.difference == 0:
        return words.gettext("water.limit.just_met")
    if limit.is_met:
        return (
            words.gettext("water.limit.met_below", **by)
            if limit.side == "at_most"
            else words.gettext("water.limit.met_above", **by)
        )
    return (
        words.gettext("water.limit.over", **by)
        if limit.side == "at_most"
        else words.gettext("water.limit.under", **by)
    )
