"""Water samples over HTTP, the index that they complete, and its history."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from cityhub.config import read_settings
from cityhub.rfc3339 import HANOI_TIME
from tests.integration.api.conftest import RunningApi, Seeds
from tests.waiting import eventually

KEY, POOR = "0123456789abcdef01", "2123456789abcdef01"
LAB = {"Authorization": f"Bearer {KEY}"}
NORTH, SOUTH = "water-west-lake-north", "water-west-lake-south"
SAMPLES, LATEST = f"/api/v1/water/{NORTH}/samples", "/api/v1/latest/water"
NOW = datetime.now(HANOI_TIME).replace(microsecond=0)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
STATION = {"ph": 7.9, "dissolved_oxygen": 6.5, "temperature": 25.0, "nh4_n": 0.2}


@pytest.fixture(scope="module")
def lake(
    database_url: str, run_api: Callable[..., AbstractContextManager[RunningApi]]
) -> Iterator[RunningApi]:
    keys = f"cemc:{KEY}:water:write,ward-7:{POOR}"
    with run_api(read_settings(database_url=database_url, rate_per_minute=0, api_keys=keys)) as api:
        yield api


def found(**values: float | str | None) -> list[dict[str, Any]]:
    units = {"coliform": "MPN/100 mL", "ph": ""}
    return [
        {"parameter": name, "value": value, "unit": units.get(name, "mg/L"), "method": "TCVN 6001-1:2021"}
        for name, value in values.items()
    ]


def told(taken: datetime = NOW - DAY, **changes: Any) -> dict[str, Any]:
    return {
        "sampled_at": taken.isoformat(), "laboratory": "Trung tâm quan trắc", "reference": str(uuid4()),
        "results": found(bod5=5, coliform=2500), **changes,
    }  # fmt: skip


def station(lake: RunningApi, id: str = NORTH) -> dict[str, Any]:
    features = lake.client.get(LATEST).json()["features"]
    shown: dict[str, Any] = next(one for one in features if one["id"] == id)["properties"]
    return shown


def test_a_sample_completes_the_index_and_says_where_it_came_from(
    lake: RunningApi, seed: Callable[[Seeds], None], conn: psycopg.Connection
) -> None:
    seed({(NORTH, name): [(NOW - timedelta(minutes=5), value, 0)] for name, value in STATION.items()})
    eventually(lambda: "ph" in station(lake)["values"])
    alone = station(lake)
    assert (alone["vn_wqi"], alone["why"], alone["category"], alone["color"]) == (
        None,
        "group_4_too_small",
        None,
        None,
    )
    assert alone["lacking"] == ["II", "III", "V"]
    [(before,)] = conn.execute("SELECT count(*) FROM observation").fetchall()
    sample = lake.client.post(SAMPLES, json=told(), headers=LAB)
    assert sample.status_code == 201, sample.text
    eventually(lambda: station(lake)["vn_wqi"] is not None)
    whole = station(lake)
    assert (whole["vn_wqi"], whole["why"], whole["category"], whole["category_en"]) == (
        95,
        None,
        "Rất tốt",
        "Very good",
    )
    assert (whole["color"], whole["method"]["form"], whole["method"]["formula"]) == (
        "#3333ff",
        "a",
        "G*(IV*V)^(1/2)",
    )
    assert whole["groups"] == {"I": 100, "IV": pytest.approx(90.4, abs=0.1), "V": 100}
    bod5, oxygen = whole["parameters"]["bod5"], whole["parameters"]["dissolved_oxygen"]
    assert (bod5["source"], bod5["sample_id"], bod5["laboratory"]) == (
        "sample",
        sample.json()["id"],
        "Trung tâm quan trắc",
    )
    assert bod5["time"] == (NOW - DAY).isoformat()
    assert (oxygen["source"], oxygen["sample_id"], oxygen["saturation_percent"]) == ("sensor", None, 79.5)
    limit = {"standard": "QCVN 08:2023/BTNMT", "level": "B", "value": 6, "side": "at_most", "is_met": True}
    assert bod5["limit"] == {**limit, "difference": -1, "percent": -16.7}
    # What the station measured is what it was.
    assert whole["values"] == alone["values"]
    assert conn.execute("SELECT count(*) FROM observation").fetchall() == [(before,)]
    assert station(lake, SOUTH)["why"] == "no_values"


def test_a_sample_is_told_once(lake: RunningApi) -> None:
    body = told(NOW - 2 * DAY, results=found(tss="<0,5", cod=12.5))
    first = lake.client.post(SAMPLES, json=body, headers=LAB)
    assert first.status_code == 201
    assert first.json()["results"][1] == {
        "parameter": "tss", "value": 0.5, "bound": "<", "unit": "mg/L", "method": "TCVN 6001-1:2021",
    }  # fmt: skip
    # The same in other words: another offset, another order, a number as a text.
    again = {
        **body,
        "sampled_at": (NOW - 2 * DAY).astimezone(UTC).isoformat(),
        "results": found(cod="12.5", tss="< 0.5"),
    }
    second = lake.client.post(SAMPLES, json=again, headers=LAB)
    assert (second.status_code, second.json()) == (200, first.json())
    other = lake.client.post(SAMPLES, json={**body, "results": found(tss=1)}, headers=LAB)
    assert (other.status_code, other.json()["rule"]) == (409, "water_sample_once")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"results": found(bod5="<zero")}, "results[0].value"),
        ({"results": found(ph=7.5, bod5=-1)}, "results[1].value"),
        ({"results": [{**found(bod5=1)[0], "unit": "µg/L"}]}, "results[0].unit"),
        ({"results": [{**found(bod5=1)[0], "parameter": "gold"}]}, "results[0].parameter"),
        ({"results": [*found(bod5=1), *found(bod5=2)]}, "results"),
        ({"results": []}, "results"),
        ({"sampled_at": (NOW + HOUR).isoformat()}, "sampled_at"),
        ({"sampled_at": "2026-11-01T08:00:00"}, "sampled_at"),
        ({"laboratory": "   "}, "laboratory"),
    ],
)
def test_what_cannot_be_is_refused_by_name(lake: RunningApi, changes: dict[str, Any], field: str) -> None:
    answer = lake.client.post(SAMPLES, json=told(**changes), headers=LAB)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field), answer.text


def test_only_a_key_that_is_good_for_it_tells_of_water(lake: RunningApi) -> None:
    for headers, status in (({}, 401), ({"X-API-Key": POOR}, 403)):
        assert lake.client.post(SAMPLES, json=told(), headers=headers).status_code == status
    for id in ("water-nowhere", "air-hoan-kiem"):
        assert lake.client.post(f"/api/v1/water/{id}/samples", json=told(), headers=LAB).status_code == 404


def test_a_correction_is_on_record_and_changes_the_index(lake: RunningApi) -> None:
    sample = lake.client.post(
        SAMPLES, json=told(NOW - HOUR, results=found(bod5=60, coliform=2400)), headers=LAB
    ).json()
    path = f"/api/v1/water/samples/{sample['id']}"
    eventually(lambda: station(lake)["parameters"]["bod5"]["value"] == 60)
    spoilt = station(lake)["vn_wqi"]
    body = {"reason": "Dấu phẩy sai chỗ", "results": found(bod5=6.0)}
    for _ in range(2):  # the second time there is nothing to correct
        answer = lake.client.post(f"{path}/corrections", json=body, headers=LAB)
        assert answer.status_code == 200, answer.text
    history = lake.client.get(path).json()
    assert {one["parameter"]: one["value"] for one in history["sample"]["results"]} == {
        "bod5": 6,
        "coliform": 2400,
    }
    rows = [(one["parameter"], one["revision"], one["value"], one["reason"]) for one in history["revisions"]]
    assert rows == [("bod5", 0, 60, None), ("coliform", 0, 2400, None), ("bod5", 1, 6, "Dấu phẩy sai chỗ")]
    eventually(lambda: station(lake)["vn_wqi"] > spoilt)
    gone = lake.client.post(
        f"{path}/corrections", json={"reason": "Mẫu hỏng", "results": found(bod5=None)}, headers=LAB
    )
    assert [one["parameter"] for one in gone.json()["sample"]["results"]] == ["coliform"]
    # The newest that still stands is the one of the day before.
    eventually(lambda: station(lake)["parameters"]["bod5"]["value"] == 5)
    assert (
        lake.client.post(f"{path}/corrections", json={**body, "reason": " "}, headers=LAB).status_code == 400
    )
    assert lake.client.post(f"{path}/corrections", json=body).status_code == 401
    unknown = f"/api/v1/water/samples/{uuid4()}"
    assert lake.client.get(unknown).status_code == 404
    assert lake.client.post(f"{unknown}/corrections", json=body, headers=LAB).status_code == 404


def test_a_database_takes_no_change_of_what_was_told(conn: psycopg.Connection) -> None:
    with pytest.raises(psycopg.errors.CheckViolation):
        conn.execute(
            "INSERT INTO water_result SELECT sample_id, parameter, 9, 1, '=', 'm', 'me', NULL, now() FROM water_result"
        )
    with pytest.raises(psycopg.errors.CheckViolation):
        conn.execute("INSERT INTO water_result SELECT sample_id, parameter, 9, -1, '=', 'm', 'me', 'r', now()"
                     " FROM water_result")  # fmt: skip


def test_the_history_of_the_index_by_hour_and_day(lake: RunningApi, seed: Callable[[Seeds], None]) -> None:
    midnight = NOW.replace(hour=0, minute=0, second=0) - 40 * DAY
    hours = {
        (SOUTH, name): [(midnight + hour * HOUR + HOUR / 4, value, 0) for hour in (6, 7)] + [
            (midnight + 8 * HOUR, value, 1)  # refused by its range
        ]
        for name, value in STATION.items()
    }  # fmt: skip
    seed(hours)
    body = told(midnight + 6.5 * HOUR)
    path = f"/api/v1/water/{SOUTH}"
    assert lake.client.post(f"{path}/samples", json=body, headers=LAB).status_code == 201
    span = {"start": midnight.isoformat(), "end": (midnight + 9 * HOUR).isoformat()}
    answer = lake.client.get(f"{path}/wqi", params=span)
    assert answer.status_code == 200, answer.text
    document = answer.json()
    by_hour = {one["start"][11:13]: (one["vn_wqi"], one["why"]) for one in document["series"]}
    assert len(by_hour) == 9
    # The sample of 06:30 counts from the hour in which it was taken.
    assert by_hour["05"] == (None, "no_values")
    assert by_hour["06"] == by_hour["07"] == (95, None)
    assert by_hour["08"] == (None, "group_4_too_small")
    sixth = document["series"][6]
    assert (sixth["start"], sixth["end"]) == (
        (midnight + 6 * HOUR).isoformat(),
        (midnight + 7 * HOUR).isoformat(),
    )
    assert sixth["samples"] == [document["samples"][0]["id"]]
    assert set(sixth["sub_indices"]) == {"ph", "dissolved_oxygen", "nh4_n", "bod5", "coliform"}
    days = {"start": (midnight - DAY).isoformat(), "end": (midnight + 40 * DAY).isoformat(), "step": "P1D"}
    series = lake.client.get(f"{path}/wqi", params=days).json()["series"]
    assert [one["vn_wqi"] for one in series[:3]] == [None, 95, None]
    # The sample alone has no three parameters of group IV; after a month it is not there any more.
    assert (series[2]["why"], series[35]["why"]) == ("group_4_too_small", "no_values")
    assert len(series) == 41


def test_a_history_of_nothing_or_of_decades_is_refused(lake: RunningApi) -> None:
    path, day = f"/api/v1/water/{NORTH}/wqi", NOW.isoformat()
    assert lake.client.get(path, params={"start": day, "end": day}).status_code == 400
    ages = {"start": (NOW - 90 * DAY).isoformat(), "end": day}
    assert lake.client.get(path, params=ages).status_code == 400
    assert lake.client.get(path, params={**ages, "step": "P1D"}).status_code == 200
    assert (
        lake.client.get("/api/v1/water/air-hoan-kiem/wqi", params=ages | {"step": "P1D"}).status_code == 404
    )
    future = {"start": (NOW + DAY).isoformat(), "end": (NOW + 2 * DAY).isoformat()}
    assert lake.client.get(path, params=future).json()["series"] == []


def test_another_aggregate_is_told_with_the_figure(
    database_url: str, run_api: Callable[..., AbstractContextManager[RunningApi]]
) -> None:
    settings = read_settings(
        database_url=database_url,
        rate_per_minute=0,
        wqi_aggregate="c",
        wqi_minimum_group_4=1,
        wqi_minimum_groups=2,
    )
    with run_api(settings) as other:
        eventually(lambda: station(other)["vn_wqi"] is not None)
        method = station(other)["method"]
        assert (method["form"], method["formula"]) == ("c", "G*(IV^2*V)^(1/3)")
        assert (method["minimum_groups"], method["minimum_group_4"]) == (2, 1)
