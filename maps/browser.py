"""What the browser's scripts need to know, as one JSON object inside the page."""

import json
from collections.abc import Mapping
from typing import Any, Final

from markupsafe import Markup

from cityhub.catalogue.model import BASES
from cityhub.kinds import KINDS, Kind, KindName
from maps.words import AGES, WORDS, Language

NO_DATA_COLOR: Final = "#8c8c8c"
# Figures that the hub derives; they are no observed property.
_DERIVED: Final = {"mm_1h": ("mm", 1), "mm_3h": ("mm", 1), "mm_24h": ("mm", 1), "free": ("", 0)}
# Where more is worse, crowded maps print the highest figures first; elsewhere the lowest.
_LOW_IS_WORSE: Final = frozenset({"water"})


def script_json(value: object) -> Markup:
    """`value` as JSON that is safe inside a script element: no `<`, `>` or `&` is left in it."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)  # noqa: S704 - the signs that could end the element were replaced above


def config(language: Language, **more: Any) -> dict[str, Any]:
    """Words, kinds, bands and coordinate bases in `language`, with `more` on top."""
    return {
        "lang": language,
        "words": dict(WORDS[language]),
        "ages": dict(AGES[language]),
        "bases": {name: texts[0 if language == "vi" else 1] for name, texts in BASES.items()},
        "kinds": {name: _kind(kind, language) for name, kind in KINDS.items()},
        "noDataColor": NO_DATA_COLOR,
        **more,
    }


def _kind(kind: Kind, language: Language) -> Mapping[str, Any]:
    vietnamese = language == "vi"
    labels = {
        p.name: {"name": p.name_vi if vietnamese else p.name_en, "unit": p.unit, "decimals": p.decimals}
        for p in kind.properties.values()
    }
    for name, (unit, decimals) in _DERIVED.items():
        labels[name] = {"name": WORDS[language][name], "unit": unit, "decimals": decimals}
    return {
        "name": kind_name(kind.name, language),
        "headline": kind.headline,
        "headlineName": kind.headline_vi if vietnamese else kind.headline_en,
        "unit": kind.headline_unit,
        "properties": labels,
        "starts": [band.start for band in kind.bands],
        "lowIsWorse": kind.name in _LOW_IS_WORSE,
    }


def kind_name(kind: KindName, language: Language) -> str:
    """The kind's name as a person reads it."""
    return KINDS[kind].name_vi if language == "vi" else KINDS[kind].name_en
