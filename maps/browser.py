"""What the browser's scripts need to know, as one JSON object inside the page."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from markupsafe import Markup

from cityhub.catalogue.areas import LEVELS
from cityhub.catalogue.model import BASES
from cityhub.kinds import KINDS, Kind, KindName, ObservedProperty
from cityhub.kinds.model import Figure
from cityhub.words import Language, Words, words_in
from cityhub.words.scripts import sentences

NO_DATA_COLOR: Final = "#8c8c8c"


def script_json(value: object) -> Markup:
    """`value` as JSON that is safe inside a script element: no `<`, `>` or `&` is left in it."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)  # noqa: S704 - the signs that could end the element were replaced above


def config(language: Language, scripts: Iterable[Path], **more: Any) -> dict[str, Any]:
    """What `scripts` say, kinds, bands and coordinate bases in `language`, with `more` on top."""
    words = words_in(language)
    return {
        "lang": language,
        "messages": sentences(language, scripts),
        "bases": {name: texts[0 if language == "vi" else 1] for name, texts in BASES.items()},
        "kinds": {name: _kind(kind, words) for name, kind in KINDS.items()},
        "areaLevels": LEVELS[::-1],
        "noDataColor": NO_DATA_COLOR,
        **more,
    }


def _kind(kind: Kind, words: Words) -> Mapping[str, Any]:
    vietnamese = words.language == "vi"
    shown: list[ObservedProperty | Figure] = [*kind.properties.values(), *kind.figures]
    labels = {
        one.name: {
            "name": one.name_vi if vietnamese else one.name_en,
            "unit": one.unit,
            "decimals": one.decimals,
        }
        for one in shown
    }
    return {
        "name": kind_name(kind.name, words.language),
        "headline": kind.headline,
        "headlineName": kind.headline_vi if vietnamese else kind.headline_en,
        "unit": kind.headline_unit,
        "properties": labels,
        "starts": [band.start for band in kind.bands],
        "figures": [figure.name for figure in kind.figures],
        # Where more is worse, crowded maps print the highest figures first; elsewhere the lowest.
        "lowIsWorse": kind.low_is_worse,
        "closest": kind.map_view.closest,
    }


def kind_name(kind: KindName, language: Language) -> str:
    """The kind's name as a person reads it."""
    return KINDS[kind].name_vi if language == "vi" else KINDS[kind].name_en
