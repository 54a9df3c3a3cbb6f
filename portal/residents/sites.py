"""Sites as the lists of the residents' pages show them: the worst first, those without a figure last."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from cityhub.kinds import Kind
from cityhub.latest import Feature
from cityhub.rfc3339 import at_local_time, local_time
from cityhub.words import Language, words_in
from cityhub.words.formats import number
from maps.browser import in_language

# Nobody reads more, and drawing the lists of thousands once a second would keep others waiting.
MOST_SITES: Final = 200
# So many stand open on a page; the others are folded, unless those are few.
OPEN_SITES: Final = 8
_FEW = 3
# Kinds whose sites have a page each.
_OWN_PAGES: Final = {"air": "/air", "parking": "/parking"}


@dataclass(frozen=True, slots=True)
class SiteRow:
    """A line of a list. `figure`: None where there is none to show; `band`: its words; `age_s`: s, of `time`.

    `page` is its own page, or the map where it has none; `state` is empty while the site reports as it should.
    """

    id: str
    name: str
    figure: str | None
    unit: str
    color: str
    band: str
    status: str
    state: str
    time: str | None
    moment: str
    age_s: int | None
    illustrative: bool
    page: str
    map_url: str


def rows(kind: Kind, features: Iterable[Feature], language: Language) -> list[SiteRow]:
    """The sites of `kind`, worst first; then those that do not measure, by name; MOST_SITES of them."""
    return [row(kind, feature, language) for feature in worst_first(kind, features)[:MOST_SITES]]


def worst_first(kind: Kind, features: Iterable[Feature]) -> list[Feature]:
    """`features` by their headline figure; a site that is offline or has none stands behind all others.

    Of one band those that show something instead stand behind those with a figure of the headline.
    """

    def order(feature: Feature) -> tuple[bool, int, bool, float, str]:
        marker, name = feature.properties.marker, feature.properties.name
        if marker.value is None or feature.properties.status == "offline":
            return True, 0, False, 0, name
        shown = kind.showing(marker.property)
        value = marker.value if kind.low_is_worse else -marker.value
        return False, -shown.step(marker.value), shown is not kind, value, name

    return sorted(features, key=order)


class Fold(NamedTuple):
    """Of a list, worst first: how many stand `open`, how many `more` are folded, and how many of those are `worse`
    than the best band.
    """

    open: int
    more: int
    worse: int


def fold_of(kind: Kind, features: Sequence[Feature]) -> Fold:
    """Where the list of `features`, which are worst first, is folded; `more` 0: nowhere."""
    listed = features[:MOST_SITES]
    if len(listed) <= OPEN_SITES + _FEW:
        return Fold(len(listed), 0, 0)
    folded = listed[OPEN_SITES:]
    return Fold(OPEN_SITES, len(folded), sum(_is_worse(kind, feature) for feature in folded))


def more_words(fold: Fold, worse: str, language: Language) -> str:
    """What the fold of a list says; `worse`: how many of those behind it are bad, in the words of their kind."""
    words = words_in(language)
    told = words.ngettext("residents.more_site", "residents.more_sites", fold.more, n=fold.more)
    return f"{told} ({worse})" if fold.worse else told


def _is_worse(kind: Kind, feature: Feature) -> bool:
    marker = feature.properties.marker
    if marker.value is None or feature.properties.status == "offline":
        return False
    return kind.showing(marker.property).step(marker.value) > 0


def row(kind: Kind, feature: Feature, language: Language) -> SiteRow:
    """One site, with the figure that its map marker shows."""
    about = feature.properties
    marker = about.marker
    is_shown = marker.value is not None and about.status != "offline"
    map_url = f"/maps/{kind.name}?lang={language}#site={feature.id}"
    return SiteRow(
        feature.id,
        site_name(feature, language),
        number(marker.value, kind.showing(marker.property).headline_decimals, language)
        if marker.value is not None and is_shown
        else None,
        marker.unit,
        marker.color,
        in_language(marker.band or "", marker.band_en or "", language) if is_shown else "",
        about.status,
        state_words(feature, language),
        None if about.time is None else local_time(about.time),
        "" if about.time is None else moment(about.time),
        about.age_s,
        about.illustrative,
        f"{_OWN_PAGES[kind.name]}/{feature.id}?lang={language}" if kind.name in _OWN_PAGES else map_url,
        map_url,
    )


def site_name(feature: Feature, language: Language) -> str:
    """A site's name as a person reads it."""
    about = feature.properties
    return (about.name_en if language == "en" else "") or about.name


def state_words(feature: Feature, language: Language) -> str:
    """What is unusual about a site's reports; empty when nothing is."""
    words = words_in(language)
    if feature.properties.time is None:
        return words.gettext("reading.never")
    return {"late": words.gettext("status.late"), "offline": words.gettext("status.offline")}.get(
        feature.properties.status, ""
    )


def since(time: datetime, now: datetime) -> str:
    """`15:04`, of another day than `now`'s in Viet Nam `15:04 26/11`; both are aware."""
    is_today = at_local_time(time).date() == at_local_time(now).date()
    return f"{at_local_time(time):%H:%M}" if is_today else moment(time)


def moment(time: datetime) -> str:
    """`15:04 26/11`, in Viet Nam; `time` is aware."""
    return f"{at_local_time(time):%H:%M %d/%m}"
