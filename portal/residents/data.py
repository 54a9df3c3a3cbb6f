"""The page of open data: what there is, what it means, on which terms, and how to get it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from babel.numbers import format_decimal

from cityhub.kinds import KINDS, Kind, KindName, ObservedProperty
from cityhub.kinds.model import Aggregation
from cityhub.observing.quality import NAMES, Flag
from cityhub.rfc3339 import at_local_time
from cityhub.words import Language, Words, words_in
from cityhub.words.formats import date, number
from maps.browser import in_language, kind_name
from portal.rendering import AssetUrl, render
from portal.residents.api_changes import changes
from portal.residents.examples import examples
from portal.residents.frame import shared

# As people call them; GeoParquet's names are the same in all languages.
FORMAT_NAMES: Final = {"csv": "CSV", "parquet": "Parquet", "geoparquet": "GeoParquet", "gpkg": "GeoPackage"}

_FLAGS: Final[Mapping[Flag, Callable[[Words], str]]] = {
    "range": lambda words: words.gettext("data.flag.range"),
    "fault": lambda words: words.gettext("data.flag.fault"),
    "rate": lambda words: words.gettext("data.flag.rate"),
    "flatline": lambda words: words.gettext("data.flag.flatline"),
    "late": lambda words: words.gettext("data.flag.late"),
    "neighbour": lambda words: words.gettext("data.flag.neighbour"),
    "total": lambda words: words.gettext("data.flag.total"),
}
_AGGREGATIONS: Final[Mapping[Aggregation, Callable[[Words], str]]] = {
    "mean": lambda words: words.gettext("data.aggregation.mean"),
    "sum": lambda words: words.gettext("data.aggregation.sum"),
    "max": lambda words: words.gettext("data.aggregation.max"),
    "last": lambda words: words.gettext("data.aggregation.last"),
}


@dataclass(frozen=True, slots=True)
class FileLink:
    """A file of a month; `bytes`: None until it was made."""

    format: str
    url: str
    bytes: int | None


@dataclass(frozen=True, slots=True)
class MonthFiles:
    """A month (YYYY-MM) with its readings, or those of them that are in its files; `is_over`: it does not go on."""

    month: str
    rows: int
    is_over: bool
    files: Sequence[FileLink]


@dataclass(frozen=True, slots=True)
class KindData:
    """What there is of a kind, from `first` to `last` (aware; None: nothing yet); months newest first."""

    kind: KindName
    sensors: int
    rows: int
    first: datetime | None
    last: datetime | None
    illustrative: bool
    months: Sequence[MonthFiles]


@dataclass(frozen=True, slots=True)
class DataView:
    """What /data shows. `base`: the hub's own address; `counted_at` is aware."""

    base: str
    licence: str
    licence_url: str
    publisher: str
    counted_at: datetime
    kinds: Sequence[KindData]


def data_html(language: Language, view: DataView, asset_url: AssetUrl, notice: str) -> str:
    """The whole page."""
    words = words_in(language)
    return render(
        "residents/data.html",
        language,
        **shared(language, asset_url, notice, here="data", time=view.counted_at),
        view=view,
        kinds=[_held(one, language) for one in view.kinds],
        dictionary=[_dictionary(kind, language) for kind in KINDS.values()],
        flags=[(name, _FLAGS[name](words)) for name in NAMES.values()],
        examples=examples(view.base, _month_with_files(view), at_local_time(view.counted_at), language),
        changes=changes(language),
    )


def _held(one: KindData, language: Language) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "name": kind_name(one.kind, language),
        "sensors": number(one.sensors, 0, language),
        "rows": number(one.rows, 0, language),
        "first": None if one.first is None else date(one.first, language),
        "last": None if one.last is None else date(one.last, language),
        "illustrative": one.illustrative,
        "months": [
            {
                "month": month.month,
                "rows": number(month.rows, 0, language),
                "is_over": month.is_over,
                "files": [
                    (FORMAT_NAMES[file.format], file.url, _size(file.bytes, language)) for file in month.files
                ],
            }
            for month in one.months
        ],
    }


def _dictionary(kind: Kind, language: Language) -> dict[str, Any]:
    return {
        "kind": kind.name,
        "name": kind_name(kind.name, language),
        "rows": [_row(one, language) for one in kind.properties.values()],
    }


def _row(one: ObservedProperty, language: Language) -> tuple[str, str, str, str, str]:
    # Limits are whole numbers or nearly: digits that nobody gave are not shown.
    low, high = (format_decimal(limit, "#,##0.##", language) for limit in (one.low, one.high))
    name = in_language(one.name_vi, one.name_en, language)
    return one.name, name, one.unit, f"{low} – {high}", _AGGREGATIONS[one.aggregation](words_in(language))


def _size(size: int | None, language: Language) -> str | None:
    if size is None:
        return None
    return (
        f"{number(size / 1e6, 1, language)} MB"
        if size >= 100_000
        else f"{number(size / 1e3, 0, language)} kB"
    )


def _month_with_files(view: DataView) -> tuple[KindName, str] | None:
    """Of the first kind that has files, the newest month."""
    return next(((one.kind, month.month) for one in view.kinds for month in one.months if month.files), None)
