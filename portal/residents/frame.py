"""The frame of all residents' pages: navigation between them, the age of the figures, what scripts must know."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from cityhub.kinds import KINDS, KindName
from cityhub.rfc3339 import local_time
from cityhub.words import Language, words_in
from cityhub.words.formats import clock, date
from maps import assets as maps_assets
from maps.browser import config, kind_name
from portal.assets import OWN_DIRECTORY
from portal.rendering import AssetUrl
from portal.residents.ages import age_words

SCRIPTS: Final = (
    maps_assets.OWN_DIRECTORY / "live.js",
    OWN_DIRECTORY / "exchange.js",
    OWN_DIRECTORY / "residents.js",
)


@dataclass(frozen=True, slots=True)
class Place:
    """A page in the navigation. `name`: the kind that it is about, or a name of `_label`."""

    name: str
    path: str


PLACES: Final = (
    Place("home", "/"),
    *(Place(kind, f"/{kind}") for kind in ("air", "rain", "flood", "water", "parking")),
    Place("data", "/data"),
)


def shared(
    language: Language,
    asset_url: AssetUrl,
    notice: str,
    *,
    here: str = "",
    time: datetime | None = None,
    kind: KindName | None = None,
    keeps: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """What the templates of all residents' pages take.

    `time` (aware): when the figures were read. `keeps`: parameters of the address beside `lang` that the links to
    other languages keep.
    """
    followed = {} if kind is None else {"kind": kind, "liveUrl": f"/api/v1/live?kinds={kind}"}
    return {
        "asset_url": asset_url,
        "notice": notice,
        "here": here,
        "places": [(place, label(place.name, language)) for place in PLACES],
        "clock": None if time is None else clock(time),
        "date": None if time is None else date(time, language),
        "read_at": None if time is None else local_time(time),
        "keeps": keeps or {},
        "settings": config(
            language, SCRIPTS, servedAt=None if time is None else local_time(time), **followed
        ),
        "age": lambda seconds: age_words(seconds, language),
    }


def page_of(kind: str, language: Language) -> str:
    """The address of a kind's page; of one that has none its map."""
    has_page = any(place.name == kind for place in PLACES)
    return f"/{kind}?lang={language}" if has_page else f"/maps/{kind}?lang={language}"


def label(name: str, language: Language) -> str:
    """A page's name in the navigation."""
    words = words_in(language)
    if name in KINDS:
        return kind_name(name, language)
    return {"home": words.gettext("residents.home"), "data": words.gettext("data.here")}[name]
