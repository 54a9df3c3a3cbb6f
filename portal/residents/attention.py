"""What residents should know before all else: where it is bad now, and what changed in the last hour."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cityhub.kinds import KINDS, Kind, KindName
from cityhub.kinds.model import Band
from cityhub.latest import Change, Feature
from cityhub.rfc3339 import local_time
from cityhub.words import Language
from maps.browser import in_language, kind_name
from portal.glances import Glances
from portal.residents.frame import page_of
from portal.residents.sites import SiteRow, row, site_name, worst_first

# A morning on which all stations are bad must not hide the one flooded street.
MOST_OF_A_KIND: Final = 3
MOST_CHANGES: Final = 6


@dataclass(frozen=True, slots=True)
class Worry:
    """Sites of a kind that are so bad that residents should know; `more`: as many besides those of `sites`."""

    kind: KindName
    name: str
    sites: Sequence[SiteRow]
    pages: Sequence[str]
    more: int


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """A site that is in another band than an hour ago; `age_s` (s) of the change."""

    kind_name: str
    name: str
    page: str
    before: str
    after: str
    color: str
    is_worse: bool
    time: str
    age_s: float


def worries(glances: Glances, language: Language) -> list[Worry]:
    """The kinds with sites to be told of, the one with the worst first."""
    found: list[tuple[float, Worry]] = []
    for name, kind in KINDS.items():
        glance = glances.get(name)
        if glance is None or kind.attention is None:
            continue
        bad = [feature for feature in worst_first(kind, glance.features) if _is_bad(kind, feature)]
        if not bad:
            continue
        shown = bad[:MOST_OF_A_KIND]
        worry = Worry(
            name,
            kind_name(name, language),
            [row(kind, feature, language) for feature in shown],
            [_page(name, feature.id, language) for feature in shown],
            len(bad) - len(shown),
        )
        # The share of the way to the worst band makes kinds with more and with fewer bands comparable.
        found.append((-_step(kind, bad[0]) / (len(kind.bands) - 1), worry))
    return [worry for _, worry in sorted(found, key=lambda one: one[0])]


def change_rows(
    changes: Sequence[Change], glances: Glances, now: datetime, language: Language
) -> tuple[list[ChangeRow], int]:
    """The first few of `changes`, and how many more there are: what got worse first, of that what is or was the worst.

    Sites that are no more are left out, and kinds whose changes are no news, as free bays that come and go.
    """
    features: dict[str, Feature] = {
        feature.id: feature for glance in glances.values() for feature in glance.features
    }
    found: list[tuple[tuple[bool, float, float], Change, Feature]] = []
    for change in changes:
        feature = features.get(change.site_id)
        if feature is None or KINDS[change.kind].attention is None:
            continue
        share = max(change.before, change.after) / (len(KINDS[change.kind].bands) - 1)
        age_s = (now - change.time).total_seconds()
        found.append(((not change.is_worse, -share, age_s), change, feature))
    found.sort(key=lambda one: one[0])
    of_kind: Counter[KindName] = Counter()
    shown: list[ChangeRow] = []
    for (_, _, age_s), change, feature in found:
        of_kind[change.kind] += 1
        if of_kind[change.kind] <= MOST_OF_A_KIND and len(shown) < MOST_CHANGES:
            shown.append(_change_row(change, feature, age_s, language))
    return shown, len(found) - len(shown)


def _change_row(change: Change, feature: Feature, age_s: float, language: Language) -> ChangeRow:
    kind = KINDS[change.kind].showing(feature.properties.marker.property)
    after = _band(kind, change.after)
    return ChangeRow(
        kind_name(change.kind, language),
        site_name(feature, language),
        _page(change.kind, change.site_id, language),
        _words(_band(kind, change.before), language),
        _words(after, language),
        after.color,
        change.is_worse,
        local_time(change.time),
        age_s,
    )


def _is_bad(kind: Kind, feature: Feature) -> bool:
    about = feature.properties
    if about.status == "offline" or about.marker.value is None or kind.attention is None:
        return False
    return _step(kind, feature) >= kind.attention


def _step(kind: Kind, feature: Feature) -> int:
    marker = feature.properties.marker
    return 0 if marker.value is None else kind.showing(marker.property).step(marker.value)


def _band(kind: Kind, step: int) -> Band:
    return kind.bands[len(kind.bands) - 1 - step if kind.low_is_worse else step]


def _words(band: Band, language: Language) -> str:
    return in_language(band.name_vi, band.name_en, language)


def _page(kind: KindName, site_id: str, language: Language) -> str:
    if kind == "air":
        return f"/air/{site_id}?lang={language}"
    page = page_of(kind, language)
    return f"{page}#site={site_id}" if page.startswith("/maps/") else f"{page}#site-{site_id}"
