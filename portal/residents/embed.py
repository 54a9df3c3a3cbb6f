"""A kind as a list in a frame of another site; its map is drawn by `maps`."""

from dataclasses import dataclass

from cityhub.kinds import KindName
from cityhub.words import Language
from portal.glances import Glance
from portal.rendering import AssetUrl, render
from portal.residents.frame import shared
from portal.residents.overview import overview


@dataclass(frozen=True, slots=True)
class EmbedView:
    """What a frame shows: the `limit` worst sites of a kind; `glance`: None before the first data."""

    kind: KindName
    glance: Glance | None
    limit: int


def embed_html(language: Language, view: EmbedView, asset_url: AssetUrl, notice: str) -> str:
    """The list, without header, navigation or footer; its links leave the frame."""
    found = overview(view.kind, view.glance, language)
    time = None if view.glance is None else view.glance.time
    return render(
        "residents/embed.html",
        language,
        **shared(language, asset_url, notice, here=view.kind, time=time, kind=view.kind),
        **{**found, "sites": found["sites"][: view.limit]},
        all_sites=len(found["sites"]) + found["left_out"],
    )
