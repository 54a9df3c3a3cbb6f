"""What the job learns of a point that fills and runs off is in the newest state, named and dated."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from cityhub.catalogue import Catalogue, read
from cityhub.flood.features import FloodProperties
from cityhub.store import batches, connect, flood_forecasts, latest, sensors
from cityhub.store import catalogue as store_catalogue
from jobs.flood_forecasts import learn

STEP = timedelta(minutes=15)
NOW = datetime(2026, 3, 2, 5, 45, tzinfo=UTC)
WET, DRY, GAUGE = "flood-learns", "flood-dry", "rain-learns"


@pytest.fixture
def conn(database_url: str) -> Iterator[psycopg.Connection]:
    with connect(database_url, "tests", autocommit=True) as conn:
        yield conn


def test_a_point_learns_its_own_water(conn: psycopg.Connection) -> None:
    catalogue = read()
    point = next(one for one in catalogue.sensors if one.kind == "flood")
    gauge = next(one for one in catalogue.sensors if one.kind == "rain")
    here = {"lon": 106.5, "lat": 20.5, "interval_s": 900}
    placed = (
        replace(point, id=WET, **here),  # type: ignore[arg-type]
        replace(point, id=DRY, **here),  # type: ignore[arg-type]
        replace(gauge, id=GAUGE, **here),  # type: ignore[arg-type]
    )
    store_catalogue.save(conn, Catalogue((), placed))
    streams = sensors.datastream_ids(conn)
    depth, rows = 0.0, []
    for step in range(40 * 96, -1, -1):
        time = NOW - step * STEP
        rain = 6.0 + step % 5 if 2 <= step % 96 < 10 else 0.0
        rows.append((streams[GAUGE, "rain"], time, rain, 0))
        rows.append((streams[WET, "depth"], time, round(depth, 1), 0))
        rows.append((streams[DRY, "depth"], time, 0.0, 0))
        depth = 0.9 * depth + 0.5 * rain
    with conn.transaction():
        batches.add(conn, rows)

    assert learn(conn, NOW) >= 2
    assert learn(conn, NOW + timedelta(hours=1)) == 0

    known = flood_forecasts.models(conn)
    assert known[WET].model is not None
    assert (known[DRY].model, known[DRY].why) == (None, "no_skill")

    found = {one.id: one.properties for one in latest.Reader().state(conn, "flood", NOW)(NOW)}
    wet, dry = found[WET], found[DRY]
    assert isinstance(wet, FloodProperties)
    assert isinstance(dry, FloodProperties)
    assert wet.forecast is not None
    assert [one.minutes for one in wet.forecast.depths] == [30, 60]
    assert wet.forecast.trained == NOW
    # It has stopped raining: the water goes down, and no further than it can.
    assert wet.depth is not None
    assert all(0 < one.skill <= 1 and one.low <= one.depth <= one.high for one in wet.forecast.depths)
    assert (dry.forecast, dry.why["forecast"]) == (None, "no_skill")
