"""The page of water on streets and of levels: the deepest first."""

from dataclasses import dataclass

from cityhub.words import Language
from portal.glances import Glance
from portal.rendering import AssetUrl, render
from portal.residents.frame import shared
from portal.residents.overview import overview


@dataclass(frozen=True, slots=True)
class FloodView:
    """What /flood shows; `glance`: None before the first data."""

    glance: Glance | None


def flood_html(language: Language, view: FloodView, asset_url: AssetUrl, notice: str) -> str:
    """All sites."""
    time = None if view.glance is None else view.glance.time
    return render(
        "residents/flood.html",
        language,
        **shared(language, asset_url, notice, here="flood", time=time, kind="flood"),
        **overview("flood", view.glance, language),
    )
