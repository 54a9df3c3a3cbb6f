"""The first page: the kinds at a glance."""

from collections.abc import Callable
from typing import Final

from babel.lists import format_list

from cityhub.kinds import KINDS
from cityhub.words import Language
from maps import assets as maps_assets
from maps import sketch
from maps.browser import config, kind_name
from portal.assets import OWN_DIRECTORY
from portal.rendering import render

SCRIPTS: Final = (maps_assets.OWN_DIRECTORY / "live.js", OWN_DIRECTORY / "home.js")


def html(language: Language, asset_url: Callable[[str], str], notice: str) -> str:
    """The page; `notice` is the operator's banner, empty for none."""
    views = {name: sketch.view_of(kind) for name, kind in KINDS.items()}
    return render(
        "home.html",
        language,
        asset_url=asset_url,
        notice=notice,
        listed=format_list([kind_name(name, language) for name in KINDS], locale=language),
        kinds=[(name, kind_name(name, language)) for name in KINDS],
        views={name: (view, sketch.shapes(view)) for name, view in views.items()},
        width=sketch.WIDTH,
        height=sketch.HEIGHT,
        settings=config(
            language,
            SCRIPTS,
            dataUrls={name: f"/api/v1/latest/{name}" for name in KINDS},
            liveUrl=f"/api/v1/live?kinds={','.join(KINDS)}",
        ),
    )
