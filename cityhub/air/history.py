"""A station's hours and days with their indices, as the store reads them and answers and pages show them."""

from collections.abc import Mapping
from datetime import date, datetime

from msgspec import Struct

from cityhub.air.vn_aqi import DayFigures, Hour, Index, Pollutant


class HourRow(Struct, frozen=True, gc=False):
    """The hour that ends at `time` (+07:00). `means` are raw, `used` what the index is made of; µg/m³."""

    time: datetime
    hour: Hour
    means: Mapping[Pollutant, float | None]
    used: Mapping[Pollutant, float | None]
    observed: Mapping[Pollutant, int]


class PollutantDay(Struct, frozen=True, gc=False):
    """A pollutant's day: its figures, None without any hour, and how many readings its hours are made of."""

    figures: DayFigures | None
    observed: int


# By day, of each pollutant.
Days = Mapping[date, Mapping[Pollutant, PollutantDay]]


class DayRow(Struct, frozen=True, gc=False):
    """A day of Vietnam with its index and what that is made of; `is_over`: no hour of it is to come."""

    day: date
    index: Index
    pollutants: Mapping[Pollutant, PollutantDay]
    is_over: bool = True
