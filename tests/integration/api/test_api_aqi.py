"""VN_AQI over HTTP: what a resident's app reads of a station, late and missing readings included."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cityhub.rfc3339 import HANOI_TIME
from tests.integration.api.test_api_latest import feature
from tests.unit.test_air_vn_aqi import PM25
from tests.waiting import eventually

STATION, SMALL = "air-trung-yen-3", "air-hang-dau"
MIDNIGHT = datetime(2026, 5, 12, tzinfo=HANOI_TIME)


def at(clock: float) -> datetime:
    return MIDNIGHT + timedelta(hours=clock)


def asked(api: Any, start: datetime, end: datetime, station: str = STATION, **more: Any) -> Any:
    span = {"start": start.isoformat(), "end": end.isoformat(), **more}
    return api.client.get(f"/api/v1/air/{station}/aqi", params=span).raise_for_status().json()


@pytest.fixture(scope="module", autouse=True)
def readings(seed: Any) -> None:
    """12 May 2026: the Decision's PM2.5 from 09:00 to 20:00, an ozone hour at 20:00, nothing else; 13 May complete."""
    seed(
        {
            (STATION, "pm2_5"): [(at(clock - 0.5), mean, 0) for clock, mean in enumerate(PM25, start=9)]
            + [(at(24 + clock + 0.5), 55.7, 0) for clock in range(24)],
            (STATION, "o3"): [(at(19.5), 236.1, 0)],
            (SMALL, "pm2_5"): [(at(clock + 0.5), 60.0, 0) for clock in range(48)],
        }
    )


def test_the_hour_of_the_decision_has_its_nowcast_driver_category_and_coverage(api: Any) -> None:
    found = asked(api, at(19), at(20))
    [hour] = found["hourly"]
    assert hour["time"] == "2026-05-12T20:00:00+07:00"
    assert hour["nowcast"] == {"pm2_5": 20.3}
    assert hour["sub_indices"] == {"pm2_5": 41, "o3": 118}
    assert (hour["vn_aqi"], hour["why"], hour["driver"]) == (118, None, "o3")
    assert (hour["category"], hour["category_en"], hour["color"]) == ("Kém", "Poor", "#ff7e00")
    assert hour["readings"]["pm2_5"] == {"expected": 60, "observed": 1}
    assert hour["readings"]["o3"] == {"expected": 60, "observed": 1}
    # QCVN 05:2023: 200 µg/m³ of ozone in an hour.
    assert hour["over_limits"] == [
        {"pollutant": "o3", "averaging": "PT1H", "limit": 200.0, "value": 236.1, "over": 36.1}
    ]


def test_hours_without_data_are_there_and_say_why(api: Any) -> None:
    hours = asked(api, at(20), at(25))["hourly"]
    assert [(hour["time"][11:13], hour["vn_aqi"], hour["why"]) for hour in hours] == [
        ("21", 40, None),
        ("22", None, "few_hours"),
        ("23", None, "few_hours"),
        ("00", None, "few_hours"),
        ("01", None, "few_hours"),
    ]
    assert hours[1]["readings"]["pm2_5"]["observed"] == 0
    assert {hour["category"] for hour in hours[1:]} == {None}


def test_days_have_the_hours_that_end_at_01_to_00_and_their_limits(api: Any) -> None:
    days = asked(api, at(0), at(48))["daily"]
    assert [(day["date"], day["vn_aqi"], day["why"]) for day in days] == [
        ("2026-05-12", None, "few_hours"),
        ("2026-05-13", 110, None),
    ]
    assert days[1]["readings"]["pm2_5"] == {"expected": 1440, "observed": 24}
    # Of 2026 on 45 µg/m³ a day.
    assert {"pollutant": "pm2_5", "averaging": "PT24H", "limit": 45.0, "value": 55.7, "over": 10.7} in days[
        1
    ]["limits"]
    assert not [one for one in days[0]["limits"] if one["averaging"] == "PT24H"]


def test_all_that_the_decision_asks_to_be_shown_is_there(api: Any) -> None:
    found = asked(api, at(0), at(24))
    assert found["method"]["decision"].startswith("1459/QĐ-TCMT")
    assert "NowCast" in found["method"]["hour"]
    assert (found["method"]["day_hours"], found["method"]["eight_hours"]) == (18, 6)
    station = found["station"]
    assert (station["lat"], station["lon"], station["station_class"]) == (21.0152, 105.7999, "reference")
    assert station["source"] != station["source_en"]
    assert len(found["categories"]) == 6
    assert all(one["advice"] and one["advice_sensitive_en"] for one in found["categories"])
    assert {"pm2_5", "pm10", "no2", "so2", "o3", "co"} == {one["pollutant"] for one in found["limits"]}


def test_a_small_sensor_shows_concentrations_and_no_index(api: Any) -> None:
    found = asked(api, at(11), at(12), SMALL)
    [hour] = found["hourly"]
    assert (hour["vn_aqi"], hour["why"], hour["sub_indices"]) == (None, "not_published", {})
    assert (hour["nowcast"], hour["means"]) == ({"pm2_5": 60.0}, {"pm2_5": 60.0})
    assert (found["station"]["publishes_aqi"], found["station"]["station_class"]) == (False, "indicative")


