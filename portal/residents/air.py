"""The pages of the air: all stations, worst first, and one station."""

from dataclasses import dataclass
from datetime import datetime

from cityhub.kinds import KINDS
from cityhub.latest import Feature
from cityhub.words import Language
from portal.glances import Glance
from portal.rendering import AssetUrl, render
from portal.residents.frame import shared
from portal.residents.overview import overview
from portal.residents.places import small_map
from portal.residents.readings import readings
from portal.residents.sites import row


@dataclass(frozen=True, slots=True)
class AirView:
    """What /air shows; `glance`: None before the first data."""

    glance: Glance | None


@dataclass(frozen=True, slots=True)
class StationView:
    """What /air/{id} shows: a station as it was at `time` (aware)."""

    time: datetime
    feature: Feature


def air_html(language: Language, view: AirView, asset_url: AssetUrl, notice: str) -> str:
    """All stations."""
    time = None if view.glance is None else view.glance.time
    return render(
        "residents/air.html",
        language,
        **shared(language, asset_url, notice, here="air", time=time, kind="air"),
        **overview("air", view.glance, language),
    )


def station_html(language: Language, view: StationView, asset_url: AssetUrl, notice: str) -> str:
    """One station."""
    kind = KINDS["air"]
    return render(
        "residents/air_station.html",
        language,
        **shared(language, asset_url, notice, here="air", time=view.time, kind="air"),
        site=row(kind, view.feature, language),
        readings=readings(kind, view.feature, language),
        drawing=small_map("air", [view.feature]),
        place=view.feature.geometry.coordinates,
    )
