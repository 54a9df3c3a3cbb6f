"""The first page: what is bad now, the kinds at a glance, what changed in the last hour; scripts keep it up to date."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final

from babel.lists import format_list

from cityhub.kinds import KINDS, Kind, KindName
from cityhub.latest import Change, Feature
from cityhub.latest.changes import WINDOW
from cityhub.rfc3339 import local_time
from cityhub.words import Language, words_in
from cityhub.words.formats import clock, number
from maps import assets as maps_assets
from maps import sketch
from maps.browser import config, in_language, kind_name
from portal.assets import OWN_DIRECTORY
from portal.glances import Glance, Glances
from portal.rendering import AssetUrl, render
from portal.residents.attention import change_rows, worries
from portal.residents.frame import page_of, shared

SCRIPTS: Final = (maps_assets.OWN_DIRECTORY / "live.js", OWN_DIRECTORY / "home.js")


@dataclass(frozen=True, slots=True)
class HomeView:
    """The kinds as they are, and what changed since `since` (aware), an hour at most; None: nothing was read yet."""

    glances: Glances
    changes: Sequence[Change] = ()
    since: datetime | None = None


def html(language: Language, view: HomeView, asset_url: AssetUrl, notice: str) -> str:
    """The page; `notice` is the operator's banner, empty for none."""
    glances = view.glances
    oldest = min((glance.time for glance in glances.values()), default=None)
    newest = max((glance.time for glance in glances.values()), default=None)
    changes, more_changes = (
        ([], 0) if newest is None else change_rows(view.changes, glances, newest, language)
    )
    return render(
        "home.html",
        language,
        **shared(language, asset_url, notice, here="home", time=oldest),
        cards=[_card(kind, glances.get(name), language) for name, kind in KINDS.items()],
        tagline=_tagline(language),
        width=sketch.WIDTH,
        height=sketch.HEIGHT,
        worries=worries(glances, language),
        is_measured=any(glance.summary.value is not None for glance in glances.values()),
        changes=changes,
        more_changes=more_changes,
        since=None if view.since is None or newest is None else clock(max(view.since, newest - WINDOW)),
        home_settings=config(
            language,
            SCRIPTS,
            dataUrls={name: f"/api/v1/latest/{name}" for name in KINDS},
            liveUrl=f"/api/v1/live?kinds={','.join(KINDS)}",
            servedAt=None if oldest is None else local_time(oldest),
        ),
    )


def _tagline(language: Language) -> str:
    kinds = [
        in_language(kind.mention_vi or kind.name_vi, kind.mention_en or kind.name_en, language)
        for kind in KINDS.values()
    ]
    # American lists have one comma more.
    listed = format_list(kinds, locale=in_language("vi", "en_GB", language))
    tagline = words_in(language).gettext("home.tagline", kinds=listed)
    return tagline[0].upper() + tagline[1:]


def _card(kind: Kind, glance: Glance | None, language: Language) -> dict[str, Any]:
    view, shapes = _drawing(kind.name)
    card = {
        "kind": kind.name,
        "name": kind_name(kind.name, language),
        "page": page_of(kind.name, language),
        "view": view,
        "shapes": shapes,
    }
    if glance is None:
        return {**card, "summary": None, "value": None, "dots": []}
    summary = glance.summary
    return {
        **card,
        "summary": summary,
        "value": None if summary.value is None else number(summary.value, summary.decimals, language),
        "caption": in_language(summary.caption, summary.caption_en, language),
        "detail": in_language(summary.detail, summary.detail_en, language),
        "dots": [_dot(feature, view) for feature in sorted(glance.features, key=_figure)],
    }


@cache
def _drawing(kind: KindName) -> tuple[sketch.View, list[sketch.Shape]]:
    view = sketch.view_of(KINDS[kind])
    return view, sketch.shapes(view)


def _dot(feature: Feature, view: sketch.View) -> dict[str, Any]:
    x, y = view.point(*feature.geometry.coordinates)
    is_alive = feature.properties.status != "offline"
    return {"x": x, "y": y, "r": 5 if is_alive else 3.5, "color": feature.properties.marker.color}


def _figure(feature: Feature) -> float:
    # The highest are drawn last and lie on top.
    return -1 if feature.properties.marker.value is None else feature.properties.marker.value
