"""What data there is, as files and at all."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, Self

from msgspec import Struct

from api.bulk import FORMATS, Month
from api.holdings import Holdings
from api.terms import Terms
from cityhub.kinds import KINDS, Kind, KindName
from cityhub.rfc3339 import LocalTime, at_local_time

PATH = "/api/v1/data/{kind}/{month}.{format}"


class DataFile(Struct, frozen=True):
    """All readings of a kind and month. `bytes`: null until somebody asked for the file."""

    format: Literal["csv", "parquet", "geoparquet", "gpkg"]
    url: str
    bytes: int | None


class DataMonth(Struct, frozen=True):
    """A month of Asia/Ho_Chi_Minh, YYYY-MM. `is_over`: only late readings and corrections may still change it.

    `rows` were measured, `rows_kept` of them are still there one by one, in the files. Of older months 0 are, and
    `files` is empty: hours and days remain.
    """

    month: str
    rows: int
    rows_kept: int
    is_over: bool
    files: list[DataFile]


class DataProperty(Struct, frozen=True):
    """An observed property and its unit."""

    property: str
    unit: str
    name: str
    name_en: str


class DataKind(Struct, frozen=True):
    """A kind's readings, of `first` (the hour) to `last`; null: nothing yet. `illustrative`: not all sites are real."""

    kind: KindName
    name: str
    name_en: str
    sensors: int
    rows: int
    first: LocalTime | None
    last: LocalTime | None
    illustrative: bool
    properties: list[DataProperty]
    months: list[DataMonth]

    @classmethod
    def of(
        cls,
        kind: Kind,
        holdings: Holdings,
        sizes: Mapping[tuple[str, str, str], int],
        kept_since: datetime,
        now: datetime,
    ) -> Self:
        """The kind with its months, newest first. Readings before `kept_since` are no longer there one by one."""
        held, months = holdings.kinds.get(kind.name), holdings.months.get(kind.name, {})
        first, last = (None, None) if held is None else (held.first, held.last)
        return cls(
            kind.name,
            kind.name_vi,
            kind.name_en,
            0 if held is None else held.sensors,
            sum(months.values()),
            None if first is None else at_local_time(first),
            None if last is None else at_local_time(last),
            held is not None and held.illustrative,
            [DataProperty(one.name, one.unit, one.name_vi, one.name_en) for one in kind.properties.values()],
            [
                DataMonth(
                    str(month),
                    rows,
                    _kept(month, rows, kind.name, holdings, kept_since),
                    month.end <= now,
                    [
                        DataFile(
                            format,
                            PATH.format(kind=kind.name, month=month, format=format),
                            sizes.get((kind.name, str(month), format)),
                        )
                        for format in FORMATS
                        if month.end > kept_since
                    ],
                )
                for month, rows in sorted(months.items(), reverse=True)
            ],
        )


class Data(Struct, frozen=True):
    """Every kind, how much there is of it, its files, and the terms it is given under. `notice`: of the operator."""

    licence: str
    licence_url: str
    publisher: str
    notice: str
    counted_at: LocalTime
    kinds: list[DataKind]

    @classmethod
    def of(
        cls,
        terms: Terms,
        holdings: Holdings,
        sizes: Mapping[tuple[str, str, str], int],
        kept_since: datetime,
        now: datetime,
    ) -> Self:
        """The answer at `now` (aware)."""
        return cls(
            terms.licence,
            terms.licence_url,
            terms.publisher,
            terms.notice,
            at_local_time(holdings.counted_at),
            [DataKind.of(kind, holdings, sizes, kept_since, now) for kind in KINDS.values()],
        )


def _kept(month: Month, rows: int, kind: KindName, holdings: Holdings, kept_since: datetime) -> int:
    if month.end <= kept_since:
        return 0
    return holdings.left.get(kind, 0) if month == holdings.cut else rows
