"""The page of the rain: all gauges, the most rain first; what changed; the last six hours, drawn and as a table."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from cityhub.kinds import KINDS
from cityhub.latest import GREY, Feature
from cityhub.rain.features import RainEvent, RainProperties
from cityhub.rain.frames import PER_HOUR, Frames
from cityhub.rain.sums import WINDOWS_H, Readings
from cityhub.words import Language, words_in
from cityhub.words.formats import clock, number
from maps.browser import in_language
from portal.glances import Glance
from portal.rendering import AssetUrl, render
from portal.residents.frame import shared
from portal.residents.overview import overview
from portal.residents.places import small_map
from portal.residents.sites import MOST_SITES, fold_of, more_words, since, site_name, worst_first

_RAIN = KINDS["rain"]
# What is younger is told as news.
_NEWS = timedelta(hours=1)
# Rain that has paused for so long is told to have stopped, though its event ends after six dry hours.
_PAUSE = timedelta(minutes=30)
_MOST_NEWS = 6
# Fewer reports than this share are told on the page.
_NEARLY_ALL = 0.9
# Of the windows, those that a phone has room for.
_SHOWN = ("mm_3h", "mm_6h", "mm_12h", "mm_24h")


@dataclass(frozen=True, slots=True)
class RainView:
    """What /rain shows; `glance`: None before the first data; `frames`: of the last six hours, None if unknown.

    `now` (aware): when it is shown. Frames of another day, as while the database is away, say which.
    """

    glance: Glance | None
    frames: Frames | None = None
    now: datetime | None = None


class GaugeLines(NamedTuple):
    """What a gauge's line says beside the last hour: words, empty where there is nothing to say."""

    sums: list[tuple[str, str]]
    rain_class: str
    event: str
    expectation: str
    gap: str


class FrameCell(NamedTuple):
    """A figure of the table; `band`: which colour, empty where nothing came."""

    text: str
    band: str


class FrameRow(NamedTuple):
    """A gauge in the table and in the drawing, from its upper left corner; `color`: of the last frame."""

    id: str
    name: str
    x: float
    y: float
    color: str
    cells: list[FrameCell]


@dataclass(frozen=True, slots=True)
class DrawnFrames:
    """What the template draws; `colors`: of the bands in order, then of what is unknown."""

    times: list[str]
    rows: list[FrameRow]
    colors: str


def rain_html(language: Language, view: RainView, asset_url: AssetUrl, notice: str) -> str:
    """All gauges."""
    time = None if view.glance is None else view.glance.time
    everywhere = [] if view.glance is None else worst_first(_RAIN, view.glance.features)
    features = everywhere[:MOST_SITES]
    fold = fold_of(_RAIN, features)
    worse = words_in(language).ngettext("rain.more_wet", "rain.more_wet_many", fold.worse, n=fold.worse)
    return render(
        "residents/rain.html",
        language,
        **shared(language, asset_url, notice, here="rain", time=time, kind="rain"),
        **overview("rain", view.glance, language),
        lines={} if time is None else {one.id: _lines(_of(one), time, language) for one in features},
        fold=fold,
        more=more_words(fold, worse, language),
        news=[] if time is None else _news(everywhere, time, language),
        frames=None
        if view.frames is None or not features
        else _frames(view.frames, features, view.now or view.frames.ends[-1], language),
    )


def _of(feature: Feature) -> RainProperties:
    assert isinstance(feature.properties, RainProperties)  # noqa: S101 - only gauges are on this page
    return feature.properties


def _lines(about: RainProperties, now: datetime, language: Language) -> GaugeLines:
    words = words_in(language)
    is_known = about.status != "offline"
    sums = [
        (
            words.ngettext("rain.hour", "rain.hours", WINDOWS_H[name], n=WINDOWS_H[name]),
            _sum(about, name, language),
        )
        for name in _SHOWN
        # Of a dry day four zeros tell nothing more.
        if is_known and about.mm_24h != 0
    ]
    rain_class = in_language(about.class_ or "", about.class_en or "", language)
    expectation = ""
    if about.city is not None and about.city.level > 0 and is_known:
        expectation = words.gettext(
            "rain.city", text=in_language(about.city.text, about.city.text_en, language)
        )
    return GaugeLines(
        sums,
        words.gettext("rain.class", name=rain_class) if rain_class and is_known else "",
        _event(about.event, about.intensity, now, language) if about.event is not None and is_known else "",
        expectation,
        _gap(about, language),
    )


def _sum(about: RainProperties, name: str, language: Language) -> str:
    mm: float | None = getattr(about, name)
    if mm is None:
        return "–"
    if mm == 0 and not about.readings[name].is_enough:
        # Some reports of no rain, and too few of them: nobody knows.
        return "–"
    least = "≥ " if name in about.at_least else ""
    return f"{least}{number(mm, 1, language)} mm"


def _event(event: RainEvent, intensity: float | None, now: datetime, language: Language) -> str:
    words = words_in(language)
    told = words.gettext("rain.event", clock=since(event.start, now), mm=number(event.mm, 1, language))
    if intensity:
        told += ", " + words.gettext("rain.intensity", mm=number(intensity, 1, language))
    return told


def _gap(about: RainProperties, language: Language) -> str:
    """Which window has least of its reports; empty where nearly all came or none ever did."""
    words = words_in(language)
    for name in ("mm_1h", "mm_24h"):
        came: Readings = about.readings[name]
        if 0 < came.observed < _NEARLY_ALL * came.expected:
            hours = WINDOWS_H[name]
            return words.ngettext(
                "rain.gap", "rain.gaps", hours, n=hours, observed=came.observed, expected=came.expected
            )
    return ""


def _news(features: Iterable[Feature], now: datetime, language: Language) -> list[str]:
    """Where it began to rain within the hour, and where it has stopped, the newest first."""
    words = words_in(language)
    found: list[tuple[datetime, str]] = []
    for feature in features:
        about, name = _of(feature), site_name(feature, language)
        if about.event is None or about.status == "offline":
            continue
        mm = number(about.event.mm, 1, language)
        if now - about.event.start <= _NEWS:
            found.append(
                (
                    about.event.start,
                    words.gettext("rain.began", clock=clock(about.event.start), name=name, mm=mm),
                )
            )
        elif about.status == "online" and _PAUSE <= now - about.event.last_rain <= _PAUSE + _NEWS:
            found.append(
                (
                    about.event.last_rain,
                    words.gettext("rain.stopped", clock=clock(about.event.last_rain), name=name, mm=mm),
                )
            )
    return [told for _, told in sorted(found, reverse=True)[:_MOST_NEWS]]


def _frames(frames: Frames, features: Sequence[Feature], now: datetime, language: Language) -> DrawnFrames:
    drawing = small_map("rain", features)
    silent = [None] * len(frames.ends)
    rows = []
    # The drawing has the worst last, on top of the others.
    for feature, dot in zip(features, reversed(drawing.dots), strict=True):
        cells = [_cell(mm, language) for mm in frames.mm.get(feature.id, silent)]
        color = _RAIN.bands[int(cells[-1].band)].color if cells[-1].band else GREY
        rows.append(FrameRow(feature.id, site_name(feature, language), dot.x, dot.y, color, cells))
    colors = " ".join([*(band.color for band in _RAIN.bands), GREY])
    return DrawnFrames([since(end, now) for end in frames.ends], rows, colors)


def _cell(mm: float | None, language: Language) -> FrameCell:
    if mm is None:
        return FrameCell("–", "")
    return FrameCell(number(mm, 1, language), str(_RAIN.bands.index(_RAIN.band(mm * PER_HOUR))))
