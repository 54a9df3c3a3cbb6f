"""A month of Asia/Ho_Chi_Minh, and the formats of its files."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Literal, Self

from cityhub.errors import InvalidInput
from cityhub.rfc3339 import HANOI_TIME, at_local_time

Format = Literal["csv", "parquet", "geoparquet", "gpkg"]
# The media type of each; GeoParquet is Parquet that holds places.
FORMATS: Mapping[Format, str] = MappingProxyType(
    {
        "csv": "text/csv; charset=utf-8",
        "parquet": "application/vnd.apache.parquet",
        "geoparquet": "application/vnd.apache.parquet",
        "gpkg": "application/geopackage+sqlite3",
    }
)

_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """`start` <= time < `end`, both aware."""

    start: datetime

    @classmethod
    def parse(cls, text: str) -> Self:
        """YYYY-MM; raises InvalidInput."""
        match = _MONTH.fullmatch(text)
        if match is None or not 1970 <= int(match[1]) <= 2199:
            raise InvalidInput("month", "must be a month such as 2026-11")
        return cls(datetime(int(match[1]), int(match[2]), 1, tzinfo=HANOI_TIME))

    @classmethod
    def of(cls, time: datetime) -> Self:
        """The month that `time` (aware) lies in."""
        return cls(at_local_time(time).replace(day=1, hour=0, minute=0, second=0, microsecond=0))

    @property
    def end(self) -> datetime:
        """The beginning of the next month."""
        year, month = divmod(self.start.year * 12 + self.start.month, 12)
        return self.start.replace(year=year, month=month + 1)

    def __str__(self) -> str:
        return f"{self.start:%Y-%m}"
