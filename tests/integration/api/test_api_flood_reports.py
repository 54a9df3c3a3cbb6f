"""Staff confirm and deny floods over HTTP; their word and picture stand beside the sensor with their age."""

import io
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from PIL import Image

from api.post_turns import PER_PARTNER
from cityhub.config import read_settings
from cityhub.store import connect, flood_reports
from tests.integration.api.conftest import RunningApi
from tests.waiting import eventually

KEY, OTHER, POOR = "0123456789abcdef01", "1123456789abcdef01", "2123456789abcdef01"
STAFF = {"Authorization": f"Bearer {KEY}"}
POINT = "flood-cau-giay"
REPORTS = f"/api/v1/flood/{POINT}/reports"
NOW = datetime.now(UTC).replace(microsecond=0)
MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module", autouse=True)
def _clock() -> None:
    """The time when these tests run, which may be long after they were collected."""
    global NOW  # noqa: PLW0603
    NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture(scope="module")
def street(
    database_url: str, run_api: Callable[..., AbstractContextManager[RunningApi]]
) -> Iterator[RunningApi]:
    keys = f"hsdc:{KEY}:flood:write,other:{OTHER}:flood:write,ward-7:{POOR}"
    with run_api(read_settings(database_url=database_url, rate_per_minute=0, api_keys=keys)) as api:
        yield api


def told(**changes: Any) -> dict[str, Any]:
    return {
        "reference": str(uuid4()),
        "state": "flooded",
        "observed_at": NOW.isoformat(),
        "depth": 25,
        **changes,
    }


def picture(color: str = "navy") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), color).save(out, "JPEG")
    return out.getvalue()


def shown(street: RunningApi, id: str = POINT) -> dict[str, Any]:
    features = street.client.get("/api/v1/latest/flood").json()["features"]
    found: dict[str, Any] = next(one for one in features if one["id"] == id)["properties"]
    return found


def send(street: RunningApi, id: str, body: bytes, key: str = KEY, kind: str = "image/jpeg") -> Any:
    headers = {"Authorization": f"Bearer {key}", "Content-Type": kind}
    return street.client.put(f"/api/v1/flood/reports/{id}/photo", headers=headers, content=body)


def test_a_confirmation_stands_beside_the_sensor_with_its_picture_and_age(street: RunningApi) -> None:
    asked = told(observed_at=(NOW - 7 * MINUTE).isoformat())
    answer = street.client.post(REPORTS, headers=STAFF, json=asked)
    assert answer.status_code == 201, answer.text
    report = answer.json()
    assert (report["told_by"], report["photo"], report["depth"]) == ("hsdc", None, 25)
    kept = send(street, report["id"], picture()).json()
    assert kept["photo"] == f"/api/v1/flood/reports/{report['id']}/photo"
    eventually(lambda: (shown(street)["report"] or {}).get("photo") == kept["photo"])
    found = shown(street)
    assert found["report"]["state"] == "flooded"
    assert 7 <= found["report"]["age_min"] < 12
    # The sensor has said nothing, and is not spoken for; the risk is what staff saw.
    assert (found["depth"], found["risk"]["level"], found["risk"]["basis"]) == (None, "flooded", "report")
    page = street.client.get("/flood?lang=en").text
    assert "Staff confirmed the flood at" in page
    assert f'<img src="{kept["photo"]}"' in page
    photo = street.client.get(kept["photo"])
    assert (photo.headers["content-type"], Image.open(io.BytesIO(photo.content)).size) == (
        "image/jpeg",
        (64, 48),
    )
    assert photo.headers["x-content-type-options"] == "nosniff"
    listed = street.client.get(REPORTS).json()["reports"]
    assert [one["id"] for one in listed] == [report["id"]]


def test_the_same_told_again_is_the_same_and_another_content_is_a_conflict(street: RunningApi) -> None:
    asked = told(state="dry", depth=None)
    first = street.client.post(REPORTS, headers=STAFF, json=asked)
    again = street.client.post(REPORTS, headers=STAFF, json=asked)
    assert (first.status_code, again.status_code, first.json()["id"]) == (201, 200, again.json()["id"])
    other = street.client.post(REPORTS, headers=STAFF, json=asked | {"state": "flooded"})
    assert (other.status_code, other.json()["rule"]) == (409, "flood_report_once")
    # Another key's numbers are its own.
    theirs = street.client.post(REPORTS, headers={"Authorization": f"Bearer {OTHER}"}, json=asked)
    assert theirs.status_code == 201
    id = first.json()["id"]
    assert [send(street, id, picture()).status_code for _ in range(2)] == [200, 200]
    assert send(street, id, picture("red")).status_code == 409
    assert send(street, id, picture(), key=OTHER).status_code == 404


