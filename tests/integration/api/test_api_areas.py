"""Areas over HTTP."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

import psycopg
import pytest

from cityhub.catalogue.areas import Area, Span
from cityhub.config import read_settings
from cityhub.store import areas, connect
from tests.waiting import eventually

TODAY = date(2026, 11, 22)
CENTRE = (105.84, 21.01, 105.87, 21.05)
STATION = "air-hoan-kiem"


def area(id: str, box: tuple[float, float, float, float], name: str, rank: str) -> Area:
    west, south, east, north = box
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    geometry = {"type": "Polygon", "coordinates": [ring]}
    return Area(id, "00070", name, "x", f"{rank} {name}", "x", geometry, {**geometry, "simple": True})


@pytest.fixture(scope="module")
def _imported(database_url: str) -> Iterator[None]:
    with connect(database_url, "tests") as conn:
        wards = [
            area("ward-cua-nam", CENTRE, "Cửa Nam", "Phường"),
            area("ward-far", (100, 20, 101, 21), "Xa", "Xã"),
        ]
        old = [area("district-hoan-kiem", CENTRE, "Hoàn Kiếm", "Quận")]
        _save(conn, "ward", wards, Span(date(2025, 7, 1)))
        _save(conn, "district", old, Span(None, date(2025, 6, 30)))
    yield
    with connect(database_url, "tests") as conn:
        conn.execute("DELETE FROM area_set")


def _save(conn: psycopg.Connection, level: Any, found: list[Area], span: Span) -> None:
    areas.save(conn, level, found, source="test", span=span, today=TODAY)


def test_nothing_is_listed_or_outlined_until_something_is_imported(api: Any) -> None:
    assert api.client.get("/api/v1/areas").json() == {"areas": [], "next": None}
    assert api.client.get("/api/v1/areas/outlines").json() == {
        "type": "FeatureCollection",
        "level": None,
        "valid_from": None,
        "valid_to": None,
        "features": [],
    }
    assert api.client.get("/api/v1/areas/ward-cua-nam").status_code == 404


@pytest.mark.usefixtures("_imported")
def test_areas_are_listed_by_level_and_day(api: Any) -> None:
    listed = api.client.get("/api/v1/areas").json()["areas"]
    assert [row["id"] for row in listed] == ["district-hoan-kiem", "ward-cua-nam", "ward-far"]
    [ward, empty] = api.client.get("/api/v1/areas?level=ward").json()["areas"]
    assert ward.pop("sensors") > 0
    assert ward == {
        "id": "ward-cua-nam",
        "level": "ward",
        "code": "00070",
        "name": "Cửa Nam",
        "name_en": "x",
        "full_name": "Phường Cửa Nam",
        "full_name_en": "x",
        "valid_from": "2025-07-01",
        "valid_to": None,
    }
    assert empty["sensors"] == 0
    assert [row["id"] for row in api.client.get("/api/v1/areas?on=2024-01-01").json()["areas"]] == [
        "district-hoan-kiem"
    ]


@pytest.mark.usefixtures("_imported")
def test_the_list_has_pages(api: Any) -> None:
    found, url = [], "/api/v1/areas?limit=1"
    while url:
        page = api.client.get(url).json()
        found += [row["id"] for row in page["areas"]]
        url = page["next"]
    assert found == ["district-hoan-kiem", "ward-cua-nam", "ward-far"]


@pytest.mark.usefixtures("_imported")
@pytest.mark.parametrize("query", ["level=city", "on=yesterday", "on=2025-02-30", "cursor=x", "limit=0"])
def test_what_cannot_be_asked_is_a_problem(api: Any, query: str) -> None:
    answer = api.client.get(f"/api/v1/areas?{query}")
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")


@pytest.mark.usefixtures("_imported")
def test_an_area_has_its_exact_geometry(api: Any) -> None:
    answer = api.client.get("/api/v1/areas/district-hoan-kiem")
    assert answer.json()["geometry"] == {
        "type": "Polygon",
        "coordinates": [
            [[105.84, 21.01], [105.87, 21.01], [105.87, 21.05], [105.84, 21.05], [105.84, 21.01]]
        ],
    }
    assert answer.json()["valid_to"] == "2025-06-30"
    again = api.client.get(
        "/api/v1/areas/district-hoan-kiem", headers={"If-None-Match": answer.headers["etag"]}
    )
    assert again.status_code == 304
    assert api.client.get("/api/v1/areas/district-hoan-kiem?on=2025-07-01").status_code == 404


@pytest.mark.usefixtures("_imported")
def test_maps_outline_wards_and_what_the_operator_chooses(api: Any, run_api: Any, database_url: str) -> None:
    drawn = api.client.get("/api/v1/areas/outlines").json()
    assert (drawn["level"], [f["id"] for f in drawn["features"]]) == ("ward", ["ward-cua-nam", "ward-far"])
    assert drawn["features"][0]["geometry"]["simple"]
    assert drawn["features"][0]["properties"]["full_name"] == "Phường Cửa Nam"
    settings = read_settings(database_url=database_url, map_area_level="district")
    with run_api(settings) as other:
        drawn = other.client.get("/api/v1/areas/outlines").json()
        assert (drawn["level"], drawn["valid_to"]) == ("district", "2025-06-30")
        assert other.client.get("/api/v1/areas/outlines?level=ward").json()["level"] == "ward"


@pytest.mark.usefixtures("_imported")
def test_an_area_tells_the_figures_of_its_kinds(api: Any, seed: Callable[..., None]) -> None:
    now = datetime.now(UTC)
    seed(
        {
            (STATION, "pm2_5"): [(now, 42.5, 0)],
            ("ltk-08", "occupied_count"): [(now, 3, 0)],
            ("air-tay-mo", "pm2_5"): [(now, 99.0, 0)],
        }
    )

    def told() -> Any:
        return api.client.get("/api/v1/areas/ward-cua-nam/latest").json()

    def summary(kind: str) -> Any:
        return told()["kinds"][kind]["summary"]

    eventually(lambda: summary("air")["value"] == 42.5 and summary("parking")["value"] is not None)
    found = told()
    assert (found["id"], found["full_name"]) == ("ward-cua-nam", "Phường Cửa Nam")
    assert list(found["kinds"]) == ["air", "rain", "flood", "water", "parking"]
    air = found["kinds"]["air"]
    assert (air["type"], air["kind"]) == ("FeatureCollection", "air")
    assert (air["summary"]["unit"], air["summary"]["online"], air["summary"]["total"]) == ("µg/m³", 1, 2)
    assert [feature["id"] for feature in air["features"]] == ["air-hang-dau", STATION]
    assert air["features"][1]["properties"]["areas"]["ward"]["id"] == "ward-cua-nam"
    parking = found["kinds"]["parking"]
    free = {f["id"]: f["properties"]["free"] for f in parking["features"]}
    assert parking["summary"]["value"] == free["ltk-08"] > 0
    assert set(free) <= {f"{street}-{number:02}" for street in ("ltk", "thd") for number in range(1, 10)}
    assert (found["kinds"]["water"]["summary"]["total"], found["kinds"]["water"]["features"]) == (0, [])
    assert api.client.get("/api/v1/areas/ward-nowhere/latest").status_code == 404


@pytest.mark.usefixtures("_imported")
def test_sensors_and_features_name_their_areas(api: Any) -> None:
    expected = {"ward": "ward-cua-nam", "district": "district-hoan-kiem"}
    sensor = api.client.get(f"/api/v1/sensors/{STATION}").json()
    assert {level: named["id"] for level, named in sensor["areas"].items()} == expected

    def feature() -> Any:
        features = api.client.get("/api/v1/latest/air").json()["features"]
        return next(f for f in features if f["id"] == STATION)

    eventually(lambda: feature()["properties"]["areas"] == sensor["areas"])
