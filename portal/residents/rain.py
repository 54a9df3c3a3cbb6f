"""The page of the rain: all gauges, the most rain first."""

from dataclasses import dataclass

from cityhub.words import Language
from portal.glances import Glance
from portal.rendering import AssetUrl, render
from portal.residents.frame import shared
from portal.residents.overview import overview


@dataclass(frozen=True, slots=True)
class RainView:
    """What /rain shows; `glance`: None before the first data."""

    glance: Glance | None


def rain_html(language: Language, view: RainView, asset_url: AssetUrl, notice: str) -> str:
    """All sites."""
    time = None if view.glance is None else view.glance.time
    return render(
        "residents/rain.html",
        language,
        **shared(language, asset_url, notice, here="rain", time=time, kind="rain"),
        **overview("rain", view.glance, language),
    )
