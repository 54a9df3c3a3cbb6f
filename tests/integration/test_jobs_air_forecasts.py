"""Air stations are told ahead by a job: learnt from what is stored, dated, again and again without harm."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from psycopg.types.json import Jsonb

from api.answers.air_forecasts import STALE, air_forecast
from cityhub.air.forecast import NAME
from cityhub.air.network import NETWORK, Networks
from cityhub.air.told_ahead import AirForecast
from cityhub.config import read_settings
from cityhub.errors import NotFound
from cityhub.rfc3339 import HANOI_TIME
from cityhub.store import air_forecasts, batches, connect, sensors
from jobs.air_forecasts import MODEL_LASTS, SHORT_LASTS, learn, run, tell
from tests.air import pm2_5

HOUR = timedelta(hours=1)
NOW = datetime(2026, 11, 22, 3, 7, tzinfo=UTC)
STATION, OTHER, NO_INDEX = "air-trung-yen-3", "air-thanh-cong", "air-us-embassy"


@pytest.fixture
def conn(database_url: str) -> Iterator[psycopg.Connection]:
    """The module's database in autocommit; nothing of it is left afterwards."""
    with connect(database_url, "tests", autocommit=True) as conn:
        yield conn
        conn.execute(
            "TRUNCATE observation, observation_hourly, latest, correction, air_forecast, air_forecast_model"
        )


def report(conn: psycopg.Connection, sensor: str, days: int, now: datetime = NOW, seed: int = 1) -> None:
    """Hours of so many days up to `now`."""
    id = sensors.datastream_ids(conn)[sensor, "pm2_5"]
    first = now.replace(minute=0) - days * 24 * HOUR
    times = (first + number * HOUR + timedelta(minutes=5) for number in range(days * 24 + 1))
    batches.add(conn, [(id, *reading) for reading in pm2_5(times, seed) if reading[0] <= now])


def answer(conn: psycopg.Connection, station: str, now: datetime = NOW) -> AirForecast:
    return air_forecast(air_forecasts.get(conn, station), now)


