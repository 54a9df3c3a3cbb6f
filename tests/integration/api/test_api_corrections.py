"""What was corrected afterwards, as the public may see it, and what the public sees of the readings then."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api import cursors
from cityhub.observing.quality import BITS, FAULT, NEIGHBOUR
from cityhub.store import connect, corrections
from cityhub.store.corrections import Correction

NOON = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
SENSOR = "air-trung-yen-3"
URL = f"/api/v1/sensors/{SENSOR}/corrections"


@pytest.fixture(scope="module", autouse=True)
def _corrected(seed: Any, database_url: str) -> None:
    times = [NOON + timedelta(minutes=minute) for minute in range(4)]
    seed({(SENSOR, "pm2_5"): [(time, 40.0, 0) for time in times]})
    seed({("air-kim-lien", "pm2_5"): [(time, 40.0, 0) for time in times]})
    with connect(database_url, "tests") as conn:
        for sensor in (SENSOR, "air-kim-lien"):
            id = corrections.datastream_id(conn, sensor, "pm2_5")
            for minute, name in enumerate(BITS):
                span = (NOON, NOON + timedelta(minutes=minute % 4 + 1), "Nguyễn Văn An", "bụi công trường")
                corrections.apply(conn, Correction(id, *span, BITS[name]))
            span = (NOON, NOON + timedelta(hours=1), "review", "no longer")
            corrections.apply(conn, Correction(id, *span, NEIGHBOUR, FAULT))


def test_a_sensor_s_corrections_are_told_newest_first_without_who_made_them(api: Any) -> None:
    answer = api.client.get(URL)
    told = answer.raise_for_status().json()
    newest, *_, first = told["corrections"]
    assert (told["sensor_id"], told["next"], len(told["corrections"])) == (SENSOR, None, len(BITS) + 1)
    made_at = datetime.fromisoformat(first.pop("made_at"))
    assert made_at.utcoffset() == timedelta(hours=7)
    assert datetime.now(UTC) - made_at < timedelta(minutes=5)
    assert isinstance(first.pop("id"), int)
    assert first == {
        "property": "pm2_5",
        "start": "2026-11-22T12:00:00+07:00",
        "end": "2026-11-22T12:01:00+07:00",
        "set": ["range"],
        "cleared": [],
        "observations": 1,
        "reason": "bụi công trường",
    }
    assert (newest["set"], newest["cleared"], newest["reason"]) == (["neighbour"], ["fault"], "no longer")
    assert "Nguyễn" not in answer.text
    assert "made_by" not in answer.text


def test_pages_hold_every_correction_once(api: Any) -> None:
    whole = api.client.get(URL).json()["corrections"]
    paged, url = [], f"{URL}?limit=3"
    while url is not None:
        page = api.client.get(url).raise_for_status().json()
        assert len(page["corrections"]) <= 3
        paged += page["corrections"]
        url = page["next"]
    assert paged == whole


@pytest.mark.parametrize("key", [(0,), (2**63,), ("x",), (1, 2)], ids=str)
def test_a_cursor_that_was_not_made_here_is_refused(api: Any, key: tuple[object, ...]) -> None:
    cursor = cursors.encode({"list": "corrections", "sensor": SENSOR}, key)
    answer = api.client.get(URL, params={"cursor": cursor})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "cursor"


def test_a_sensor_without_corrections_has_an_empty_list_and_an_unknown_one_is_not_found(api: Any) -> None:
    answer = api.client.get("/api/v1/sensors/air-hang-dau/corrections")
    assert answer.json() == {"sensor_id": "air-hang-dau", "corrections": [], "next": None}
    assert api.client.get("/api/v1/sensors/air-none/corrections").status_code == 404


def test_the_longest_span_that_can_be_corrected_is_told(api: Any, database_url: str) -> None:
    with connect(database_url, "tests") as conn:
        id = corrections.datastream_id(conn, "air-kim-lien", "pm2_5")
        span = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC) - timedelta(seconds=1))
        assert corrections.apply(conn, Correction(id, *span, "An", "all of it", FAULT)) == 4
    newest = (
        api.client.get("/api/v1/sensors/air-kim-lien/corrections").raise_for_status().json()["corrections"][0]
    )
    assert (newest["start"], newest["end"]) == ("2000-01-01T07:00:00+07:00", "2200-01-01T06:59:59+07:00")


def test_it_may_be_kept_and_asked_again(api: Any) -> None:
    answer = api.client.get(URL)
    assert "max-age=10" in answer.headers["Cache-Control"]
    again = api.client.get(URL, headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_a_marked_reading_is_shown_with_its_flags_and_its_value(api: Any) -> None:
    span = {"property": "pm2_5", "start": NOON.isoformat(), "end": (NOON + timedelta(minutes=4)).isoformat()}
    rows = api.client.get(f"/api/v1/sensors/{SENSOR}/observations", params=span).json()["rows"]
    assert [row["value"] for row in rows] == [40.0] * 4
    assert all("neighbour" in row["quality"] and "fault" not in row["quality"] for row in rows)