def test_a_reading_a_day_late_changes_its_hours_and_days(api: Any, seed: Any) -> None:
    before = asked(api, at(24), at(72))
    seed({(STATION, "pm2_5"): [(at(36.75), 155.7, 0)]})
    after = asked(api, at(24), at(72))
    changed = [new["time"] for new, old in zip(after["hourly"], before["hourly"], strict=True) if new != old]
    # Its own hour and those whose NowCast looks back to it, as far as one decimal shows it.
    assert changed == [at(clock).isoformat() for clock in range(37, 37 + len(changed))]
    assert 6 < len(changed) <= 12
    assert [day["vn_aqi"] for day in after["daily"]] != [day["vn_aqi"] for day in before["daily"]]


def test_steps_leave_out_hours_or_days_and_the_future_is_not_there(api: Any) -> None:
    days = asked(api, at(0) - timedelta(days=900), at(48), step="P1D")
    assert (days["hourly"], len(days["daily"])) == ([], 902)
    assert asked(api, at(0), at(5), step="PT1H")["daily"] == []
    ahead = datetime.now(UTC) + timedelta(days=1)
    nothing = asked(api, ahead, ahead + timedelta(days=1))
    assert (nothing["hourly"], nothing["daily"]) == ([], [])
    today = asked(api, datetime.now(UTC) - timedelta(hours=30), ahead)
    assert all(datetime.fromisoformat(hour["time"]) <= datetime.now(UTC) for hour in today["hourly"])
    assert len(today["hourly"]) == 30
    assert today["daily"][-1]["limits"] == []


@pytest.mark.parametrize(
    ("path", "params", "status"),
    [
        (STATION, {"start": "2026-05-12T00:00:00+07:00"}, 400),
        (STATION, {"start": "2026-05-12T00:00:00", "end": "2026-05-13T00:00:00+07:00"}, 400),
        (STATION, {"start": "2026-05-13T00:00:00Z", "end": "2026-05-12T00:00:00Z"}, 400),
        (STATION, {"start": "2016-05-13T00:00:00Z", "end": "2026-05-12T00:00:00Z"}, 400),
        (STATION, {"start": "2026-05-12T00:00:00Z", "end": "2026-05-13T00:00:00Z", "step": "P1M"}, 400),
        ("air-nowhere", {"start": "2026-05-12T00:00:00Z", "end": "2026-05-13T00:00:00Z"}, 404),
        ("rain-ba-dinh", {"start": "2026-05-12T00:00:00Z", "end": "2026-05-13T00:00:00Z"}, 404),
    ],
)
def test_what_cannot_be_asked_is_one_clear_problem(api: Any, path: str, params: Any, status: int) -> None:
    answer = api.client.get(f"/api/v1/air/{path}/aqi", params=params)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


def test_an_answer_may_be_kept_and_asked_for_again(api: Any) -> None:
    params = {"start": at(0).isoformat(), "end": at(20).isoformat()}
    answer = api.client.get(f"/api/v1/air/{STATION}/aqi", params=params)
    again = api.client.get(
        f"/api/v1/air/{STATION}/aqi", params=params, headers={"If-None-Match": answer.headers["etag"]}
    )
    assert again.status_code == 304


def test_the_newest_state_has_the_index_of_the_last_hour(api: Any, seed: Any) -> None:
    other = "air-minh-khai-bac-tu-liem"
    now = datetime.now(UTC)
    end = now.replace(minute=0, second=0, microsecond=0)
    assert feature(api, "air", other)["why"] == "no_data"
    readings = [(end - timedelta(minutes=minutes), 40.0, 0) for minutes in (90, 30)]
    seed({(other, "pm2_5"): [*readings, (now, 41.0, 0)]})
    eventually(lambda: feature(api, "air", other)["vn_aqi"] == 80)
    shown = feature(api, "air", other)
    assert (shown["category"], shown["category_en"], shown["color"]) == ("Trung bình", "Moderate", "#ffff00")
    assert (shown["driver"], shown["why"], shown["marker"]["property"]) == ("pm2_5", None, "vn_aqi")
    assert shown["marker"]["band_en"] == "Moderate (51–100)"
    # A late reading of the hour that is over.
    seed({(other, "pm2_5"): [(end - timedelta(minutes=20), 100.0, 0)]})
    eventually(lambda: feature(api, "air", other)["vn_aqi"] not in (80, None))
    seed({("air-kim-lien", "pm2_5"): [*readings, (now, 35.5, 0)]})
    eventually(lambda: feature(api, "air", "air-kim-lien")["why"] == "not_published")
    small = feature(api, "air", "air-kim-lien")
    assert (small["vn_aqi"], small["color"]) == (None, None)
    assert (small["marker"]["property"], small["marker"]["value"]) == ("pm2_5", 35.5)


def test_a_year_that_begins_in_the_days_has_its_mean_and_says_how_many_days_it_is_made_of(api: Any) -> None:
    first = datetime(2026, 1, 1, tzinfo=HANOI_TIME)
    found = asked(api, first, at(48), step="P1D")
    [year] = found["yearly"]
    [whole] = [day for day in found["daily"] if day["hours"].get("pm2_5", 0) >= 18]
    # Of 133 days one has enough hours: too few to be held against the limit of a year.
    assert (year["year"], year["days_over"], year["is_over"]) == (2026, 133, False)
    assert (year["days"], year["means"], year["limits"]) == ({"pm2_5": 1}, whole["means"], [])
    assert asked(api, first + timedelta(days=1), at(48), step="P1D")["yearly"] == []
