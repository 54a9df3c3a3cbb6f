"""The page of water on streets: the deepest first, who can pass, which way it goes, and what changed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from cityhub.flood.features import FloodProperties
from cityhub.flood.passability import VEHICLES, Passable, Vehicle
from cityhub.flood.shown import Ground
from cityhub.kinds import KINDS
from cityhub.latest import Feature
from cityhub.rfc3339 import local_time
from cityhub.words import Language, words_in
from cityhub.words.formats import clock, number
from maps.browser import in_language
from portal.glances import Glance
from portal.rendering import AssetUrl, render
from portal.residents.flood_words import passable_words, risk_words, vehicle_name
from portal.residents.frame import shared
from portal.residents.overview import overview
from portal.residents.sites import MOST_SITES, fold_of, more_words, since, site_name, worst_first

_FLOOD = KINDS["flood"]
# What is younger is told as news.
_NEWS = timedelta(hours=1)
_MOST_NEWS = 6


@dataclass(frozen=True, slots=True)
class FloodView:
    """What /flood shows for whom; `glance`: None before the first data."""

    glance: Glance | None
    vehicle: Vehicle = "motorbike"


class Way(NamedTuple):
    """How a vehicle fares at a point: `state` is None where nobody knows."""

    vehicle: Vehicle
    state: Passable | None
    words: str


class Seen(NamedTuple):
    """What staff saw: in words, when (RFC 3339) and how long ago (s); `photo`: its address, empty without one."""

    words: str
    time: str
    age_s: float
    photo: str
    alt: str


class PointLines(NamedTuple):
    """What a point's line says beside its depth: words, empty where there is nothing to say."""

    mine: Way
    others: list[Way]
    trend: str
    since: str
    risk: str
    is_warned: bool
    ahead: str
    seen: Seen | None
    lat: float
    lon: float


class Rule(NamedTuple):
    """A row of the table of limits."""

    vehicle: str
    caution: str
    closed: str
    ground: str


def flood_html(language: Language, view: FloodView, asset_url: AssetUrl, notice: str) -> str:
    """All points."""
    time = None if view.glance is None else view.glance.time
    features = [] if view.glance is None else worst_first(_FLOOD, view.glance.features)
    fold = fold_of(_FLOOD, features)
    worse = words_in(language).ngettext(
        "flood.more_flooded", "flood.more_flooded_many", fold.worse, n=fold.worse
    )
    return render(
        "residents/flood.html",
        language,
        **shared(
            language,
            asset_url,
            notice,
            here="flood",
            time=time,
            kind="flood",
            keeps={"vehicle": view.vehicle},
        ),
        **overview("flood", view.glance, language),
        vehicles=[(one, vehicle_name(one, language)) for one in VEHICLES],
        vehicle=view.vehicle,
        lines={}
        if time is None
        else {one.id: _lines(one, view.vehicle, time, language) for one in features[:MOST_SITES]},
        fold=fold,
        more=more_words(fold, worse, language),
        news=[] if time is None else _news(features, time, language),
        passing=_passing(features, view.vehicle, language),
        rules=_rules(features, language),
    )


def _of(feature: Feature) -> FloodProperties:
    assert isinstance(feature.properties, FloodProperties)  # noqa: S101 - only flood points are on this page
    return feature.properties


def _lines(feature: Feature, mine: Vehicle, now: datetime, language: Language) -> PointLines:
    about, words = _of(feature), words_in(language)
    ways = {one: _way(one, about.passable[one], language) for one in VEHICLES}
    lon, lat = feature.geometry.coordinates
    return PointLines(
        ways[mine],
        [way for one, way in ways.items() if one != mine] if about.depth is not None else [],
        _trend(about, language),
        "" if about.since is None else words.gettext("flood.since", clock=since(about.since, now)),
        _risk(about, language),
        about.risk is not None and about.risk.basis == "rain" and about.risk.level != "none",
        _ahead(about, language),
        _seen(feature, language),
        lat,
        lon,
    )


