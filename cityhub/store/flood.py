"""What the readings before the newest one tell of the water at each point."""

from collections.abc import Sequence
from datetime import datetime

import psycopg

from cityhub.flood.classes import FLOODED_FROM_CM
from cityhub.flood.water import LONGEST_FLOOD, TREND_READINGS, TREND_SPAN, Water
from cityhub.store.queries import load

_SQL = load(__file__)


def water(
    conn: psycopg.Connection, now: datetime, sensor_ids: Sequence[str] | None = None
) -> dict[str, Water]:
    """Trend and begin of the flood at `now` (aware) by sensor id; points silent for a day are absent.

    `sensor_ids`: of these alone.
    """
    parameters = {
        "now": now,
        "sensor_ids": None if sensor_ids is None else list(sensor_ids),
        "first": now - LONGEST_FLOOD,
        "span": TREND_SPAN,
        "readings": TREND_READINGS,
        "flooded": FLOODED_FROM_CM,
    }
    return {sensor_id: Water(*known) for sensor_id, *known in conn.execute(_SQL["water"], parameters)}
