"""The hours of a station as the indices want them: hourly means one after another, and how complete they are.

An hour is called by its end, as Decision 1459/QD-TCMT does: the hour 20:00 is what was measured from 19:00 on and
before 20:00, in Vietnam time (+07:00). A reading stamped 20:00:00 is the first of the hour 21:00. A device that reports
one mean an hour and stamps it with the hour's end, 20:00 for 19:00 to 20:00, says so in the catalogue
(`attr_hour_stamp`, `end`): its readings of 20:00 are the hour 20:00.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from cityhub.air.nowcast import HOURS as NOWCAST_HOURS
from cityhub.air.vn_aqi import (
    DAY_HOURS,
    EIGHT,
    PARTICLES,
    POLLUTANTS,
    PROJECT_RULE,
    Completeness,
    DayFigures,
    Hour,
    Pollutant,
    figures_of,
    hourly,
    uncorrected,
)
from cityhub.catalogue.air_stations import AirStation
from cityhub.rfc3339 import HANOI_TIME

HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
# So many hours before the first that is asked for are needed: for the NowCast, and for the 8-hour means of a day.
LEAD: Final = NOWCAST_HOURS - 1
_EIGHT_LEAD = EIGHT - 1


@dataclass(frozen=True, slots=True)
class Means:
    """Hourly means (µg/m³) of a property, None without a reading, and the readings in them; of the hours of `Hours`."""

    means: list[float | None]
    observed: list[int]


@dataclass(frozen=True, slots=True)
class Hours:
    """A station's hours, one after another; the first ends at `first` (aware, +07:00)."""

    first: datetime
    count: int
    raw: Mapping[str, Means]
    used: Mapping[Pollutant, Sequence[float | None]]

    @classmethod
    def of(cls, station: AirStation, first: datetime, count: int, raw: Mapping[str, Means]) -> "Hours":
        """Hours of what was measured, with those means in use that the station's correction makes of it."""
        used: dict[Pollutant, Sequence[float | None]] = {
            pollutant: raw[pollutant].means for pollutant in POLLUTANTS if pollutant in raw
        }
        if station.correction is not None and "pm2_5" in used:
            none = [None] * count
            humidity = raw["humidity"].means if "humidity" in raw else none
            used["pm2_5"] = [
                station.correction.corrected(pm2_5, percent)
                for pm2_5, percent in zip(used["pm2_5"], humidity, strict=True)
            ]
        return cls(first, count, raw, used)

    def end(self, at: int) -> datetime:
        """When the hour ends."""
        return self.first + at * HOUR

    def index(self, at: int) -> Hour:
        """VN_AQI of an hour; hours before the first count as missing."""
        begin = max(at + 1 - NOWCAST_HOURS, 0)
        hour = hourly(
            {
                pollutant: means[begin : at + 1][::-1] if pollutant in PARTICLES else means[at : at + 1]
                for pollutant, means in self.used.items()
            }
        )
        return self.told(at, hour)

    def told(self, at: int, hour: Hour) -> Hour:
        """The index `hour` of the hour `at`, which says so where the correction left nothing to make one of."""
        is_lost = (
            hour.index.value is None
            and "pm2_5" in self.used
            and self.used["pm2_5"][at] is None
            and self.raw["pm2_5"].means[at] is not None
        )
        return Hour(uncorrected(hour.index), hour.nowcast) if is_lost else hour

    def figures(
        self, pollutant: Pollutant, at: int, completeness: Completeness = PROJECT_RULE
    ) -> DayFigures | None:
        """What the day whose first hour is `at` is made of."""
        means = self.used[pollutant]
        return figures_of(
            pollutant, means[at : at + DAY_HOURS], means[max(at - _EIGHT_LEAD, 0) : at], completeness
        )


def expected(interval_s: int) -> int:
    """Readings of an hour from a sensor that reports every `interval_s` seconds; one at least."""
    return max(round(HOUR.total_seconds() / interval_s), 1)


def last_end(moment: datetime) -> datetime:
    """The end (+07:00) of the last hour that was over at `moment` (aware)."""
    return moment.astimezone(HANOI_TIME).replace(minute=0, second=0, microsecond=0)


def first_end(day: date) -> datetime:
    """The end of a day's first hour, 01:00."""
    return datetime.combine(day, time(1), HANOI_TIME)


def day_of(end: datetime) -> date:
    """The day that the hour belongs to which ends then (aware): that of 00:00 is the day before."""
    return (end.astimezone(HANOI_TIME) - HOUR).date()


def touched(moment: datetime) -> set[date]:
    """The days whose figures a reading of `moment` (aware) may change, however the station stamps its hours."""
    local = moment.astimezone(HANOI_TIME)
    return {(local - HOUR).date(), local.date(), (local + _EIGHT_LEAD * HOUR).date()}


def runs(days: Sequence[date]) -> Iterator[tuple[date, date]]:
    """First and last of days (in order) that follow each other."""
    start = last = None
    for day in days:
        if start is None or last is None:
            start = day
        elif day - last != DAY:
            yield start, last
            start = day
        last = day
    if start is not None and last is not None:
        yield start, last
