"""Rain summed up over the last hours, as the newest state shows it."""

from datetime import datetime

import psycopg

from cityhub.rain.features import RainSums
from cityhub.store.queries import load

_SQL = load(__file__)


def sums(conn: psycopg.Connection, now: datetime) -> dict[str, RainSums]:
    """Rain up to and including `now` by sensor id; gauges silent for 24 hours are absent."""
    rows = conn.execute(_SQL["sums"], {"now": now}).fetchall()
    return {sensor_id: RainSums(*depths) for sensor_id, *depths in rows}
