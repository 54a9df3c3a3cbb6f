"""The page of West Lake's water."""

from dataclasses import dataclass

from cityhub.words import Language
from portal.glances import Glance
from portal.rendering import AssetUrl, render
from portal.residents.frame import shared
from portal.residents.overview import overview


@dataclass(frozen=True, slots=True)
class WaterView:
    """What /water shows; `glance`: None before the first data."""

    glance: Glance | None


def water_html(language: Language, view: WaterView, asset_url: AssetUrl, notice: str) -> str:
    """All sites."""
    time = None if view.glance is None else view.glance.time
    return render(
        "residents/water.html",
        language,
        **shared(language, asset_url, notice, here="water", time=time, kind="water"),
        **overview("water", view.glance, language),
    )
