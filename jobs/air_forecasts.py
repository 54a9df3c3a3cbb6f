"""Air stations are told ahead: what their past teaches, once a day, and the next 24 hours from the newest hour.

Each station commits by itself, in place of what was there, so a job that was cut off is simply done again. numpy is
loaded by the first run.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import psycopg

from cityhub.air.network import Networks
from cityhub.catalogue.air_stations import AirStation
from cityhub.config import Settings
from cityhub.logs import get_logger
from cityhub.rfc3339 import HANOI_TIME, local_time
from cityhub.store import air, connect, session
from cityhub.store import air_forecasts as store
from cityhub.store.air_forecasts import ModelRow, StationRow

if TYPE_CHECKING:
    from cityhub.air.forecast_features import Array

# A model learns from so many days: the seasons once.
DAYS_LEARNT = 365
# It is made anew after so long; one that had too little to learn from is tried again sooner.
MODEL_LASTS = timedelta(hours=24)
SHORT_LASTS = timedelta(minutes=50)
# Hours of a station that are in memory at once, of all those that are needed.
_KEPT = 64
_HOUR = timedelta(hours=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=HANOI_TIME)

_log = get_logger()


def run(settings: Settings) -> None:
    """The task."""
    now = datetime.now(UTC)
    with connect(
        settings.require("database_url"), "cityhub-air-forecasts", session.JOBS, autocommit=True
    ) as conn:
        learnt = learn(conn, now)
        told = tell(conn, now)
    if learnt:
        _log.info("models of air stations were made", stations=learnt, told=told)


def learn(conn: psycopg.Connection, now: datetime) -> int:
    """Make the models that are missing or old at `now` (aware); how many. The connection in autocommit."""
    from cityhub.air.forecast import NAME  # noqa: PLC0415 - see above

    stations = store.stations(conn)
    end = _whole_hour(now)
    due = [one for one in stations if _is_due(one, NAME, now)]
    hours = _Hours(conn, air.stations(conn), end - timedelta(days=DAYS_LEARNT), end)
    networks = Networks(stations)
    for station in due:
        store.save_model(conn, _learnt(station, networks.of(station), hours, now))
    return len(due)


def tell(conn: psycopg.Connection, now: datetime) -> int:
    """Say the next hours of every station that has a model; of how many there was something to say."""
    from cityhub.air.forecast import NAME, Forecast, Model, forecast  # noqa: PLC0415 - see above
    from cityhub.air.forecast_features import HOURS_BEFORE  # noqa: PLC0415

    stations = store.stations(conn)
    models = store.models(conn, NAME)
    end = _whole_hour(now)
    known = air.stations(conn)
    hours = _Hours(conn, known, end - (HOURS_BEFORE + 48) * _HOUR, end)
    networks = Networks(stations)
    told = 0
    for station in stations:
        if station.id not in models:
            continue
        found = forecast(
            Model.from_json(models[station.id]),
            hours.of(station),
            hours.of_all(networks.of(station)),
            hours.first,
            has_index=station.id in known and known[station.id].publishes_aqi,
        )
        if isinstance(found, Forecast):
            issued = hours.start + (found.at + 1) * _HOUR
            said = [
                {
                    "time": local_time(issued + one.ahead * _HOUR),
                    "pm2_5": one.pm2_5,
                    "low": one.low,
                    "high": one.high,
                    "vn_aqi": one.vn_aqi,
                }
                for one in found.hours
            ]
            store.save(conn, station.id, now, issued, said, None)
            told += 1
        else:
            store.save(conn, station.id, now, None, [], found)
    return told


def _is_due(station: StationRow, name: str, now: datetime) -> bool:
    if station.trained_at is None or station.model_name != name:
        return True
    return now - station.trained_at >= (SHORT_LASTS if station.why == "short_history" else MODEL_LASTS)


def _learnt(station: StationRow, network: Sequence[StationRow], hours: "_Hours", now: datetime) -> ModelRow:
    from cityhub.air.forecast import NAME  # noqa: PLC0415 - see above
    from cityhub.air.forecast_training import Trained, train  # noqa: PLC0415

    own = hours.of(station)
    begins = hours.first_measured(own)
    found = train(own[begins:], hours.of_all(network)[:, begins:], hours.first + begins)
    start = hours.start + begins * _HOUR
    if not isinstance(found, Trained):
        return ModelRow(station.id, NAME, now, start, hours.end, 0, None, (), found)
    return ModelRow(
        station.id,
        NAME,
        now,
        start,
        hours.end,
        found.weeks,
        found.model.as_json() if found.has_skill else None,
        [one.as_json() for one in found.skill],
        None if found.has_skill else "no_skill",
    )


class _Hours:
    """Hourly means (µg/m³) of start <= hour < end as arrays, NaN where there is none, read when they are asked for.

    They are those that VN_AQI is made of: by the station's hour stamp, and corrected where it has a correction.
    """

    def __init__(
        self, conn: psycopg.Connection, stations: Mapping[str, AirStation], start: datetime, end: datetime
    ) -> None:
        self._conn, self._stations, self.start, self.end = conn, stations, start, end
        self.first = (start - _EPOCH) // _HOUR
        self._count = (end - start) // _HOUR
        self._kept: dict[str, Array] = {}

    def of(self, station: StationRow) -> "Array":
        """Those of one station."""
        self._read([station.id])
        return self._kept[station.id]

    def of_all(self, stations: Sequence[StationRow]) -> "Array":
        """Those of several, a row each."""
        import numpy as np  # noqa: PLC0415 - see above

        self._read([one.id for one in stations])
        kept = [self._kept[one.id] for one in stations]
        return np.array(kept) if kept else np.empty((0, self._count))

    def first_measured(self, hours: "Array") -> int:
        """The number of the first hour that is there, that after the last where none is."""
        import numpy as np  # noqa: PLC0415 - see above

        there = np.flatnonzero(~np.isnan(hours))
        return int(there[0]) if len(there) else len(hours)

    def _read(self, ids: Sequence[str]) -> None:
        import numpy as np  # noqa: PLC0415 - see above

        missing = [id for id in ids if id not in self._kept]
        if not missing:
            return
        if len(self._kept) + len(missing) > _KEPT:
            self._kept = {id: hours for id, hours in self._kept.items() if id in ids}
        # One that never reported is unknown there.
        known = {id: self._stations[id] for id in missing if id in self._stations}
        needed = {"pm2_5", "humidity"}
        measured = {
            id: {name: stream for name, stream in streams.items() if name in needed}
            for id, streams in air.streams(self._conn, list(known)).items()
        }
        found = air.hours(self._conn, known, measured, self.start + _HOUR, self.end)
        for id in missing:
            used = found[id].used.get("pm2_5") if id in found else None
            self._kept[id] = np.array([None] * self._count if used is None else used, dtype=np.float64)


def _whole_hour(now: datetime) -> datetime:
    """The end of the last hour that is over; an hour of Hanoi's begins when one of UTC does."""
    return now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
