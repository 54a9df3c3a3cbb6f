"""A database that was in service with an earlier schema goes on where it was."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from cityhub.kinds.model import Change, Flat
from cityhub.observing.continuity import Limits
from cityhub.observing.quality import FLATLINE, RATE
from cityhub.store import batches, connect, migrations
from tools import proof

NOON = datetime(2026, 11, 22, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)
LIMITS = Limits(Change(jump=10, per_hour=60), Flat(hours=7, above=0), amount=False)


@pytest.fixture
def before(empty_database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[psycopg.Connection]:
    """A database as version 4 left it, with three datastreams: one judged, one not, one that never reported."""
    known = migrations.migrations()
    with monkeypatch.context() as earlier:
        earlier.setattr(migrations, "migrations", lambda: known[:4])
        migrations.migrate(empty_database_url)
    with connect(empty_database_url, "tests", autocommit=True) as conn:
        conn.execute(
            "INSERT INTO sensor (id, kind, name_vi, name_en, lon, lat, basis, basis_note, interval_s, illustrative,"
            " listed, attributes) VALUES ('air-old', 'air', '', '', 105.8, 21, '', '', 60, false, false, '{}')"
        )
        conn.execute(
            "INSERT INTO datastream (sensor_id, property, unit) VALUES"
            " ('air-old', 'pm2_5', ''), ('air-old', 'battery', ''), ('air-old', 'pm10', '')"
        )
        for id, value in ((1, 20.0), (2, 90.0)):
            for hour in range(6):
                row = (NOON + hour * HOUR, id, value)
                conn.execute("INSERT INTO observation VALUES (%s, %s, %s, 0)", row)
                conn.execute(
                    "INSERT INTO observation_hourly VALUES (%s, %s, 1, %s, %s, %s, 0)",
                    (id, NOON + hour * HOUR, value, value, value),
                )
            conn.execute("INSERT INTO latest VALUES (%s, %s, %s, 0)", (id, NOON + 5 * HOUR, value))
        conn.execute(
            "INSERT INTO continuity VALUES (1, %(newest)s, 20, %(first)s, 6, %(newest)s, 20)",
            {"first": NOON, "newest": NOON + 5 * HOUR},
        )
        yield conn


def test_what_was_stored_summed_and_remembered_goes_on(
    before: psycopg.Connection, empty_database_url: str
) -> None:
    conn = before
    assert migrations.migrate(empty_database_url).version == migrations.newest()
    assert conn.execute(
        "SELECT datastream_id, time, value, judged_time, judged_value, since, readings, believed_time, believed_value"
        " FROM latest ORDER BY 1"
    ).fetchall() == [
        (1, NOON + 5 * HOUR, 20.0, NOON + 5 * HOUR, 20.0, NOON, 6, NOON + 5 * HOUR, 20.0),
        (2, NOON + 5 * HOUR, 90.0, None, None, None, None, None, None),
    ]
    rows = [(id, NOON + hour * HOUR, 20.0, 0) for id in (1, 2, 3) for hour in range(8)]
    added = batches.add(conn, [*rows, (1, NOON + 7.1 * HOUR, 300.0, 0)], {1: LIMITS})
    # Six of the first two datastreams are repetitions, whatever value they bring.
    assert (added.stored, added.duplicates) == (13, 12)
    # The run of equal values began before the migration.
    assert [(one.time, one.flags) for one in added.found] == [
        (NOON + 7 * HOUR, FLATLINE),
        (NOON + 7.1 * HOUR, RATE),
    ]
    assert proof.hours_apart(conn) == 0
    assert proof.latest_apart(conn) == 0
