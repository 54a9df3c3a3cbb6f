"""Places to park at, over HTTP."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from cityhub.store import connect, notices
from tests.integration.api.conftest import RunningApi, Seeds
from tests.waiting import eventually

PLACES = "/api/v1/parking/places"
LTK_1 = "21.02654,105.842527"


def found(api: RunningApi, **query: Any) -> list[dict[str, Any]]:
    answer = api.client.get(PLACES, params=query)
    assert answer.status_code == 200, answer.text
    places: list[dict[str, Any]] = answer.json()["places"]
    return places


@pytest.fixture(scope="module", autouse=True)
def bays(api: RunningApi, seed: Callable[[Seeds], None]) -> None:
    now = datetime.now(UTC)
    seed({(f"ltk-01-b{bay:02}", "occupied"): [(now, float(bay > 2), 0)] for bay in range(1, 15)})
    seed({(f"ltk-02-b{bay:02}", "occupied"): [(now, 1.0, 0)] for bay in range(1, 13)})
    eventually(lambda: one(api, "ltk-01")["free"] == 2 and one(api, "ltk-02")["state"] == "full")


def one(api: RunningApi, id: str) -> dict[str, Any]:
    place: dict[str, Any] = api.client.get(f"{PLACES}/{id}").json()
    return place


def test_the_nearest_comes_first_with_its_distance_and_price(api: RunningApi) -> None:
    places = found(api, near=LTK_1)
    assert len(places) == 17
    assert [place["id"] for place in places[:2]] == ["ltk-01", "ltk-02"]
    assert places[0]["distance_m"] == 0
    assert places == sorted(places, key=lambda place: place["distance_m"])
    assert 200 < places[1]["distance_m"] < 260
    assert places[0]["next_hour"]["amount"] in (25_000, 150_000, 175_000)
    assert (places[0]["state"], places[0]["free"], places[0]["capacity"]) == ("open", 2, 14)


def test_places_are_chosen_by_class_radius_and_whether_they_are_free(api: RunningApi) -> None:
    assert {place["id"] for place in found(api, near=LTK_1, radius=300)} == {"ltk-01", "ltk-02", "thd-01"}
    assert {place["id"] for place in found(api, free="true")} == {"ltk-01"}
    bikes = found(api, vehicle="motorbike")
    assert bikes
    assert all("motorbike" in place["vehicles"] and place["next_hour"]["amount"] < 25_000 for place in bikes)


def test_pages_hold_all_places_once(api: RunningApi) -> None:
    seen: list[str] = []
    url: str | None = f"{PLACES}?near={LTK_1}&limit=5"
    while url is not None:
        page = api.client.get(url).json()
        seen += [place["id"] for place in page["places"]]
        url = page["next"]
    assert len(seen) == len(set(seen)) == 17
    assert seen == [place["id"] for place in found(api, near=LTK_1)]


def test_a_place_shows_every_bay_as_its_sensor_sees_it(
    api: RunningApi, seed: Callable[[Seeds], None]
) -> None:
    now = datetime.now(UTC)
    seed({("thd-01-b01", "occupied"): [(now - timedelta(days=1), 0.0, 0)]})
    seed({("thd-01-b02", "occupied"): [(now, 0.0, 2)], ("thd-01-b03", "occupied"): [(now, 0.0, 0)]})
    seed({("thd-01-b04", "occupied"): [(now, 1.0, 0)]})
    found = eventually(
        lambda: (
            [bay for bay in one(api, "thd-01")["bays"] if bay["state"] == "occupied"]
            and one(api, "thd-01")["bays"]
        )
    )
    # Silent since yesterday, not believed by itself, free, taken; the others never said a word.
    assert [bay["state"] for bay in found[:4]] == ["unknown", "unknown", "free", "occupied"]
    assert {bay["state"] for bay in found[4:]} == {"unknown"}
    assert (found[2]["id"], found[2]["name_en"], found[2]["time"][-6:]) == ("thd-01-b03", "bay 3", "+07:00")
    assert "bays" not in found_by_id(api, "thd-01")


def found_by_id(api: RunningApi, id: str) -> dict[str, Any]:
    return next(place for place in found(api) if place["id"] == id)


def test_a_closed_place_says_until_when(api: RunningApi, database_url: str) -> None:
    now = datetime.now(UTC)

    def close(conn: psycopg.Connection) -> None:
        conn.execute(
            "INSERT INTO place_closure VALUES ('ltk-01', %s, %s, 'festival')",
            (now - timedelta(hours=1), now + timedelta(hours=1)),
        )
        notices.changed(conn, {"parking"})

    with connect(database_url, "tests") as conn:
        close(conn)
    eventually(lambda: one(api, "ltk-01")["state"] == "closed")
    assert one(api, "ltk-01")["free"] is None
    eventually(lambda: str(one(api, "ltk-01")["closed_until"]).endswith("+07:00"))
    with connect(database_url, "tests") as conn:
        conn.execute("DELETE FROM place_closure")
        notices.changed(conn, {"parking"})


@pytest.mark.parametrize(
    "query", ["radius=100", "near=x", "near=91,0", "vehicle=bus", "free=perhaps", "limit=0", "cursor=x"]
)
def test_what_cannot_be_searched_for_is_told(api: RunningApi, query: str) -> None:
    assert api.client.get(f"{PLACES}?{query}").status_code == 400


def test_a_place_that_is_not_there(api: RunningApi) -> None:
    assert api.client.get(f"{PLACES}/ltk-99").status_code == 404


def test_an_unchanged_answer_is_not_sent_again(api: RunningApi) -> None:
    first = api.client.get(f"{PLACES}/thd-09")
    again = api.client.get(f"{PLACES}/thd-09", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code in (200, 304)
    assert "max-age" in first.headers["Cache-Control"]
