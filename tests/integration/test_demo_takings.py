"""The demo's past: most cars that bays' sensors saw have paid, in books that balance, by plates that nobody has."""

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from cityhub.config import read_settings
from cityhub.rfc3339 import at_local_time
from cityhub.store import batches, connect, ledger, revenue, sensors, takings
from tests.prices import save_flat
from tools import demo_takings

MINUTE = timedelta(minutes=1)


@pytest.fixture
def noon(database_url: str) -> datetime:
    """Yesterday's, after which twenty bays saw a car for an hour each."""
    day = at_local_time(datetime.now(UTC)).date() - timedelta(days=1)
    noon = revenue.midnight(day) + timedelta(hours=12)
    with connect(database_url, "tests") as conn:
        save_flat(conn)
        ids = sensors.datastream_ids(conn)
        bays = sorted(id for id, name in ids if name == "occupied" and id.startswith("ltk-"))[:20]
        rows = [
            (ids[bay, "occupied"], noon + n * MINUTE, float(n < 60), 0)
            for bay in bays
            for n in (0, 20, 40, 60)
        ]
        batches.add(conn, rows)
    return noon


def paid(conn: psycopg.Connection) -> int:
    [(found,)] = conn.execute("SELECT count(*) FROM payment WHERE state = 'paid'").fetchall()
    return int(found)


def test_most_cars_of_the_past_have_paid_once(noon: datetime, database_url: str) -> None:
    settings, now = read_settings(database_url=database_url), datetime.now(UTC)
    added = demo_takings.fill(settings, noon - timedelta(hours=1), now, 1)
    assert 5 < added < 20
    with connect(database_url, "tests") as conn:
        assert paid(conn) == added
        assert ledger.faults(conn) == []
        plates = {plate for (plate,) in conn.execute("SELECT plate FROM segment")}
        assert all(plate.startswith("00A") for plate in plates)
        by_place, _ = takings.sums(conn, noon.date(), noon.date(), "day")
        # Counted, without a job.
        assert sum(one.figures.stays for one in by_place) == 20
        assert sum(one.figures.unpaid_stays for one in by_place) == 20 - added
    # What the next demo finds is not entered again, and whoever is told to stop stops.
    assert demo_takings.fill(settings, now, now, 1) == 0
    assert demo_takings.fill(settings, noon - timedelta(hours=1), now, 1, lambda _: True) == 0
