"""What the pages of all kinds begin with: the kind in one figure, its sites worst first, the drawn map, the legend."""

from typing import Any

from cityhub.kinds import KINDS, KindName
from cityhub.latest import GREY
from cityhub.words import Language, words_in
from cityhub.words.formats import number
from maps.browser import in_language, kind_name
from portal.glances import Glance
from portal.residents.places import small_map
from portal.residents.sites import rows


def overview(name: KindName, glance: Glance | None, language: Language) -> dict[str, Any]:
    """What the macros `first_figures`, `site_list`, `small_map` and `legend` take; without data before the first.

    `left_out`: how many sites are not in the list and the drawing, which have the worst MOST_SITES.
    """
    kind = KINDS[name]
    features = [] if glance is None else list(glance.features)
    sites = rows(kind, features, language)
    summary = None if glance is None else glance.summary
    is_measured = summary is not None and summary.value is not None
    return {
        "kind": name,
        "kind_name": kind_name(name, language),
        "headline": in_language(kind.headline_vi, kind.headline_en, language),
        "sites": sites,
        "left_out": len(features) - len(sites),
        "summary": summary,
        "value": number(summary.value, summary.decimals, language)
        if summary is not None and summary.value is not None
        else None,
        "caption": in_language(summary.caption, summary.caption_en, language)
        if summary is not None and is_measured
        else "",
        "detail": in_language(summary.detail, summary.detail_en, language) if summary is not None else "",
        "drawing": small_map(name, features),
        "unit": kind.headline_unit,
        "legend": [
            *((band.color, in_language(band.name_vi, band.name_en, language)) for band in kind.bands),
            (GREY, words_in(language).gettext("reading.none")),
        ],
        "legend_note": in_language(kind.bands_note_vi, kind.bands_note_en, language),
    }
