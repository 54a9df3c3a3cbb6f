"""Lists of sensors, one sensor, and how lists are paged."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cityhub.catalogue import read


@pytest.fixture(scope="module", autouse=True)
def now(seed: Any) -> datetime:
    """The moment before which there are rows. Not that of the import: three minutes later the sensor is late."""
    now = datetime.now(UTC).replace(microsecond=0)
    seed(
        {
            ("air-trung-yen-3", "pm2_5"): [(now - timedelta(seconds=30), 35.2, 0)],
            ("air-trung-yen-3", "pm10"): [(now - timedelta(seconds=20), -999.0, 2)],
            ("air-trung-yen-3", "battery"): [(now - timedelta(seconds=30), 87.0, 0)],
        }
    )
    return now


def pages(client: Any, url: str) -> Any:
    while url is not None:
        page = client.get(url).raise_for_status().json()
        yield page["sensors"]
        url = page["next"]


def test_pages_hold_every_listed_sensor_once_in_order(api: Any) -> None:
    found = [sensor["id"] for page in pages(api.client, "/api/v1/sensors?limit=37") for sensor in page]
    assert found == sorted(sensor.id for sensor in read().sensors if sensor.listed)


def test_pages_by_distance_hold_every_sensor_once_nearest_first(api: Any) -> None:
    near = "/api/v1/sensors?near=21.0245,105.8412&limit=50&radius=3000"
    found = [sensor for page in pages(api.client, near) for sensor in page]
    assert len({sensor["id"] for sensor in found}) == len(found) > 50
    distances = [sensor["distance_m"] for sensor in found]
    assert distances == sorted(distances)
    assert distances[-1] <= 3000


def test_the_last_page_has_no_next(api: Any) -> None:
    page = api.client.get("/api/v1/sensors?kind=water").json()
    assert ([sensor["kind"] for sensor in page["sensors"]], page["next"]) == (["water", "water"], None)


def test_the_host_header_has_no_say_in_where_the_next_page_is(api: Any) -> None:
    strange = {"Host": "evil.example"}
    answer = api.client.get("/api/v1/sensors?limit=1", headers=strange)
    assert answer.json()["next"].startswith("/api/v1/sensors?limit=1&cursor=")
    assert answer.content == api.client.get("/api/v1/sensors?limit=1").content


def test_a_box_holds_only_what_lies_in_it(api: Any) -> None:
    found = api.client.get("/api/v1/sensors?kind=air&bbox=105.79,21.0,105.82,21.04").json()["sensors"]
    assert found
    assert all(105.79 <= sensor["lon"] <= 105.82 and 21.0 <= sensor["lat"] <= 21.04 for sensor in found)


def test_a_sensor_tells_its_place_in_the_world_and_its_datastreams(api: Any, now: datetime) -> None:
    sensor = api.client.get("/api/v1/sensors/air-trung-yen-3").json()
    assert sensor["name"].startswith("Trung Yên 3")
    assert (sensor["basis"], sensor["place"]) == ("official", None)
    assert datetime.fromisoformat(sensor["last_seen"]) == now - timedelta(seconds=20)
    assert sensor["last_seen"].endswith("+07:00")
    assert sensor["status"] == "online"
    streams = {stream["property"]: stream for stream in sensor["datastreams"]}
    assert streams["pm2_5"]["latest"]["value"] == 35.2
    assert (streams["pm10"]["latest"]["value"], streams["pm10"]["latest"]["quality"]) == (None, ["fault"])
    assert (streams["battery"]["unit"], streams["battery"]["latest"]["value"]) == ("%", 87.0)
    assert streams["rssi"]["latest"] is None


def test_a_bay_tells_its_parking_place(api: Any) -> None:
    bay = api.client.get("/api/v1/sensors/thd-05-b01").json()
    assert bay["place"]["id"] == "thd-05"
    assert bay["place"]["capacity"] > 0


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("kind=noise", "kind"),
        ("bbox=1,2,3", "bbox"),
        ("bbox=106,21,105,22", "bbox"),
        ("bbox=nan,nan,nan,nan", "bbox"),
        ("near=91,0", "near"),
        ("near=here", "near"),
        ("near=21,105&radius=0", "radius"),
        ("near=21,105&radius=nan", "radius"),
        ("near=21,105&radius=1e999", "radius"),
        ("radius=100", "radius"),
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("limit=ten", "limit"),
        ("cursor=x", "cursor"),
        ("cursor=%00", "cursor"),
        ("cursor=WyJhIixbMSwiXHUwMDAwIl1d", "cursor"),
        ("cursor=%C4%90%E1%BB%97", "cursor"),
    ],
)
def test_a_bad_parameter_is_named(api: Any, query: str, field: str) -> None:
    answer = api.client.get(f"/api/v1/sensors?{query}")
    assert answer.status_code == 400
    assert [fault["field"] for fault in answer.json()["errors"]] == [field]


def test_a_cursor_cannot_be_used_with_other_filters(api: Any) -> None:
    cursor = api.client.get("/api/v1/sensors?limit=1").json()["next"].partition("cursor=")[2]
    answer = api.client.get(f"/api/v1/sensors?limit=1&kind=air&cursor={cursor}")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "cursor")


@pytest.mark.parametrize(
    "sensor_id", ["A", "ab", "x" * 65, "air_1", "air-%00", "air-đ", "air-x%0A", "%2E%2E"]
)
def test_an_impossible_id_is_refused_by_name(api: Any, sensor_id: str) -> None:
    answer = api.client.get(f"/api/v1/sensors/{sensor_id}")
    assert answer.status_code in (400, 404)
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_list_that_the_client_has_is_not_sent_again(api: Any) -> None:
    answer = api.client.get("/api/v1/sensors?kind=water")
    assert answer.headers["cache-control"].startswith("public, max-age=")
    again = api.client.get("/api/v1/sensors?kind=water", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
