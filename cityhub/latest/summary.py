"""A kind in one figure: what the first page shows of it, made from the Features of the moment."""

from collections.abc import Sequence
from dataclasses import replace
from statistics import median
from typing import NamedTuple

from msgspec import Struct

from cityhub.kinds import Kind
from cityhub.latest.feature import GREY, Feature
from cityhub.words import Language, words_in
from cityhub.words.formats import number


class Summary(Struct, frozen=True):
    """All sites of a kind in one figure, as `caption` says, and the colour of the band it stands for.

    `value` is null, the colour grey and the texts are empty while no site measures. `detail` names the site to look at.
    `online` of `total` sites are not offline.
    """

    value: float | None
    unit: str
    decimals: int
    color: str
    caption: str
    caption_en: str
    detail: str
    detail_en: str
    online: int
    total: int


class _Counted(NamedTuple):
    """Over all sites that measure: how many stand at zero, and how many cars they have room for."""

    at_zero: int
    capacity: int


def summary(kind: Kind, features: Sequence[Feature]) -> Summary:
    """The kind's figure over `features`, by its card in the table of kinds."""
    online = [feature for feature in features if feature.properties.status != "offline"]
    measuring = sorted(
        (
            feature
            for feature in online
            if feature.properties.marker.value is not None
            and feature.properties.marker.property == kind.headline
        ),
        key=_figure,
    )
    if not measuring and kind.instead is not None:
        return summary(kind.instead, features)
    if not measuring:
        return Summary(None, "", 0, GREY, "", "", "", "", len(online), len(features))
    value, shown = _value(kind, measuring)
    counts = kind.card.figure == "reached"
    decimals = 0 if counts else kind.headline_decimals
    return Summary(
        round(value, decimals + 2),
        "" if counts else kind.headline_unit,
        decimals,
        shown.properties.marker.color,
        *_texts(kind, value, measuring),
        len(online),
        len(features),
    )


def _value(kind: Kind, rising: Sequence[Feature]) -> tuple[float, Feature]:
    """The figure, and the site whose colour it bears."""
    match kind.card.figure:
        case "worst":
            worst = _worst(kind, rising)
            return _figure(worst), worst
        case "median":
            middle = median(map(_figure, rising))
            return middle, min(rising, key=lambda feature: abs(_figure(feature) - middle))
        case "total":
            return sum(map(_figure, rising)), rising[-1]
        case "reached":
            return sum(_figure(feature) >= kind.card.threshold for feature in rising), rising[-1]


def _texts(kind: Kind, value: float, rising: Sequence[Feature]) -> tuple[str, str, str, str]:
    """Caption and detail in Vietnamese and English."""
    card = kind.card
    told = (
        card
        if value or not card.quiet_vi
        else replace(card, detail_vi=card.quiet_vi, detail_en=card.quiet_en)
    )
    counted = _Counted(
        sum(not _figure(feature) for feature in rising),
        sum(getattr(feature.properties, "capacity", 0) for feature in rising),
    )
    return (
        _filled(told.caption_vi or _caption(kind, kind.headline_vi, "vi"), "vi", kind, rising, counted),
        _filled(told.caption_en or _caption(kind, kind.headline_en, "en"), "en", kind, rising, counted),
        _filled(told.detail_vi or words_in("vi").gettext("card.at"), "vi", kind, rising, counted),
        _filled(told.detail_en or words_in("en").gettext("card.at"), "en", kind, rising, counted),
    )


def _caption(kind: Kind, headline: str, language: Language) -> str:
    words = words_in(language)
    if kind.low_is_worse:
        return words.gettext("card.lowest", figure=headline)
    return words.gettext("card.highest", figure=headline)


def _filled(text: str, language: Language, kind: Kind, rising: Sequence[Feature], counted: _Counted) -> str:
    worst = _worst(kind, rising)
    decimals = kind.card.detail_decimals
    about = worst.properties
    return text.format(
        name=(about.name_en if language == "en" else "") or about.name,
        band=(about.marker.band_en if language == "en" else about.marker.band) or "",
        value=number(_figure(worst), kind.headline_decimals if decimals is None else decimals, language),
        sites=number(len(rising), 0, language),
        at_zero=number(counted.at_zero, 0, language),
        capacity=number(counted.capacity, 0, language),
    )


def _worst(kind: Kind, rising: Sequence[Feature]) -> Feature:
    return rising[0 if kind.low_is_worse else -1]


def _figure(feature: Feature) -> float:
    value = feature.properties.marker.value
    assert value is not None  # noqa: S101 - only of those that measure
    return value
