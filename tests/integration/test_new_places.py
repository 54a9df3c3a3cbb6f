"""A parking place becomes one by a form: looked at first, by the catalogue's own rules, on record."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import httpx
import psycopg
import pytest

from cityhub.catalogue import read
from cityhub.config import read_settings
from cityhub.observing.decoded import Rejected
from cityhub.store import catalogue as store_catalogue
from cityhub.store import connect, places, quarantine, sensors, tariffs
from cityhub.store.quarantine import Entry
from tests import role_keys
from tests.integration.api.conftest import RunningApi, running
from tests.waiting import eventually

SCOPES = {"operator": "ops:read+ops:write", "viewer": "ops:read"}
PLACE = {
    "id": "ltk-18",
    "name_vi": "Lý Thường Kiệt, điểm đỗ 18",
    "name_en": "Ly Thuong Kiet, parking place 18",
    "lat": "21,0205",
    "lon": "105.8531",
    "basis": "official",
    "basis_note": "",
    "capacity": "14",
    "zone": "hanoi-inner",
    "issuer": "hn-parking",
    "opening": "06:00-22:00",
    "vehicle_car": "on",
    "vehicle_ev": "on",
}


@pytest.fixture(scope="module")
def api(database_url: str) -> Iterator[RunningApi]:
    settings = read_settings(
        database_url=database_url,
        rate_per_minute=0,
        key_rate_per_minute=0,
        api_keys=role_keys.in_settings(SCOPES),
    )
    with connect(database_url, "tests") as conn:
        tariffs.save_all(conn)
    with running(settings) as api:
        yield api


@pytest.fixture
def conn(database_url: str) -> Iterator[psycopg.Connection]:
    with connect(database_url, "tests", autocommit=True) as conn:
        yield conn


def send(api: RunningApi, form: dict[str, str], path: str = "", who: str = "operator") -> httpx.Response:
    headers = role_keys.headers(who)
    return api.client.post(f"/ops/new/place{path}", data={"lang": "en", **form}, headers=headers)


def test_a_place_is_looked_at_registered_and_sold(api: RunningApi, conn: psycopg.Connection) -> None:
    headers = role_keys.headers("operator")
    form = api.client.get("/ops/new/place", params={"lang": "en"}, headers=headers).text
    assert '<option value="hanoi-inner"' in form
    assert '<option value="hn-parking"' in form
    # Its counter sends already.
    payload = json.dumps({"values": {"occupied_count": 5}}).encode()
    topic, unknown = f"hanoi/parking/{PLACE['id']}/telemetry", Rejected("unknown_sensor", "x", PLACE["id"])
    quarantine.add(conn, [Entry(topic, payload, len(payload), unknown, datetime.now(UTC))])
    looked = send(api, PLACE, "/preview")
    assert looked.status_code == 200, looked.text
    for words in ("06:00-22:00", "tariff ", "Car, up to 9 seats, Electric car", "21.02050, 105.85310"):
        assert words in looked.text
    assert '<td class="figure">5</td>' in looked.text
    assert "ltk-18" not in sensors.known(conn), "nothing is written yet"
    assert send(api, PLACE | {"go": "edit"}, "/preview").status_code == 200
    assert send(api, PLACE).status_code == 422, "somebody says why"
    done = send(api, PLACE | {"why": "new street"})
    assert (done.status_code, done.headers["location"]) == (
        303,
        "/ops/devices/ltk-18?lang=en&said=place_registered",
    )
    place = places.get(conn, "ltk-18")
    assert (place.capacity, place.zone, place.issuer, place.vehicles) == (
        14,
        "hanoi-inner",
        "hn-parking",
        ("car", "ev"),
    )
    assert sensors.known(conn)["ltk-18"].capacity == 14
    [(who, after, why)] = conn.execute(
        "SELECT who, after, why FROM audit_entry WHERE object = 'place:ltk-18'"
    ).fetchall()
    assert (who, after["opening"], why) == ("key:operator", "06:00-22:00", "new street")
    # With the next snapshot.
    shown = eventually(lambda: api.client.get("/api/v1/parking/places/ltk-18").json().get("capacity"))
    assert shown == 14
    asked = {"place_id": "ltk-18", "vehicle": "car", "start": "2026-11-30T09:00:00+07:00", "minutes": 60}
    assert api.client.post("/api/v1/parking/quote", json=asked).json()["amount"] > 0
    listed = lambda: [one["id"] for one in api.client.get("/api/v1/latest/parking").json()["features"]]  # noqa: E731
    eventually(lambda: "ltk-18" in listed())
    again = send(api, PLACE | {"why": "again"})
    assert (again.status_code, "already" in again.text) == (422, True)


def test_files_leave_it_as_somebody_registered_it_until_they_are_to_take_over(
    api: RunningApi, conn: psycopg.Connection
) -> None:
    assert send(api, PLACE | {"id": "ltk-19", "why": "x"}).status_code == 303
    files = read()
    mine = next(one for one in files.places if one.id == "ltk-01")
    theirs = replace(
        files, places=(*files.places, replace(mine, id="ltk-19", capacity=3, zone=None, issuer=None))
    )
    store_catalogue.save(conn, theirs)
    assert (places.get(conn, "ltk-19").capacity, places.get(conn, "ltk-19").zone) == (14, "hanoi-inner")
    store_catalogue.save(conn, theirs, take_over_by="lan")
    assert (places.get(conn, "ltk-19").capacity, places.get(conn, "ltk-19").zone) == (3, None)
    trail = conn.execute("SELECT who, action FROM audit_entry WHERE object = 'place:ltk-19' ORDER BY id")
    assert trail.fetchall()[-1] == ("lan", "taken over by the catalogue's files")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"id": "Ltk 20"}, "Id"),
        ({"id": ""}, "Id"),
        ({"id": "ltk-01"}, "already"),
        ({"id": "air-kim-lien"}, "already"),
        ({"name_en": ""}, "Name in English"),
        ({"lat": "105.85", "lon": "21.02"}, "swapped"),
        ({"lat": "0", "lon": "0"}, "Latitude"),
        ({"lat": "16.05", "lon": "108.2"}, "Latitude"),
        ({"lat": "21.0.5"}, "Latitude"),
        ({"basis": "guess"}, "position is known"),
        ({"capacity": "0"}, "above 0"),
        ({"capacity": "9" * 12}, "above 0"),
        ({"zone": "", "issuer": "hn-parking"}, "both a zone"),
        ({"issuer": ""}, "both a zone"),
        ({"zone": "nowhere"}, "no tariff"),
        ({"opening": "22:00-06:00"}, "not over midnight"),
        ({"opening": "working_day 06:00-22:00"}, "cannot be read"),
        ({"vehicle_car": "", "vehicle_ev": ""}, "Vehicles"),
        ({"name_vi": "a\0b"}, "Name in Vietnamese"),
    ],
    ids=str,
)
def test_what_the_catalogue_would_refuse_is_refused_in_words(
    api: RunningApi, change: dict[str, str], told: str
) -> None:
    for path in ("/preview", ""):
        answer = send(api, PLACE | {"id": "ltk-20", "why": "x"} | change, path)
        assert answer.status_code == 422, answer.text
        problem = answer.text[answer.text.index('<div class="problem"') :]
        assert told.lower() in problem[: problem.index("</div>")].lower(), problem[:600]


def test_a_place_without_a_zone_is_only_counted(api: RunningApi, conn: psycopg.Connection) -> None:
    form = PLACE | {"id": "ltk-21", "zone": "", "issuer": "", "why": "a yard of the ward"}
    assert "nothing is sold" in send(api, form, "/preview").text
    assert send(api, form).status_code == 303
    assert places.get(conn, "ltk-21").zone is None
    asked = {"place_id": "ltk-21", "vehicle": "car", "start": "2026-11-30T09:00:00+07:00", "minutes": 60}
    assert api.client.post("/api/v1/parking/quote", json=asked).status_code == 422


def test_who_only_looks_registers_nothing(api: RunningApi) -> None:
    headers = role_keys.headers("viewer")
    assert api.client.get("/ops/new/place", headers=headers).status_code == 403
    assert send(api, PLACE | {"id": "ltk-22", "why": "x"}, who="viewer").status_code == 403
    assert "/ops/new/place" not in api.client.get("/ops/new", headers=headers).text
