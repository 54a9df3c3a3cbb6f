"""The driver's pages as forms: paid for at the end, in a bay, ended by its sensor and put back by its driver."""

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from cityhub.store import batches, connect, departures, sensors
from tests.integration.api.conftest import RunningApi
from tests.prices import save_flat

FORM = {"lang": "en", "vehicle": "car", "plate": "30A-123.45", "minutes": "leaving"}
BAY = "ltk-01-b05"


@pytest.fixture(scope="module", autouse=True)
def flat(database_url: str) -> None:
    with connect(database_url, "tests") as conn:
        save_flat(conn)


def begun(api: RunningApi, **changes: str) -> str:
    answer = api.client.post("/parking/ltk-01", data={**FORM, **changes})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


def test_who_pays_when_leaving_sees_it_run_and_pays_at_the_end(api: RunningApi, database_url: str) -> None:
    page = begun(api)
    with connect(database_url, "tests", autocommit=True) as conn:
        began(conn, page.removeprefix("/p/").partition("?")[0], timedelta(minutes=30))
    text = api.client.get(page).text
    assert "Running since" in text
    assert api.client.post(page.replace("?", "/stop?"), data={"lang": "en"}).status_code == 303
    assert "25,000 VND to pay" in api.client.get(page).text


@pytest.mark.parametrize("bay_id", ["ltk-02-b01", "no such bay", "ltk-01"])
def test_a_bay_of_another_place_is_refused_in_words(api: RunningApi, bay_id: str) -> None:
    answer = api.client.post("/parking/ltk-01", data={**FORM, "bay_id": bay_id})
    assert answer.status_code == 422
    assert "not at this place" in answer.text


def test_a_driver_whose_stay_a_sensor_ended_says_that_the_car_is_still_there(
    api: RunningApi, database_url: str
) -> None:
    page = begun(api, bay_id=BAY)
    token = page.removeprefix("/p/").partition("?")[0]
    with connect(database_url, "tests", autocommit=True) as conn:
        an_hour_ago(conn, token)
        assert departures.end_left(conn, datetime.now(UTC)) == 1
    assert "The sensor saw the car leave" in api.client.get(page).text
    assert api.client.post(f"/p/{token}/reopen", data={"lang": "en"}).status_code == 303
    text = api.client.get(page).text
    assert "Running since" in text
    assert "The sensor saw" not in text
    # Once more there is nothing to put back.
    assert api.client.post(f"/p/{token}/reopen", data={"lang": "en"}).status_code == 422


def began(conn: psycopg.Connection, token: str, ago: timedelta) -> datetime:
    """The session began so long ago, instead of just now."""
    start = datetime.now(UTC) - ago
    conn.execute(
        "UPDATE segment SET from_time = %s FROM parking_session s WHERE s.id = session_id AND s.token = %s",
        (start, token),
    )
    return start


def an_hour_ago(conn: psycopg.Connection, token: str) -> None:
    """The session began an hour ago; its bay was taken for half of that."""
    start = began(conn, token, timedelta(hours=1))
    stream = sensors.datastream_ids(conn)[BAY, "occupied"]
    with conn.transaction():
        batches.add(
            conn, [(stream, start + n * timedelta(minutes=1), float(n < 30), 0) for n in range(1, 60)]
        )