def test_a_station_with_a_past_is_told_ahead(conn: psycopg.Connection) -> None:
    for station in (STATION, OTHER, NO_INDEX):
        report(conn, station, 100)
    learn(conn, NOW)
    assert tell(conn, NOW) == 3
    found = answer(conn, STATION)
    assert found.why is None
    # The newest hour that was over at 10:07 of Hanoi ended at 10:00.
    assert found.issued == datetime(2026, 11, 22, 10, 0, tzinfo=HANOI_TIME)
    assert found.hours
    assert found.model is not None
    assert (found.model.name, found.model.trained_at) == (NAME, NOW)
    assert found.model.end == found.issued
    assert found.skill is not None
    assert found.skill.weeks == 8
    told = {one.ahead for one in found.skill.ahead if one.is_published}
    assert {(hour.time - found.issued) // HOUR for hour in found.hours} == told
    assert all(hour.low <= hour.pm2_5 <= hour.high and hour.vn_aqi is not None for hour in found.hours)
    # Not equipped to publish an index (Circular 10/2021): the concentration is told all the same.
    assert {hour.vn_aqi for hour in answer(conn, NO_INDEX).hours} == {None}


def test_what_was_cut_off_is_done_again_and_a_young_model_is_kept(conn: psycopg.Connection) -> None:
    report(conn, STATION, 70)
    assert learn(conn, NOW) > 0
    tell(conn, NOW)
    before = air_forecasts.get(conn, STATION)
    # The job again: the model stays, the forecast is the same.
    assert not learn(conn, NOW + timedelta(minutes=1))
    tell(conn, NOW + timedelta(minutes=1))
    assert air_forecasts.get(conn, STATION) == before
    learn(conn, NOW + MODEL_LASTS)
    assert air_forecasts.get(conn, STATION).trained_at == NOW + MODEL_LASTS


def test_a_model_of_another_kind_is_not_used_and_made_anew(conn: psycopg.Connection) -> None:
    report(conn, STATION, 70)
    learn(conn, NOW)
    conn.execute("UPDATE air_forecast_model SET name = 'older'")
    assert tell(conn, NOW) == 0
    learn(conn, NOW + timedelta(minutes=1))
    assert tell(conn, NOW + timedelta(minutes=1)) == 1


def test_a_short_past_says_so_and_is_looked_at_again_within_the_hour(conn: psycopg.Connection) -> None:
    report(conn, STATION, 20)
    learn(conn, NOW)
    assert tell(conn, NOW) == 0
    found = answer(conn, STATION)
    assert (found.hours, found.why, found.issued) == ([], "short_history", None)
    report(conn, STATION, 70, seed=2)
    assert learn(conn, NOW + SHORT_LASTS) > 0
    tell(conn, NOW + SHORT_LASTS)
    assert answer(conn, STATION).why is None


def test_a_station_that_falls_silent_is_told_ahead_no_more(conn: psycopg.Connection) -> None:
    report(conn, STATION, 70)
    learn(conn, NOW)
    later = NOW + 5 * HOUR
    tell(conn, later)
    found = answer(conn, STATION, later)
    assert (found.hours, found.why, found.issued) == ([], "no_data", None)
    # How good the model was is still known.
    assert found.skill is not None


def test_what_was_told_long_ago_is_not_told_any_more(conn: psycopg.Connection) -> None:
    report(conn, STATION, 70)
    learn(conn, NOW)
    tell(conn, NOW)
    issued = answer(conn, STATION).issued
    assert issued is not None
    assert answer(conn, STATION, issued + STALE).why is None
    found = answer(conn, STATION, issued + STALE + timedelta(seconds=1))
    assert (found.hours, found.why) == ([], "stale")


def test_before_the_first_run_nothing_is_known(conn: psycopg.Connection) -> None:
    found = answer(conn, STATION)
    assert (found.hours, found.why, found.model, found.skill) == ([], "not_trained", None, None)


@pytest.mark.parametrize("id", ["rain-ba-dinh", "air-nowhere"])
def test_only_air_stations_are_told_ahead(conn: psycopg.Connection, id: str) -> None:
    with pytest.raises(NotFound):
        air_forecasts.get(conn, id)


def test_the_network_is_near_and_of_the_same_city(conn: psycopg.Connection) -> None:
    stations = air_forecasts.stations(conn)
    [own] = [one for one in stations if one.id == STATION]
    network = Networks(stations).of(own)
    assert 0 < len(network) <= NETWORK
    assert network[0].id == OTHER
    assert own not in network
    assert all(one.listed for one in network)


def test_the_task_does_both(conn: psycopg.Connection, database_url: str) -> None:
    now = datetime.now(UTC)
    report(conn, STATION, 70, now)
    run(read_settings(database_url=database_url))
    assert answer(conn, STATION, datetime.now(UTC)).why is None


def test_what_is_told_is_what_the_index_is_made_of(conn: psycopg.Connection) -> None:
    """The readings of a station that is corrected to half, and stamped by the end of their hours, are told so."""
    half = {
        "name": "half",
        "pm2_5": 0.5,
        "fitted_from": "2026-01-01",
        "fitted_to": "2026-06-30",
        "reference_station": "none",
        "source": "tests",
    }
    attributes = Jsonb({"correction": json.dumps(half), "hour_stamp": "end"})
    changed = "UPDATE sensor SET attributes = attributes || %s WHERE id = %s"
    before = conn.execute("SELECT attributes FROM sensor WHERE id = %s", (OTHER,)).fetchall()
    conn.execute(changed, (attributes, OTHER))
    try:
        for station in (STATION, OTHER):
            report(conn, station, 100)
        learn(conn, NOW)
        tell(conn, NOW)
        whole, halved = answer(conn, STATION).hours[0], answer(conn, OTHER).hours[0]
        assert 0.3 * whole.pm2_5 < halved.pm2_5 < 0.7 * whole.pm2_5
        # It reported at five past ten, in the hour that ended at ten by its own stamp.
        assert answer(conn, OTHER).issued == datetime(2026, 11, 22, 10, 0, tzinfo=HANOI_TIME)
    finally:
        conn.execute("UPDATE sensor SET attributes = %s WHERE id = %s", (Jsonb(before[0][0]), OTHER))
