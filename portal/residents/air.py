"""The page of the air: all stations, worst first, what that means for people, and what changed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from cityhub.air.advice import Advice, advice
from cityhub.air.categories import CATEGORIES, category
from cityhub.air.features import AirProperties
from cityhub.kinds import KINDS
from cityhub.latest import Change, Feature
from cityhub.rfc3339 import at_local_time
from cityhub.words import Language, words_in
from maps.browser import in_language
from portal.glances import Glance
from portal.rendering import AssetUrl, render
from portal.residents.air_words import pollutant_name, why_words
from portal.residents.attention import change_rows
from portal.residents.frame import shared
from portal.residents.overview import overview
from portal.residents.sites import SiteRow, site_name, worst_first


@dataclass(frozen=True, slots=True)
class AirView:
    """What /air shows; `glance`: None before the first data. `changes`: of all kinds, in the last hour."""

    glance: Glance | None
    changes: Sequence[Change] = ()


class Told(NamedTuple):
    """What a category means for people. `where`: which station it is told of."""

    name: str
    color: str
    advice: Advice
    where: str = ""


def air_html(language: Language, view: AirView, asset_url: AssetUrl, notice: str) -> str:
    """All stations."""
    glance = view.glance
    time = None if glance is None else glance.time
    features = [] if glance is None else list(glance.features)
    shown = overview("air", glance, language)
    by_id = {feature.id: feature for feature in features}
    shown["sites"] = [with_unit(site, by_id[site.id]) for site in shown["sites"]]
    return render(
        "residents/air.html",
        language,
        **shared(language, asset_url, notice, here="air", time=time, kind="air"),
        **shown,
        lines={site.id: line(by_id[site.id], language) for site in shown["sites"]},
        worst=_worst(features, language),
        categories=[
            Told(in_language(one.name_vi, one.name_en, language), one.color, advice(one.name, language))
            for one in CATEGORIES
        ],
        changes=[]
        if glance is None
        else change_rows(
            [change for change in view.changes if change.kind == "air"],
            {"air": glance},
            glance.time,
            language,
        )[0],
    )


def with_unit(site: SiteRow, feature: Feature) -> SiteRow:
    """A station's line whose figure says that it is an index where it is one."""
    is_index = site.figure is not None and feature.properties.marker.property == "vn_aqi"
    return replace(site, unit="VN_AQI") if is_index else site


def line(feature: Feature, language: Language) -> str:
    """Which pollutant drives a station's index and of which hour that is, or why there is none."""
    about = feature.properties
    if not isinstance(about, AirProperties):
        return ""
    words = words_in(language)
    if about.vn_aqi is None or about.driver is None:
        return "" if about.why is None else why_words(about.why, language)
    return words.gettext(
        "air.driven_by",
        pollutant=pollutant_name(about.driver, language),
        hour=f"{at_local_time(about.aqi_time):%H:%M}",
    )


def _worst(features: Sequence[Feature], language: Language) -> Told | None:
    """What the worst index of the city means; None while no station has one."""
    for feature in worst_first(KINDS["air"], features):
        about = feature.properties
        if isinstance(about, AirProperties) and about.vn_aqi is not None and about.status != "offline":
            found = category(about.vn_aqi)
            name = in_language(found.name_vi, found.name_en, language)
            return Told(name, found.color, advice(found.name, language), site_name(feature, language))
    return None
