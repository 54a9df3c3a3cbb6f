"""What a water station measured by the hour and by the day: what a history of its index is made of."""

from collections import defaultdict
from datetime import datetime
from typing import Literal

import psycopg

from cityhub.store.queries import load
from cityhub.water.parameters import PARAMETERS

_SQL = load(__file__)


def means(
    conn: psycopg.Connection, station_id: str, start: datetime, end: datetime, step: Literal["PT1H", "P1D"]
) -> dict[datetime, dict[str, float]]:
    """Means by parameter of the hours or days (of Viet Nam) that begin within start <= time < end (aware)."""
    found: dict[datetime, dict[str, float]] = defaultdict(dict)
    parameters = {"station_id": station_id, "properties": list(PARAMETERS), "start": start, "end": end}
    query = _SQL["hourly"] if step == "PT1H" else _SQL["daily"]
    for time, name, mean in conn.execute(query, parameters):
        found[time][name] = mean
    return dict(found)
