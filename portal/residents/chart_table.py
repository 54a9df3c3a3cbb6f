"""A chart in words: what its drawing is described by, and the equal table."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from cityhub.rfc3339 import at_local_time
from cityhub.words import Language, words_in
from cityhub.words.formats import number
from maps.browser import in_language
from portal.residents.chart_model import Chart, Point, Series, Step, band_of


def described(chart: Chart, series: Series, language: Language) -> str:
    """The extremes of the first series, when they were, and how many steps are missing."""
    words = words_in(language)
    known = [point for point in series.points if point.value is not None]
    if not known:
        return words.gettext("chart.nothing_measured")

    def told(point: Point) -> dict[str, str]:
        return {"value": _value(chart, point.value, language), "time": moment_of(point.time, chart.step)}

    top, bottom = max(known, key=_value_of), min(known, key=_value_of)
    parts = [
        words.gettext("chart.highest", **told(top)),
        words.gettext("chart.lowest", **told(bottom)),
    ]
    if missing := len(series.points) - len(known):
        parts.append(words.gettext("chart.missing", missing=missing, all=len(series.points)))
    return " ".join(parts)


def rows(chart: Chart, series: Sequence[Series], language: Language) -> Iterator[tuple[str, list[str]]]:
    """The table's rows, the newest first."""
    by_time = [{point.time: point for point in one.points} for one in series]
    for time in sorted({time for points in by_time for time in points}, reverse=True):
        found = [points.get(time) for points in by_time]
        cells = [_cell(chart, point, language) for point in found]
        if chart.bands:
            value = next((point.value for point in found if point and point.value is not None), None)
            band = None if value is None else band_of(chart.bands, value)
            cells.append("" if band is None else in_language(band.name_vi, band.name_en, language))
        yield moment_of(time, chart.step), cells


def _cell(chart: Chart, point: Point | None, language: Language) -> str:
    if point is None:
        return ""
    if point.value is None:
        return point.why or words_in(language).gettext("reading.none")
    text = number(point.value, chart.decimals, language)
    if point.low is not None and point.high is not None:
        text += (
            f" ({number(point.low, chart.decimals, language)}–{number(point.high, chart.decimals, language)})"
        )
    return text


def _value(chart: Chart, value: float | None, language: Language) -> str:
    return f"{number(value or 0, chart.decimals, language)} {chart.unit}".strip()


def moment_of(time: datetime, step: Step) -> str:
    """`15:00 26/11` or `26/11/2026`, in Viet Nam; `time` is aware."""
    local = at_local_time(time)
    return f"{local:%H:%M %d/%m}" if step == "hour" else f"{local:%d/%m/%Y}"


def _value_of(point: Point) -> float:
    return point.value or 0
