"""What the browser's scripts need to know, as one JSON object inside the page."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from markupsafe import Markup

from cityhub.catalogue.areas import LEVELS
from cityhub.catalogue.model import BASES
from cityhub.errors import NotFound
from cityhub.kinds import KINDS, Kind, KindName, ObservedProperty
from cityhub.kinds.model import Figure
from cityhub.latest import GREY
from cityhub.words import Language
from cityhub.words.scripts import sentences


def known_kind(kind: str) -> Kind:
    """The row of the table of kinds; raises NotFound."""
    known = KINDS.get(kind)
    if known is None:
        raise NotFound("map", kind)
    return known


def script_json(value: object) -> Markup:
    """`value` as JSON that is safe inside a script element: no `<`, `>` or `&` is left in it."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)  # noqa: S704 - the signs that could end the element were replaced above


def config(language: Language, scripts: Iterable[Path], **more: Any) -> dict[str, Any]:
    """What `scripts` say in `language`, with `more` on top."""
    return {"lang": language, "messages": sentences(language, scripts), **more}


def kind_config(kind: Kind, language: Language) -> dict[str, Any]:
    """What a map must know of its kind: names, units and decimals of its figures, bands and coordinate bases."""
    shown: list[ObservedProperty | Figure] = [*kind.properties.values(), *kind.figures]
    return {
        "kind": kind.name,
        "about": {
            "headlineName": in_language(kind.headline_vi, kind.headline_en, language),
            "properties": {
                one.name: {
                    "name": in_language(one.name_vi, one.name_en, language),
                    "unit": one.unit,
                    "decimals": one.decimals,
                    "of": one.of if isinstance(one, Figure) else None,
                }
                for one in shown
            },
            "starts": [band.start for band in kind.bands],
            # What a site shows that has no figure of the headline, and where its bands start.
            "instead": None
            if kind.instead is None
            else {
                "property": kind.instead.headline,
                "name": in_language(kind.instead.headline_vi, kind.instead.headline_en, language),
                "starts": [band.start for band in kind.instead.bands],
            },
            "figures": [figure.name for figure in kind.figures],
            # Where more is worse, crowded maps print the highest figures first; elsewhere the lowest.
            "lowIsWorse": kind.low_is_worse,
            "closest": kind.map_view.closest,
        },
        "bases": {name: in_language(*texts, language) for name, texts in BASES.items()},
        "areaLevels": LEVELS[::-1],
        "noDataColor": GREY,
    }


def kind_name(kind: KindName, language: Language) -> str:
    """The kind's name as a person reads it."""
    return in_language(KINDS[kind].name_vi, KINDS[kind].name_en, language)


def in_language(vietnamese: str, english: str, language: Language) -> str:
    """That of a table's two texts which is in `language`."""
    return vietnamese if language == "vi" else english
