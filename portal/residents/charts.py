"""Series over time as drawings that the server makes: bars or lines, bands, gaps where data is missing, a table.

    chart_of(
        Chart("pm-48h", "PM2.5, 48 giờ qua", "µg/m³", "hour", [Series("PM2.5", points)], bands=kind.bands),
        language,
    )

The drawing is 400 units wide; styles give its letters a size that is read on a phone as on a desk.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, pairwise
from typing import Final, NamedTuple

from cityhub.kinds.model import Band
from cityhub.rfc3339 import at_local_time
from cityhub.words import Language, words_in
from cityhub.words.formats import number
from portal.residents.chart_model import STEPS, Chart, Limit, Point, Series, Step, band_of
from portal.residents.chart_table import described, moment_of, rows
from portal.residents.scales import Scale, ticks

__all__ = ["Chart", "DrawnChart", "Limit", "Point", "Series", "chart_of", "moment_of"]

WIDTH: Final = 400
HEIGHT: Final = 190
LEFT, RIGHT, TOP, BOTTOM = 44.0, 394.0, 10.0, 162.0


class Bar(NamedTuple):
    x: float
    y: float
    width: float
    height: float
    color: str


class Line(NamedTuple):
    path: str
    area: str
    is_ahead: bool


class Gap(NamedTuple):
    x: float
    width: float


class Strip(NamedTuple):
    y: float
    height: float
    color: str


class DrawnLimit(NamedTuple):
    y: float
    name: str


class Name(NamedTuple):
    text: str
    is_ahead: bool


@dataclass(frozen=True, slots=True)
class DrawnChart:
    """What the macro `chart` takes: places in the drawing from its upper left corner, and the rows of the table."""

    id: str
    title: str
    unit: str
    description: str
    is_empty: bool
    names: list[Name]
    bars: list[Bar]
    lines: list[Line]
    gaps: list[Gap]
    strips: list[Strip]
    limits: list[DrawnLimit]
    y_ticks: list[tuple[float, str]]
    x_ticks: list[tuple[float, str, bool]]
    columns: list[str]
    rows: list[tuple[str, list[str]]]
    width: int = WIDTH
    height: int = HEIGHT
    left: float = LEFT
    right: float = RIGHT
    top: float = TOP
    bottom: float = BOTTOM


def chart_of(chart: Chart, language: Language) -> DrawnChart:
    """`chart` drawn and told in `language`. A step between two points without one of its own is a gap."""
    series = [Series(one.name, list(_complete(one.points, chart.step)), one.is_ahead) for one in chart.series]
    times = sorted({point.time for one in series for point in one.points})
    values = [value for one in series for point in one.points for value in point[1:4] if value is not None]
    if not values:
        return _drawn(chart, series, language, is_empty=True)
    values += [limit.value for limit in chart.limits]
    up = Scale.of(min(values), max(values), BOTTOM, TOP, from_zero=chart.from_zero or chart.bars)
    # Half a step of room on each side, for bars.
    half = STEPS[chart.step] / 2
    across = Scale(_s(times[0] - half), _s(times[-1] + half), LEFT, RIGHT)
    width = across(_s(times[0] + 2 * half)) - across(_s(times[0]))
    bars = _bars(series[0], chart, across, up, width) if chart.bars else []
    return _drawn(
        chart,
        series,
        language,
        bars=bars,
        lines=[_line(one, across, up) for one in (series[1:] if chart.bars else series)],
        gaps=_gaps(series, times, across, width),
        strips=_strips(chart.bands, up),
        limits=[DrawnLimit(_r(up(limit.value)), limit.name) for limit in chart.limits],
        y_ticks=[(_r(up(tick)), number(tick, 3, language)) for tick in ticks(up.low, up.high)],
        x_ticks=_x_ticks(times, chart.step, across),
    )


def _complete(points: Sequence[Point], step: Step) -> Iterator[Point]:
    """`points` by time, and one without a value for every step that is missing between two of them."""
    ordered = sorted(points, key=lambda point: point.time)
    for point, following in pairwise(ordered):
        yield point
        missing = point.time + STEPS[step]
        while missing < following.time - STEPS[step] / 2:
            yield Point(missing, None)
            missing += STEPS[step]
    yield from ordered[-1:]


def _bars(series: Series, chart: Chart, across: Scale, up: Scale, width: float) -> list[Bar]:
    found = []
    for point in series.points:
        if point.value is None:
            continue
        # A bar of nothing is seen as a line: measured, and nothing.
        height = max(BOTTOM - up(point.value), 1.0)
        color = band_of(chart.bands, point.value).color if chart.bands else ""
        x = across(_s(point.time)) - width * 0.42
        found.append(Bar(_r(x), _r(BOTTOM - height), _r(width * 0.84), _r(height), color))
    return found


def _line(series: Series, across: Scale, up: Scale) -> Line:
    """The path, and the area of its interval, both broken where there is no value."""
    path = area = ""
    for run in _runs(series.points):
        places = [(_r(across(_s(point.time))), point) for point in run]
        # A point between two gaps is a dot: a line of no length with round ends.
        told = [f"{x} {_r(up(_of(point)))}" for x, point in places]
        path += "M" + "L".join([f"{told[0]}h0", *told[1:]])
        ranges = [(x, point.low, point.high) for x, point in places]
        forth = [f"{x} {_r(up(high))}" for x, _, high in ranges if high is not None]
        back = [f"{x} {_r(up(low))}" for x, low, _ in reversed(ranges) if low is not None]
        if len(forth) == len(back) > 1:
            area += f"M{'L'.join(forth)}L{'L'.join(back)}Z"
    return Line(path, area, series.is_ahead)


def _runs(points: Sequence[Point]) -> Iterator[list[Point]]:
    """Points with a value that follow each other without one that has none."""
    for has_value, run in groupby(points, key=lambda point: point.value is not None):
        if has_value:
            yield list(run)


def _gaps(series: Sequence[Series], times: Sequence[datetime], across: Scale, width: float) -> list[Gap]:
    """The steps for which no series has a value, neighbours as one."""
    known = {point.time for one in series for point in one.points if point.value is not None}
    found: list[Gap] = []
    for time in times:
        if time in known:
            continue
        x = across(_s(time)) - width / 2
        if found and abs(found[-1].x + found[-1].width - x) < 0.5:
            found[-1] = Gap(found[-1].x, _r(x + width - found[-1].x))
        else:
            found.append(Gap(_r(x), _r(width)))
    return found


def _strips(bands: Sequence[Band], up: Scale) -> list[Strip]:
    """The bands along the axis, as far as the scale reaches."""
    found = []
    for number_, band in enumerate(bands):
        begins = up.low if number_ == 0 else max(band.start, up.low)
        ends = min(bands[number_ + 1].start if number_ + 1 < len(bands) else up.high, up.high)
        if ends > begins:
            found.append(Strip(_r(up(ends)), _r(up(begins) - up(ends)), band.color))
    return found


def _x_ticks(times: Sequence[datetime], step: Step, across: Scale) -> list[tuple[float, str, bool]]:
    """Hours: 0, 6, 12 and 18 o'clock, or fewer; days: about seven of them. Midnights bear their date."""
    local = [at_local_time(time) for time in times]
    if step == "hour":
        every = 6 if len(times) <= 54 else 12 if len(times) <= 108 else 24
        chosen = [time for time in local if time.hour % every == 0]
    else:
        chosen = local[:: max(1, -(-len(local) // 7))]
    return [
        (
            _r(across(_s(time))),
            f"{time:%H}:00" if step == "hour" and time.hour else f"{time:%d/%m}",
            step == "hour" and not time.hour,
        )
        for time in chosen
    ]


def _drawn(
    chart: Chart,
    series: list[Series],
    language: Language,
    *,
    is_empty: bool = False,
    bars: Sequence[Bar] = (),
    lines: Sequence[Line] = (),
    gaps: Sequence[Gap] = (),
    strips: Sequence[Strip] = (),
    limits: Sequence[DrawnLimit] = (),
    y_ticks: Sequence[tuple[float, str]] = (),
    x_ticks: Sequence[tuple[float, str, bool]] = (),
) -> DrawnChart:
    words = words_in(language)
    columns = [words.gettext("list.time"), *(one.name for one in series)]
    if chart.bands:
        columns.append(words.gettext("chart.band"))
    return DrawnChart(
        chart.id,
        chart.title,
        chart.unit,
        "" if is_empty else described(chart, series[0], language),
        is_empty,
        [Name(one.name, one.is_ahead) for one in series],
        list(bars),
        list(lines),
        list(gaps),
        list(strips),
        list(limits),
        list(y_ticks),
        list(x_ticks),
        columns,
        list(rows(chart, series, language)),
    )


def _of(point: Point) -> float:
    return point.value or 0


def _s(time: datetime) -> float:
    return time.timestamp()


def _r(place: float) -> float:
    return round(place, 1)