def test_a_denial_is_shown_and_the_sensor_keeps_its_word(street: RunningApi, seed: Any) -> None:
    seed({("flood-minh-khai", "depth"): [(datetime.now(UTC), 31.0, 0)]})
    path = "/api/v1/flood/flood-minh-khai/reports"
    assert street.client.post(path, headers=STAFF, json=told(state="dry", depth=None)).status_code == 201
    eventually(lambda: shown(street, "flood-minh-khai")["report"] is not None)
    found = shown(street, "flood-minh-khai")
    assert (found["report"]["state"], found["depth"], found["passable"]["car"]) == ("dry", 31.0, "no")
    assert found["risk"]["basis"] == "sensor"


@pytest.mark.parametrize(
    ("changes", "status", "field"),
    [
        ({"state": "wet"}, 400, "state"),
        ({"observed_at": "2026-11-22T10:00:00"}, 400, "observed_at"),
        ({"observed_at": (NOW + 60 * MINUTE).isoformat()}, 400, "observed_at"),
        ({"depth": 400}, 400, "depth"),
        ({"reference": ""}, 400, "reference"),
        ({"note": "x"}, 400, None),
    ],
)
def test_what_cannot_be_is_told_in_one_clear_problem(
    street: RunningApi, changes: dict[str, Any], status: int, field: str | None
) -> None:
    answer = street.client.post(REPORTS, headers=STAFF, json=told(**changes))
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    if field is not None:
        assert [one["field"] for one in answer.json()["errors"]] == [field]


def test_who_has_no_key_for_it_tells_nothing(street: RunningApi) -> None:
    assert street.client.post(REPORTS, json=told()).status_code == 401
    poor = {"Authorization": f"Bearer {POOR}"}
    assert street.client.post(REPORTS, headers=poor, json=told()).status_code == 403
    unknown = street.client.post("/api/v1/flood/air-kim-lien/reports", headers=STAFF, json=told())
    assert unknown.status_code == 404


def test_what_is_no_picture_is_not_kept(street: RunningApi) -> None:
    id = street.client.post(REPORTS, headers=STAFF, json=told()).json()["id"]
    assert send(street, id, b"<svg/>", kind="image/svg+xml").status_code == 415
    assert send(street, id, b"no picture").status_code == 400
    assert send(street, id, bytes(5 * 1024 * 1024 + 1)).status_code == 413
    assert send(street, str(uuid4()), picture()).status_code == 404
    assert street.client.get(f"/api/v1/flood/reports/{id}/photo").status_code == 404


def test_a_sender_has_two_pictures_under_way_and_others_go_on(street: RunningApi) -> None:
    id = street.client.post(REPORTS, headers=STAFF, json=told()).json()["id"]
    turns = street.server.config.app.state.hub.picture_turns  # type: ignore[union-attr]
    turns._under_way["key:hsdc"] = PER_PARTNER
    try:
        assert send(street, id, picture()).status_code == 503
        # Who has no report of this number is told so, in their own turn.
        assert send(street, id, picture(), key=OTHER).status_code == 404
    finally:
        del turns._under_way["key:hsdc"]
    assert send(street, id, picture()).status_code == 200
    assert not turns._under_way


@pytest.mark.parametrize("kind", ["image/gif", "image/svg+xml", "text/html", "application/pdf", ""])
def test_only_pictures_are_taken_and_what_they_are_is_seen_in_them(street: RunningApi, kind: str) -> None:
    id = street.client.post(REPORTS, headers=STAFF, json=told()).json()["id"]
    assert send(street, id, picture(), kind=kind).status_code == 415
    assert send(street, id, b"<html><script>alert(1)</script>", kind="image/png").status_code == 400
    # A JPEG that is called a PNG is a JPEG, and is given as one.
    assert send(street, id, picture(), kind="image/png").status_code == 200
    answer = street.client.get(f"/api/v1/flood/reports/{id}/photo")
    assert (answer.headers["content-type"], answer.headers["x-content-type-options"]) == (
        "image/jpeg",
        "nosniff",
    )


def test_pictures_are_removed_when_their_time_is_over_and_reports_stay(
    street: RunningApi, database_url: str
) -> None:
    id = street.client.post(REPORTS, headers=STAFF, json=told()).json()["id"]
    send(street, id, picture())
    with connect(database_url, "tests", autocommit=True) as conn:
        assert flood_reports.remove_photos(conn, NOW - timedelta(days=30)) == 0
        assert flood_reports.remove_photos(conn, datetime.now(UTC) + MINUTE) > 0
        assert flood_reports.by_id(conn, id).has_photo is False
        with pytest.raises(psycopg.errors.CheckViolation):
            conn.execute("UPDATE flood_report SET depth = 900 WHERE id = %s", (id,))
