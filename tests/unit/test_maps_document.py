"""The map pages that Folium draws."""

import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest

from cityhub.errors import NotFound
from cityhub.kinds import KINDS
from cityhub.words import LANGUAGES, Language, words_in
from maps.document import FRAME_SCRIPT, LEAFLET_SCRIPT, STYLES, Snapshot, own_scripts, page

EVERY_PAGE = [(kind, language, embed) for kind in KINDS for language in LANGUAGES for embed in (False, True)]
EMPTY = {"type": "FeatureCollection", "features": []}


class _Loads(HTMLParser):
    """Collects what a browser would fetch while it opens the page, and event handlers in attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.handlers: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name.startswith("on") or name == "style":
                self.handlers.append(f"{tag} {name}")
            if name in {"src", "srcset"} or (name == "href" and tag == "link"):
                self.addresses.append(value or "")


def config_of(html: str) -> Any:
    found = re.search(r'<script type="application/json" id="cityhub-config">(.*?)</script>', html, re.DOTALL)
    assert found is not None
    return json.loads(found[1])


@pytest.mark.parametrize(("kind", "language", "embed"), EVERY_PAGE)
def test_a_page_loads_only_files_of_the_hub(kind: str, language: Language, embed: bool) -> None:
    html = page(kind, language, embed=embed)
    loads = _Loads(html)
    assert {address for address in loads.addresses if address != "data:,"} == {
        f"/static/{path}"
        for path in (LEAFLET_SCRIPT, *own_scripts(kind), *STYLES, *((FRAME_SCRIPT,) if embed else ()))
    }
    assert not re.findall(
        r"(?:https?:)?//[a-z0-9-]+\.[a-z]", html.replace("http://www.w3.org", ""), re.IGNORECASE
    )


@pytest.mark.parametrize(("kind", "language", "embed"), EVERY_PAGE)
def test_a_page_has_no_inline_handler_or_style(kind: str, language: Language, embed: bool) -> None:
    html = page(kind, language, embed=embed)
    assert _Loads(html).handlers == []
    assert "<style" not in html


@pytest.mark.parametrize(("kind", "language", "embed"), EVERY_PAGE)
def test_the_same_page_is_the_same_text(kind: str, language: Language, embed: bool) -> None:
    assert page(kind, language, embed=embed) == page(kind, language, embed=embed)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_the_legend_names_every_band_missing_data_and_the_note(kind: str, language: Language) -> None:
    html = page(kind, language)
    legend = html[html.index('<details id="legend"') : html.index('<details id="sensor-list"')]
    row = next(row for name, row in KINDS.items() if name == kind)
    for band in row.bands:
        assert band.color in legend
        assert (band.name_vi if language == "vi" else band.name_en) in legend
    assert words_in(language).gettext("reading.none") in legend
    assert (row.bands_note_vi if language == "vi" else row.bands_note_en) in legend


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_says_its_language_title_viewport_and_charset(language: Language) -> None:
    html = page("air", language)
    assert f'<html lang="{language}">' in html
    assert "<title>" in html
    assert '<meta charset="utf-8">' in html
    assert 'content="width=device-width, initial-scale=1"' in html


def test_an_embedded_map_has_no_header() -> None:
    assert "<header" in page("rain", "vi")
    assert "<header" not in page("rain", "vi", embed=True)


def test_a_notice_is_shown_as_text() -> None:
    html = page("rain", "vi", notice="Dữ liệu <mô phỏng>")
    assert '<p class="notice">Dữ liệu &lt;mô phỏng&gt;</p>' in html
    assert 'class="notice"' not in page("rain", "vi")


def test_tiles_are_drawn_only_when_the_operator_names_them() -> None:
    assert "tileLayer" not in page("flood", "vi")
    html = page(
        "flood", "vi", tiles_url="https://tiles.example.net/{z}/{x}/{y}.png", tiles_attribution="© Ai đó"
    )
    assert "L.tileLayer" in html
    assert "https://tiles.example.net/{z}/{x}/{y}.png" in html
    assert json.dumps(words_in("vi").gettext("layer.tiles")) in html


def test_data_inside_a_page_cannot_end_its_script_element() -> None:
    name = "</script><script>alert(1)</script><!-- & \u2028"
    feature = {"type": "Feature", "id": "air-x", "properties": {"name": name}, "geometry": None}
    collection = {**EMPTY, "features": [feature]}
    html = page("air", "vi", snapshot=Snapshot(collection, EMPTY))
    assert "alert(1)</script>" not in html
    assert config_of(html)["snapshot"]["collection"]["features"][0]["properties"]["name"] == name


def test_the_browser_gets_names_units_and_decimals_of_every_property() -> None:
    air, parking = (config_of(page(kind, "en"))["about"] for kind in ("air", "parking"))
    assert air["properties"]["pm2_5"] == {"name": "PM2.5", "unit": "µg/m³", "decimals": 1, "of": None}
    assert air["starts"] == [band.start for band in KINDS["air"].bands]
    assert parking["properties"]["free"]["of"] == "capacity"
    assert parking["figures"] == ["free"]


def test_data_and_files_can_come_from_elsewhere() -> None:
    html = page("air", "vi", data_url="/du-lieu.json", static_prefix="assets")
    assert config_of(html)["dataUrl"] == "/du-lieu.json"
    assert 'src="assets/live-map.js"' in html


def test_an_unknown_kind_is_not_found() -> None:
    with pytest.raises(NotFound, match="no map with id 'noise'"):
        page("noise", "vi")


def test_only_the_air_has_a_layer_between_its_stations_and_it_is_off_at_first() -> None:
    html = page("air", "vi")
    assert 'id="field-note"' in html
    assert "PM2.5 giữa các trạm" in html
    assert "field-note" not in page("rain", "vi")
    frozen = page(
        "air", "vi", snapshot=Snapshot({**EMPTY, "generated_at": "2026-11-22T10:00:00+07:00"}, EMPTY)
    )
    assert "field-note" not in frozen
