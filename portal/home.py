"""The first page: the kinds at a glance, as they are at the moment; a script keeps them up to date."""

from collections.abc import Callable
from functools import cache
from typing import Any, Final

from babel.lists import format_list

from cityhub.kinds import KINDS, Kind, KindName
from cityhub.latest import Feature
from cityhub.rfc3339 import local_time
from cityhub.words import Language, words_in
from cityhub.words.formats import clock, date, number
from maps import assets as maps_assets
from maps import sketch
from maps.browser import config, in_language, kind_name
from portal.assets import OWN_DIRECTORY
from portal.glances import Glance, Glances
from portal.rendering import render

SCRIPTS: Final = (maps_assets.OWN_DIRECTORY / "live.js", OWN_DIRECTORY / "home.js")


def html(language: Language, glances: Glances, asset_url: Callable[[str], str], notice: str) -> str:
    """The page; `notice` is the operator's banner, empty for none."""
    oldest = min((glance.time for glance in glances.values()), default=None)
    return render(
        "home.html",
        language,
        asset_url=asset_url,
        notice=notice,
        cards=[_card(kind, glances.get(name), language) for name, kind in KINDS.items()],
        tagline=_tagline(language),
        width=sketch.WIDTH,
        height=sketch.HEIGHT,
        clock=None if oldest is None else clock(oldest),
        date=None if oldest is None else date(oldest, language),
        settings=config(
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
    card = {"kind": kind.name, "name": kind_name(kind.name, language), "view": view, "shapes": shapes}
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
