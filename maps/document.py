"""A map page: Folium draws the structure, the browser loads the data.

Folium's own page pulls ten files from five foreign hosts. `HubMap` and `Frame` replace every one of them by
files that the hub serves, and carry no inline style, so that a strict content security policy holds.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any, Final

import folium
from branca.element import Element, Figure, MacroElement
from folium.template import Template
from jinja2 import Environment, PackageLoader, select_autoescape
from markupsafe import Markup

from cityhub.kinds import KINDS, Kind
from cityhub.latest import GREY
from cityhub.words import LANGUAGES, Language, Words, words_in
from maps import base
from maps.assets import OWN_DIRECTORY
from maps.browser import config, in_language, kind_config, kind_name, known_kind, script_json

OWN_SCRIPTS: Final = ("live.js", "reading.js", "place-names.js", "view.js", "live-map.js")
# What tells the site around a frame how high the frame should be.
FRAME_SCRIPT: Final = "frame.js"
LEAFLET_SCRIPT: Final = "vendor/leaflet/dist/leaflet.js"
# Beside them, of a kind that draws more than its sensors.
MORE_SCRIPTS: Final[Mapping[str, tuple[str, ...]]] = {"air": ("air-field.js",)}
STYLES: Final = ("vendor/leaflet/dist/leaflet.css", "map.css")

_TEMPLATES: Final = Environment(
    loader=PackageLoader("maps", "templates"),
    autoescape=select_autoescape(),
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES.filters["script_json"] = script_json


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Data frozen into a page: the answers of /api/v1/latest/{kind} and /api/v1/areas/outlines."""

    collection: Mapping[str, Any]
    areas: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Links:
    """Where a page's links lead: `kinds` in the order of the table, each language, home (None: no link)."""

    kinds: Mapping[str, str]
    languages: Mapping[str, str]
    home: str | None


class Frame(Figure):
    """The HTML document around the map."""

    _template = _TEMPLATES.get_template("map.html")

    def __init__(self, **content: Any) -> None:
        super().__init__()
        self.content = content
        # branca's content-type tag; the document declares UTF-8 itself, in its first bytes.
        del self.header._children["meta_http"]


class HubMap(folium.Map):
    """Folium's map without its inline styles and foreign files."""

    _template = Template(
        """
        {% macro html(this, kwargs) %}
            <div class="folium-map" id={{ this.get_name()|tojson }} role="region"
                 aria-label="{{ this.label|e }}"></div>
        {% endmacro %}
        {% macro script(this, kwargs) %}
            var {{ this.get_name() }} = L.map({{ this.get_name()|tojson }}, {
                center: {{ this.location|tojson }},
                ...{{ this.options|tojavascript }}
            });
            L.control.zoom({position: "topleft", zoomInTitle: {{ this.zoom_in|tojson }},
                            zoomOutTitle: {{ this.zoom_out|tojson }}}).addTo({{ this.get_name() }});
            L.control.scale({imperial: false, position: "bottomright"}).addTo({{ this.get_name() }});
        {% endmacro %}
        """
    )

    def __init__(self, kind: Kind, words: Words, asset_url: Callable[[str], str], *, embed: bool) -> None:
        view = kind.map_view
        super().__init__(
            location=[view.lat, view.lon],
            zoom_start=view.zoom,
            tiles=None,
            zoom_control=False,
            min_zoom=9,
            max_zoom=18,
            zoom_snap=0.5,
        )
        self.label = words.gettext("map.label", kind=kind_name(kind.name, words.language))
        self.zoom_in, self.zoom_out = words.gettext("map.zoom_in"), words.gettext("map.zoom_out")
        scripts = (LEAFLET_SCRIPT, *own_scripts(kind.name), *((FRAME_SCRIPT,) if embed else ()))
        self.default_js = [(path, asset_url(path)) for path in scripts]
        self.default_css = [(path, asset_url(path)) for path in STYLES]


