"""What is known around flood points, read again and again: of a point when something of its readings changed.

Trend and begin of a flood are read out of the readings themselves, a tenth of a millisecond for each point.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import psycopg

from cityhub.flood.forecast import Learnt
from cityhub.flood.water import LONGEST_FLOOD, TREND_SPAN, Water
from cityhub.model import SensorState
from cityhub.store import flood, flood_forecasts

_FOREVER = datetime.max.replace(tzinfo=UTC)


class Waters:
    """Remembers the water at each point with the state it was read beside. For one thread and one database."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[SensorState, Water | None, datetime, datetime]] = {}

    def read(
        self, conn: psycopg.Connection, points: Sequence[SensorState], now: datetime
    ) -> dict[str, Water]:
        """What `flood.water` tells at `now` (aware) of `points`, which were read before in the same transaction."""
        kept = {}
        due = {}
        for point in points:
            id = point.sensor.id
            known = self._kept.get(id)
            # Whatever is stored or corrected of its readings makes another state of a point.
            if known is not None and known[0] is point and known[2] <= now < known[3]:
                kept[id] = known
            else:
                due[id] = point
        if due:
            found = flood.water(conn, now, None if len(due) == len(points) else list(due))
            for id, point in due.items():
                water = found.get(id)
                kept[id] = point, water, now, _until(water, point.sensor.interval_s)
        self._kept = kept
        return {id: water for id, (_, water, _, _) in kept.items() if water is not None}


def _until(water: Water | None, interval_s: float) -> datetime:
    """When the bounds of what is looked at (flood.sql) pass one of its readings; long ago where they always do."""
    if water is None or water.time is None:
        return _FOREVER
    span = max(TREND_SPAN, 3 * timedelta(seconds=interval_s))
    bounds = [water.time + timedelta(days=1), water.time - span + timedelta(days=2)]
    if water.since is not None:
        bounds.append(water.since + LONGEST_FLOOD)
    return min(bounds)


class Models:
    """Remembers what was learnt of the points. For one thread and one database."""

    def __init__(self) -> None:
        self._known: tuple[object, dict[str, Learnt]] = (None, {})

    def read(self, conn: psycopg.Connection, sensors: str) -> dict[str, Learnt]:
        """What `flood_forecasts.models` tells; `sensors`: the edition of the points."""
        edition = sensors, flood_forecasts.edition(conn)
        if edition != self._known[0]:
            self._known = edition, flood_forecasts.models(conn)
        return self._known[1]
