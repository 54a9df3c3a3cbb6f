"""The page of West Lake's water: each station's index or why there is none, its figures and limits, its samples."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

from cityhub.kinds import KINDS
from cityhub.latest import Feature
from cityhub.water.features import WaterProperties
from cityhub.water.parameters import GROUPS
from cityhub.water.samples import Sample
from cityhub.water.wqi import Rules, Why
from cityhub.words import Language, words_in
from cityhub.words.formats import number
from maps.browser import in_language
from portal.glances import Glance
from portal.rendering import AssetUrl, render
from portal.residents.charts import DrawnChart
from portal.residents.frame import shared
from portal.residents.overview import overview
from portal.residents.sites import SiteRow, row, worst_first
from portal.residents.water_figures import (
    FigureRow,
    SampleRow,
    figure_row,
    germs,
    most_over_first,
    sample_row,
    stand_open,
)
from portal.residents.water_series import charts
from portal.residents.water_words import classes, form_words, group_words, use_words, why_words


class Day(NamedTuple):
    """A day of Viet Nam that begins at `start` (aware): its index or why there is none, and the station's means."""

    start: datetime
    vn_wqi: int | None
    why: Why | None
    means: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class History:
    """The last 30 days of a station, oldest first, and its newest samples, newest first."""

    days: Sequence[Day]
    samples: Sequence[Sample]


@dataclass(frozen=True, slots=True)
class WaterView:
    """What /water shows; `glance`: None before the first data. `histories` by station; None: they cannot be read.

    `rules`: what it takes to have an index.
    """

    glance: Glance | None
    histories: Mapping[str, History] | None = field(default_factory=dict)
    rules: Rules = field(default_factory=Rules)


@dataclass(frozen=True, slots=True)
class StationPart:
    """A station's part of the page. `figure`: its index, None where `why` says why there is none."""

    site: SiteRow
    figure: str | None
    color: str
    category: str
    use: str
    why: str
    lacking: str
    groups: list[tuple[str, str]]
    form: str
    figures: list[FigureRow]
    figures_open: int
    germs: list[FigureRow]
    samples: list[SampleRow]
    charts: list[DrawnChart]


def water_html(language: Language, view: WaterView, asset_url: AssetUrl, notice: str) -> str:
    """All stations."""
    time = None if view.glance is None else view.glance.time
    features = [] if view.glance is None else worst_first(KINDS["water"], view.glance.features)
    return render(
        "residents/water.html",
        language,
        **shared(language, asset_url, notice, here="water", time=time, kind="water"),
        **overview("water", view.glance, language),
        stations=[_part(feature, view, time, language) for feature in features],
        has_history=view.histories is not None,
        classes=classes(language),
        method=words_in(language).gettext(
            "water.method", groups=view.rules.minimum_groups, of=len(GROUPS), days=view.rules.sample_days
        ),
    )


def _part(feature: Feature, view: WaterView, time: datetime | None, language: Language) -> StationPart:
    about = feature.properties
    history = (view.histories or {}).get(feature.id, History((), ()))
    site = replace(row(KINDS["water"], feature, language), page=f"#station-{feature.id}")
    drawn = charts(feature.id, history.days, language)
    if not isinstance(about, WaterProperties) or time is None:
        why = why_words("no_values", language)
        return StationPart(site, None, "", "", "", why, "", [], "", [], 0, [], [], drawn)
    figures = {
        name: figure_row(name, about.parameters[name], time, language)
        for name in most_over_first(about.parameters)
    }
    listed = list(figures.values())
    return StationPart(
        site,
        None if about.vn_wqi is None else number(about.vn_wqi, 0, language),
        about.color or "",
        in_language(about.category or "", about.category_en or "", language),
        "" if about.vn_wqi is None else use_words(about.vn_wqi, language),
        "" if about.why is None else why_words(about.why, language, about.method.minimum_group_4),
        ", ".join(group_words(group, language) for group in about.lacking),
        [
            (group_words(one, language), number(about.groups[one], 0, language))
            for one in GROUPS
            if one in about.groups
        ],
        "" if about.method.form is None else form_words(about.method.form, language),
        listed,
        stand_open(listed),
        germs(figures, language),
        [sample_row(sample, time, language) for sample in history.samples],
        drawn,
    )