def _way(vehicle: Vehicle, state: Passable | None, language: Language) -> Way:
    name = vehicle_name(vehicle, language)
    return Way(vehicle, state, f"{name}: {passable_words(state, language)}")


def _trend(about: FloodProperties, language: Language) -> str:
    """Only of water that stands: on a dry street nothing goes up or down."""
    words = words_in(language)
    if about.trend is None or about.trend_word is None or about.class_level == 0:
        return ""
    if about.trend_word == "steady":
        return words.gettext("flood.steady")
    speed = number(abs(about.trend), 0, language)
    if about.trend_word == "rising":
        return words.gettext("flood.rising", cm=speed)
    return words.gettext("flood.falling", cm=speed)


def _seen(feature: Feature, language: Language) -> Seen | None:
    about, words = _of(feature).report, words_in(language)
    if about is None:
        return None
    at = clock(about.observed_at)
    told = words.gettext("flood.seen", clock=at)
    if about.state == "dry":
        told = words.gettext("flood.seen_dry", clock=at)
    elif about.depth is not None:
        told += ", " + words.gettext("flood.seen_depth", cm=number(about.depth, 0, language))
    return Seen(
        told,
        local_time(about.observed_at),
        60 * about.age_min,
        about.photo or "",
        words.gettext("flood.photo", name=site_name(feature, language), clock=at),
    )


def _ahead(about: FloodProperties, language: Language) -> str:
    words = words_in(language)
    if about.forecast is None:
        return ""
    return " · ".join(
        words.gettext(
            "flood.ahead",
            clock=clock(one.time),
            cm=number(one.depth, 0, language),
            low=number(one.low, 0, language),
            high=number(one.high, 0, language),
        )
        for one in about.forecast.depths
    )


def _risk(about: FloodProperties, language: Language) -> str:
    """What the rain lets expect; nothing where water stands already, or where the city lists no scenario."""
    words, found = words_in(language), about.risk
    if found is None:
        return "" if about.why.get("risk") == "no_scenario" else words.gettext("risk.gauge_none")
    if found.basis != "rain" or found.mm_1h is None or found.floods_from is None:
        return ""
    return words.gettext(
        "risk.told",
        level=risk_words(found.level, language),
        mm=number(found.mm_1h, 1, language),
        gauge=in_language(found.gauge_name or "", found.gauge_name_en or "", language),
        from_mm=number(found.floods_from, 0, language),
    )


def _news(features: Iterable[Feature], now: datetime, language: Language) -> list[str]:
    """Which points were flooded within the hour, the newest first."""
    words = words_in(language)
    found = [
        (about.since, site_name(feature, language), about.depth)
        for feature in features
        if (about := _of(feature)).since is not None and now - about.since <= _NEWS
    ]
    return [
        words.gettext("flood.began", clock=clock(began), name=name, cm=number(depth or 0, 0, language))
        for began, name, depth in sorted(found, key=lambda one: one[0], reverse=True)[:_MOST_NEWS]
    ]


def _passing(features: Iterable[Feature], vehicle: Vehicle, language: Language) -> str:
    """How many points the vehicle cannot pass, and of how many nobody knows."""
    words = words_in(language)
    # A river or a lake is no street.
    streets = [about for about in map(_of, features) if about.why.get("passable") != "not_measured"]
    states = [about.passable[vehicle] for about in streets]
    closed, careful, unknown = states.count("no"), states.count("caution"), states.count(None)
    told = words.gettext("flood.passing", closed=closed, caution=careful, all=len(states))
    if not unknown:
        return told
    return told + " " + words.ngettext("flood.not_known", "flood.not_known_all", unknown, n=unknown)


def _rules(features: Iterable[Feature], language: Language) -> list[Rule]:
    grounds: Mapping[Vehicle, Ground] = next((_of(feature).passable_ground for feature in features), {})
    return [
        Rule(
            vehicle_name(vehicle, language),
            f"{number(ground.caution_from, 1, language)} cm",
            f"{number(ground.closed_from, 1, language)} cm",
            in_language(ground.ground, ground.ground_en, language),
        )
        for vehicle, ground in grounds.items()
    ]
