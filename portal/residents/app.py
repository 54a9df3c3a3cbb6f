"""The residents' pages without a connection: what is shown when a page was never seen."""

from cityhub.words import Language
from portal.rendering import AssetUrl, render
from portal.residents.frame import shared


def offline_html(language: Language, asset_url: AssetUrl, notice: str) -> str:
    """What a resident reads who has no connection and never saw the page that was asked for."""
    return render("residents/offline.html", language, **shared(language, asset_url, notice))