class LiveSensors(MacroElement):
    """Hands Folium's layers to live-map.js, which fills them with what the API reports."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
            cityhub.liveMap({
                map: {{ this.map.get_name() }},
                control: {{ this.control.get_name() }},
                {%- for name, layer in this.layers.items() %}
                {{ name }}: {{ layer.get_name() }},
                {%- endfor %}
            });
        {% endmacro %}
        """
    )

    def __init__(self, hub_map: HubMap, control: folium.LayerControl, layers: Mapping[str, Element]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "LiveSensors"
        self.map, self.control, self.layers = hub_map, control, layers


def own_scripts(kind: str) -> tuple[str, ...]:
    """The hub's scripts of one map."""
    return (*OWN_SCRIPTS, *MORE_SCRIPTS.get(kind, ()))


def page(
    kind: str,
    lang: Language,
    *,
    embed: bool = False,
    tiles_url: str = "",
    tiles_attribution: str = "",
    data_url: str | None = None,
    static_prefix: str = "/static",
    notice: str | None = None,
    asset_url: Callable[[str], str] | None = None,
    links: Links | None = None,
    snapshot: Snapshot | None = None,
) -> str:
    """The whole HTML page of one map, the same text for the same arguments. Raises NotFound.

    `embed` leaves out header and links, for frames in other sites. Data comes from `data_url` (default
    /api/v1/latest/{kind}) or, when given, from `snapshot`. Scripts and styles come from `asset_url(path)`
    (default `static_prefix`/path). `tiles_attribution` may hold the operator's own HTML; everything else is escaped.
    """
    known = known_kind(kind)
    words = words_in(lang)
    hub_map = HubMap(known, words, asset_url or (lambda path: f"{static_prefix}/{path}"), embed=embed)
    if tiles_url:
        folium.TileLayer(
            tiles_url, attr=tiles_attribution or " ", name=words.gettext("layer.tiles"), overlay=True
        ).add_to(hub_map)
    water = _base_layer(words.gettext("layer.water"), base.water(lang), hub_map)
    streets = _base_layer(words.gettext("layer.streets"), base.streets(lang), hub_map)
    layers: dict[str, Element] = {"water": water, "streets": streets}
    for name, label in (
        ("areas", words.gettext("layer.areas")),
        ("online", words.gettext("layer.online")),
        ("offline", words.gettext("layer.offline")),
    ):
        layers[name] = folium.FeatureGroup(name=label).add_to(hub_map)
    # A page that stays as it is has its sensors only.
    has_field = known.name == "air" and snapshot is None
    if has_field:
        layers["field"] = folium.FeatureGroup(name=words.gettext("layer.field"), show=False).add_to(hub_map)
    control = folium.LayerControl(collapsed=True, position="topright")
    control.add_to(hub_map)
    LiveSensors(hub_map, control, layers).add_to(hub_map)

    settings = config(
        lang,
        (OWN_DIRECTORY / script for script in own_scripts(known.name)),
        **kind_config(known, lang),
        dataUrl=data_url or f"/api/v1/latest/{known.name}",
        liveUrl=f"/api/v1/live?kinds={known.name}",
        areasUrl="/api/v1/areas/outlines",
        # Stations of the air have pages of their own; a snapshot has no hub behind it.
        pageUrl=f"/air/{{id}}?lang={lang}" if known.name == "air" and snapshot is None else None,
        fieldUrl="/api/v1/air/field",
        credit=base.attribution() or words.gettext("map.drawn_base"),
        snapshot=None if snapshot is None else {"collection": snapshot.collection, "areas": snapshot.areas},
    )
    frame = Frame(
        language=lang,
        gettext=words.gettext,
        kind=known.name,
        kind_name=kind_name(known.name, lang),
        headline=in_language(known.headline_vi, known.headline_en, lang),
        legend=legend(known, lang),
        embed=embed,
        has_field=has_field,
        has_tiles=bool(tiles_url),
        notice=notice,
        settings=settings,
        kinds=[(name, kind_name(name, lang)) for name in KINDS],
        links=links or served_links(known.name, lang),
        languages=LANGUAGES,
    )
    frame.add_child(hub_map)
    _number(frame)
    # Folium's pieces are trusted: they hold our own texts and the operator's tile settings, no sensor data.
    frame.content["mark"] = Markup
    return str(frame.render())


def served_links(kind: str, lang: Language) -> Links:
    """Links between the pages of a running hub."""
    return Links(
        kinds={name: f"/maps/{name}?lang={lang}" for name in KINDS},
        languages={language: f"/maps/{kind}?lang={language}" for language in LANGUAGES},
        home=f"/?lang={lang}",
    )


def legend(kind: Kind, lang: Language) -> dict[str, Any]:
    """Bands (colour and words), unit and note of the legend, the grey of missing data last."""
    bands = [(band.color, in_language(band.name_vi, band.name_en, lang)) for band in kind.bands]
    return {
        "title": in_language(kind.headline_vi, kind.headline_en, lang),
        "unit": kind.headline_unit,
        "bands": [*bands, (GREY, words_in(lang).gettext("reading.none"))],
        "instead": None
        if kind.instead is None
        else f"{in_language(kind.instead.headline_vi, kind.instead.headline_en, lang)} ({kind.instead.headline_unit})",
        "note": in_language(kind.bands_note_vi, kind.bands_note_en, lang),
    }


def _base_layer(name: str, collection: dict[str, Any], hub_map: HubMap) -> folium.GeoJson:
    """Colours are in map.css by class, so that dark mode and tiles can change them."""
    layer = folium.GeoJson(
        collection,
        name=name,
        style_function=lambda feature: {
            "className": f"base base-{feature['properties']['class']}",
            "interactive": False,
        },
    )
    layer.add_to(hub_map)
    return layer


def _number(root: Element) -> None:
    """Counted names instead of Folium's random ones: the same page twice is the same text and ETag."""
    numbers = count(1)

    def visit(element: Element) -> None:
        element._id = str(next(numbers))
        for child in element._children.values():
            visit(child)

    visit(root)
