"""The last 30 days of a water station as charts: its index, oxygen and ammonium."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from cityhub.kinds.model import Band
from cityhub.water.limits import LEVEL, LIMITS
from cityhub.water.parameters import PARAMETERS
from cityhub.water.wqi import CATEGORIES
from cityhub.words import Language, words_in
from maps.browser import in_language
from portal.residents.charts import Chart, DrawnChart, Limit, Point, Series, chart_of
from portal.residents.water_words import why_words

if TYPE_CHECKING:
    from portal.residents.water import Day

# Of what stations measure by themselves, those that have a limit.
MEASURED: Final = ("dissolved_oxygen", "nh4_n")
_BANDS: Final = tuple(Band(one.lowest, one.color, one.name_vi, one.name_en) for one in reversed(CATEGORIES))


def charts(station_id: str, days: Sequence["Day"], language: Language) -> list[DrawnChart]:
    """The index by day in the colours of its classes, and what the station measures beside its limits."""
    return [
        _index(station_id, days, language),
        *(_measured(station_id, name, days, language) for name in MEASURED),
    ]


def _index(station_id: str, days: Sequence["Day"], language: Language) -> DrawnChart:
    points = [
        Point(day.start, day.vn_wqi, why="" if day.why is None else why_words(day.why, language))
        for day in days
    ]
    title = words_in(language).gettext("water.chart.index")
    chart = Chart(f"wqi-{station_id}", title, "", "day", [Series("VN_WQI", points)], bands=_BANDS, bars=True)
    return chart_of(chart, language)


def _measured(station_id: str, name: str, days: Sequence["Day"], language: Language) -> DrawnChart:
    known, limit = PARAMETERS[name], LIMITS[name]
    label = in_language(known.name_vi, known.name_en, language)
    points = [Point(day.start, day.means.get(name)) for day in days]
    words = words_in(language)
    return chart_of(
        Chart(
            f"{name}-{station_id}",
            words.gettext("water.chart.daily_mean", name=label),
            known.unit,
            "day",
            [Series(label, points)],
            limits=[Limit(limit.value, words.gettext("water.chart.limit", level=LEVEL))],
            decimals=known.decimals,
        ),
        language,
    )
