"""The residents' pages: what is measured now, worst first, and how old it is. They work without scripts.

A page is a module here with a frozen view and a function `NAME_html(language, view, asset_url, notice)`, a template
that extends `residents/frame.html`, and a route module api/routes/NAME_pages.py, which makes the view and calls
`portal.drawn(language, NAME_html, view)`. No view knows the store, no page asks for anything.

Pieces, all server-rendered, for light, dark and print:

- `shared(...)` (frame.py): what every template of the frame takes. `here` marks the place in the navigation (a row of
  PLACES), `time` is when the figures were read (None: nothing yet), `kind` the kind whose changes the page follows.
- `rows(kind, features, language)` (sites.py): sites worst first, drawn by the macro `site_list`.
- `chart_of(chart, language)` (charts.py): a series with bands, gaps and an equal table; macro `chart`.
- `calendar_of(calendar, language)` (calendars.py): a year at a glance; macro `calendar`.
- `small_map(kind, features)` (places.py): the drawn base layer with dots; macro `small_map`.
- Macros of `residents/pieces.html`: `badge(color, words)`, `how_old(time, age)`, `key_figure(...)`, and those above:
  `{% import "residents/pieces.html" as pieces with context %}`.

Live: residents.js (with exchange.js) follows the kind's changes, fetches the page anew (every 10 s at most) and
exchanges each element that has both an `id` and the attribute `data-live`; open details and the focus stay. A script
of a page's own listens to `cityhub:exchanged` on the element. What holds a script's state, such as a slider, stands
outside of them.
"""

from portal.residents.air import AirView, air_html
from portal.residents.air_series import StationHistory, YearSoFar
from portal.residents.air_station import StationView, station_html
from portal.residents.app import offline_html
from portal.residents.data import DataView, FileLink, KindData, MonthFiles, data_html
from portal.residents.embed import EmbedView, embed_html
from portal.residents.flood import FloodView, flood_html
from portal.residents.rain import RainView, rain_html
from portal.residents.water import Day as WaterDay
from portal.residents.water import History as WaterHistory
from portal.residents.water import WaterView, water_html

__all__ = [
    "AirView",
    "DataView",
    "EmbedView",
    "FileLink",
    "FloodView",
    "KindData",
    "MonthFiles",
    "RainView",
    "StationHistory",
    "StationView",
    "WaterDay",
    "WaterHistory",
    "WaterView",
    "YearSoFar",
    "air_html",
    "data_html",
    "embed_html",
    "flood_html",
    "offline_html",
    "rain_html",
    "station_html",
    "water_html",
]
