"""The drawn base layer: rivers, lakes, streets and bridges, shipped with the package."""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from cityhub.words import Language

WATER_CLASSES = frozenset({"river", "lake"})

Feature = Mapping[str, Any]


@cache
def _collection() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((files("maps") / "data" / "base.geojson").read_text("utf-8"))
    return loaded


def features() -> tuple[Feature, ...]:
    """GeoJSON Features with properties name, name_en, class (river, lake, street, main_street, bridge)."""
    return tuple(_collection()["features"])


def attribution() -> str:
    """The credit line that the sources of the base layer ask for; empty when there is none."""
    return str(_collection().get("attribution", ""))


def water(language: Language) -> dict[str, Any]:
    """Rivers and lakes as a FeatureCollection named in `language`."""
    return _part(language, is_water=True)


def streets(language: Language) -> dict[str, Any]:
    """Streets and bridges as a FeatureCollection named in `language`."""
    return _part(language, is_water=False)


def _part(language: Language, *, is_water: bool) -> dict[str, Any]:
    chosen = []
    for feature in features():
        properties = feature["properties"]
        if (properties["class"] in WATER_CLASSES) is not is_water:
            continue
        name = properties["name"] if language == "vi" else properties.get("name_en") or properties["name"]
        chosen.append(
            {
                "type": "Feature",
                "properties": {"name": name, "class": properties["class"]},
                "geometry": feature["geometry"],
            }
        )
    return {"type": "FeatureCollection", "features": chosen}
