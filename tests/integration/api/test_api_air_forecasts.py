"""The next hours of an air station, as programs ask for them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cityhub.config import read_settings
from jobs import air_forecasts
from tests.air import pm2_5

PATH = "/api/v1/air/{}/forecast"
STATION = "air-trung-yen-3"
HOUR = timedelta(hours=1)


def test_without_a_model_the_answer_says_so(api: Any) -> None:
    answer = api.client.get(PATH.format("air-hang-dau"))
    assert answer.status_code == 200
    told = answer.json()
    assert "PM2.5" in told.pop("note")
    assert "PM2.5 alone" in told.pop("note_en")
    assert told == {
        "station_id": "air-hang-dau",
        "issued": None,
        "model": None,
        "skill": None,
        "hours": [],
        "why": "not_trained",
        "vn_aqi_of": ["pm2_5"],
    }


def test_a_station_with_a_past_is_told_ahead_in_local_time(
    api: Any, seed: Callable[..., None], database_url: str
) -> None:
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    times = [now - number * HOUR + timedelta(minutes=1) for number in range(100 * 24, 0, -1)]
    seed({(STATION, "pm2_5"): pm2_5(times)})
    air_forecasts.run(read_settings(database_url=database_url))
    answer = api.client.get(PATH.format(STATION))
    found = answer.json()
    assert found["why"] is None
    assert datetime.fromisoformat(found["issued"]) == now
    assert found["model"]["name"]
    assert datetime.fromisoformat(found["model"]["end"]) == now
    assert found["hours"]
    for hour in found["hours"]:
        assert hour["time"].endswith(":00:00+07:00")
        assert 0 <= hour["low"] <= hour["pm2_5"] <= hour["high"]
        assert 0 <= hour["vn_aqi"] <= 500
    # Nothing is asked of the database twice that a client has.
    again = api.client.get(PATH.format(STATION), headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("id", ["rain-ba-dinh", "air-nowhere"])
def test_what_is_no_air_station_is_not_found(api: Any, id: str) -> None:
    answer = api.client.get(PATH.format(id))
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/problem+json")
