"""A simulated laboratory: once a week it looks into the water at each station, with the same lake as the station's."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from simulators.city import clock
from simulators.city.rain import RainField
from simulators.city.water import Water
from simulators.city.weather import Weather

NAME = "Phòng thí nghiệm mô phỏng / simulated laboratory"
METHOD = "mô phỏng / simulated"
# What no buoy measures by itself.
LOOKS_FOR = ("bod5", "cod", "toc", "no3_n", "no2_n", "po4_p", "tss", "coliform", "e_coli")
_WEEK, _HOUR = timedelta(days=7), 9


@dataclass(frozen=True, slots=True)
class Finding:
    """A sample of the station taken at `time` (aware); `values` in the units of the table of kinds."""

    station_id: str
    time: datetime
    reference: str
    values: dict[str, float]


def findings(seed: int, station_ids: Sequence[str], now: datetime, weeks: int = 4) -> Iterator[Finding]:
    """The samples of the last weeks before `now` (aware), oldest first: Mondays at nine, the same for the same seed."""
    weather = Weather(seed)
    water = Water(seed, weather, RainField(seed, weather))
    local = now.astimezone(clock.HANOI_TIME).replace(hour=_HOUR, minute=0, second=0, microsecond=0)
    monday = local - timedelta(days=local.weekday())
    for ago in reversed(range(weeks + 1)):
        time = monday - ago * _WEEK
        if time > now:
            continue
        for station_id in station_ids:
            values = water.values(station_id, LOOKS_FOR, clock.seconds(time))
            yield Finding(station_id, time, f"{station_id}-{time:%Y%m%d}-{seed}", values)
