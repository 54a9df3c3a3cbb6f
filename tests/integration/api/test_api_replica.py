"""The API on a real streaming replica: alone, beside its primary, behind it, and when either goes away."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from cityhub.config import read_settings
from cityhub.errors import StoreUnavailable
from cityhub.store import batches, connect, newest_sensors, notices, replica, sensors, session
from tests.standby import Standby, standby_of
from tests.waiting import eventually

AIR = "air-trung-yen-3"
KEY = "0123456789abcdef"


@pytest.fixture(scope="module")
def standby(services: Any) -> Iterator[Standby]:
    if services.edition == "plain":
        pytest.skip("needs pg_basebackup of the private root")
    with standby_of(services.admin_url) as made:
        yield made


@pytest.fixture
def replica_url(standby: Standby, database_url: str) -> Iterator[str]:
    """The module's database as the replica shows it."""
    url = standby.database(database_url)
    eventually(lambda: is_there(url), 30)
    yield url
    standby.resume()


def is_there(url: str) -> bool:
    try:
        with psycopg.connect(url) as conn:
            return conn.execute("SELECT count(*) FROM sensor").fetchone() != (0,)
    except psycopg.Error:
        return False


def report(url: str, value: float) -> None:
    """What ingest does with a reading."""
    with connect(url, "tests") as conn:
        id = sensors.datastream_ids(conn)[AIR, "pm2_5"]
        batches.add(conn, [(id, datetime.now(UTC), value, 0)])
        notices.changed(conn, ["air"])


def shown(api: Any) -> float | None:
    features = api.client.get("/api/v1/latest/air").raise_for_status().json()["features"]
    [found] = [feature["properties"]["values"] for feature in features if feature["id"] == AIR]
    value: float | None = found.get("pm2_5")
    return value


def is_ready(api: Any) -> bool:
    return bool(api.client.get("/readyz").status_code == 200)


@pytest.mark.parametrize("name", ["read_database_url", "database_url"])
def test_a_replica_alone_becomes_ready_and_follows(
    run_api: Any, database_url: str, replica_url: str, name: str
) -> None:
    with run_api(read_settings(**{name: replica_url})) as api:
        eventually(lambda: is_ready(api))
        for value in (11.0, 12.0):
            report(database_url, value)
            eventually(lambda value=value: shown(api) == value)  # type: ignore[misc]
        assert api.client.get(f"/api/v1/sensors/{AIR}").status_code == 200
        assert is_ready(api)


@pytest.mark.usefixtures("slow_rounds")
def test_what_a_notice_announces_is_shown_when_the_replica_has_it(
    run_api: Any, database_url: str, replica_url: str, standby: Standby
) -> None:
    report(database_url, 20.0)
    with run_api(read_settings(database_url=database_url, read_database_url=replica_url)) as api:
        eventually(lambda: is_ready(api) and shown(api) == 20.0)
        standby.pause()
        report(database_url, 21.0)
        # On a busy machine the primary may be listened to only at the second attempt.
        before = eventually(lambda: listened_at(database_url), 40)
        report(database_url, 22.0)
        eventually(lambda: (listened_at(database_url) or before) > before)
        assert shown(api) == 20.0
        standby.resume()
        eventually(lambda: shown(api) == 22.0)


def listened_at(primary_url: str) -> datetime | None:
    """When the one who listens at the primary asked it last, which follows each notice; None while nobody does."""
    with psycopg.connect(primary_url) as conn:
        query = "SELECT query_start FROM pg_stat_activity WHERE application_name = %s AND datname = %s"
        row = conn.execute(query, ["cityhub-api-listen", conn.info.dbname]).fetchone()
    return None if row is None else row[0]


@pytest.fixture
def slow_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything is looked at again so seldom that only what a notice announces is seen."""
    monkeypatch.setattr("api.updater.LONGEST_PAUSE_S", 600.0)


def test_a_primary_that_goes_away_leaves_a_replica_that_answers(
    run_api: Any, database_url: str, replica_url: str
) -> None:
    """Its place is taken by a port at which nobody listens; the replica receives from the real one."""
    gone = psycopg.conninfo.make_conninfo(database_url, port=1)
    with run_api(read_settings(database_url=gone, read_database_url=replica_url)) as api:
        eventually(lambda: api.client.get("/api/v1/latest/air").status_code == 200)
        report(database_url, 31.0)
        eventually(lambda: shown(api) == 31.0)
        assert api.client.get("/readyz").json()["detail"] == "database: it does not answer"


def test_reads_go_to_the_replica_and_posts_to_the_primary(
    run_api: Any, database_url: str, replica_url: str, standby: Standby
) -> None:
    settings = read_settings(
        database_url=database_url, read_database_url=replica_url, api_keys=f"ward-7:{KEY}"
    )
    history = f"/api/v1/sensors/{AIR}/observations"
    with run_api(settings) as api:
        eventually(lambda: is_ready(api))
        item = {"sensor_id": AIR, "time": "2026-11-20T10:00:00+07:00", "values": {"pm2_5": 41.5}}
        asked = {"property": "pm2_5", "start": "2026-11-20T00:00:00Z", "end": "2026-11-21T00:00:00Z"}
        standby.pause()
        answer = api.client.post("/api/v1/observations", json=[item], headers={"X-API-Key": KEY})
        assert (answer.status_code, answer.json()["stored"]) == (207, 1)
        assert api.client.get(history, params=asked).json()["rows"] == []
        standby.resume()
        eventually(lambda: len(api.client.get(history, params=asked).json()["rows"]) == 1)


@pytest.mark.usefixtures("standby")
def test_a_listener_of_a_replica_says_when_it_is_gone_or_promoted(services: Any, database_url: str) -> None:
    with standby_of(services.admin_url) as other:
        listener = replica.listen(other.database(database_url), "", "tests")
        assert isinstance(listener, replica.ReplicaListener)
        assert listener.wait(0) != set()
        with psycopg.connect(other.server.url("postgres"), autocommit=True) as conn:
            assert conn.execute("SELECT pg_promote()").fetchone() == (True,)
        with pytest.raises(StoreUnavailable, match="primary"):
            listener.wait(0)
        listener.close()
        again = replica.listen(other.database(database_url), "", "tests")
        assert isinstance(again, notices.Listener)
        with connect(other.database(database_url), "tests", session.WRITES) as conn:
            notices.changed(conn, ["rain"])
        assert again.wait(5) == {"rain"}
        again.close()
    with pytest.raises(StoreUnavailable):
        replica.listen(other.database(database_url), "", "tests")


def test_what_moved_is_seen_on_the_replica_and_after_reads_change_sides(
    database_url: str, standby: Standby, replica_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(newest_sensors, "MANY", 0)
    known = newest_sensors.Sensors()

    def value(conn: psycopg.Connection) -> float:
        with conn.transaction():
            states = known.states(conn, "air", datetime.now(UTC))
        [station] = [one for one in states if one.sensor.id == AIR]
        return next((one.value for one in station.readings if one.property == "pm2_5"), 0.0)

    with (
        connect(database_url, "tests", autocommit=True) as primary,
        connect(replica_url, "tests", autocommit=True) as copy,
    ):
        for number in (1.0, 2.0):
            report(database_url, number)
            eventually(lambda number=number: value(copy) == number, 30)
        standby.pause()
        report(database_url, 3.0)
        assert value(primary) == 3.0
        value(copy)
        report(database_url, 4.0)
        value(copy)
        standby.resume()
        eventually(lambda: value(copy) == 4.0, 30)
        report(database_url, 5.0)
        assert value(primary) == 5.0
