"""The driver's pages as an app: how they are installed, and what is shown without a connection."""

from typing import Any

from cityhub.words import Language, words_in
from portal.driver.pages import shared
from portal.rendering import AssetUrl, render


def offline_html(language: Language, asset_url: AssetUrl, notice: str) -> str:
    """What a driver reads who has no connection and never saw the page that was asked for."""
    return render("parking_offline.html", language, **shared(language, asset_url, notice))


def manifest(language: Language, icon_url: str) -> dict[str, Any]:
    """How browsers install the driver's pages (W3C Web Application Manifest)."""
    words = words_in(language)
    icon = {"src": icon_url, "sizes": "any", "type": "image/svg+xml"}
    return {
        "id": "/parking",
        "name": words.gettext("driver.title"),
        "short_name": words.gettext("driver.app_name"),
        "lang": language,
        "start_url": f"/parking?lang={language}",
        "scope": "/",
        "display": "standalone",
        "background_color": "#fbf7f0",
        "theme_color": "#a3231d",
        "icons": [{**icon, "purpose": "any"}, {**icon, "purpose": "maskable"}],
    }
