"""How water goes on at each point is learnt anew once a day from its own past and the rain nearby.

Each point commits by itself, in place of what was there, so a job that was cut off is simply done again. numpy is
loaded by the first run.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import psycopg

from cityhub.config import Settings
from cityhub.flood.forecast import NAME, Learnt, NoForecast
from cityhub.flood.risk import near
from cityhub.logs import get_logger
from cityhub.store import connect, session
from cityhub.store import flood_forecasts as store
from cityhub.store.flood_forecasts import GaugePlace, PointRow

if TYPE_CHECKING:
    from cityhub.flood.forecast_training import Array

# One season of rain.
DAYS_LEARNT = 180
# A model is made anew after so long; one that had too little to learn from is tried again sooner.
MODEL_LASTS = timedelta(hours=24)
SHORT_LASTS = timedelta(hours=6)
_STEP = timedelta(minutes=15)

_log = get_logger()


def run(settings: Settings) -> None:
    """The task."""
    with connect(
        settings.require("database_url"), "cityhub-flood-forecasts", session.JOBS, autocommit=True
    ) as conn:
        made = learn(conn, datetime.now(UTC))
    if made:
        _log.info("models of flood points were made", points=made)


def learn(conn: psycopg.Connection, now: datetime) -> int:
    """Make the models that are missing or old at `now` (aware); how many. The connection in autocommit."""
    due = [point for point in store.points(conn) if _is_due(point, now)]
    gauges = store.gauges(conn) if due else []
    last = now.astimezone(UTC).replace(minute=now.minute - now.minute % 15, second=0, microsecond=0)
    first = last - timedelta(days=DAYS_LEARNT)
    for point in due:
        _learn_one(conn, point, [one for one in gauges if one.listed == point.listed], first, last, now)
    return len(due)


def _is_due(point: PointRow, now: datetime) -> bool:
    if point.trained_at is None or point.name != NAME:
        return True
    return now - point.trained_at >= (SHORT_LASTS if point.why == "short_history" else MODEL_LASTS)


def _learn_one(
    conn: psycopg.Connection,
    point: PointRow,
    gauges: Sequence[GaugePlace],
    first: datetime,
    last: datetime,
    now: datetime,
) -> None:
    from cityhub.flood.forecast_training import Trained, train  # noqa: PLC0415 - see above

    depths = store.depths(conn, point.datastream_id, first, last, _STEP)
    start = min(depths, default=last)
    ids = [gauge.id for gauge in near(point.lon, point.lat, gauges)]
    rain = store.rain(conn, ids, first, last, _STEP) if depths and ids else {}
    found = train(_series(depths, start, last), _series(rain, start, last))
    tried = [] if not isinstance(found, Trained) else found.tried
    model = found.model if isinstance(found, Trained) else None
    why: NoForecast | None = None if model is not None else "no_skill"
    if not isinstance(found, Trained):
        why = found
    store.save(conn, point.id, Learnt(now, start, last, model, why), [one.as_json() for one in tried])


def _series(values: Mapping[datetime, float], start: datetime, last: datetime) -> "Array":
    """A figure for every step from `start` to `last`, NaN where there is none."""
    import numpy as np  # noqa: PLC0415 - see above

    count = (last - start) // _STEP + 1
    found = np.full(count, np.nan)
    for time, value in values.items():
        if time >= start:
            found[(time - start) // _STEP] = value
    return found
