"""The newest state: built in memory, kept fresh by notifications, kept through an outage."""

import gzip
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg import sql

from cityhub.config import read_settings
from tests.waiting import eventually

STATION = "air-trung-yen-3"


def feature(api: Any, kind: str, feature_id: str) -> Any:
    found = api.client.get(f"/api/v1/latest/{kind}").raise_for_status().json()["features"]
    return next(feature["properties"] for feature in found if feature["id"] == feature_id)


@pytest.mark.parametrize(("kind", "count"), [("air", 11), ("rain", 42), ("water", 2), ("parking", 17)])
def test_every_site_is_there_before_anything_reported(api: Any, kind: str, count: int) -> None:
    answer = api.client.get(f"/api/v1/latest/{kind}")
    assert answer.headers["content-type"] == "application/geo+json"
    collection = answer.json()
    assert (collection["type"], collection["kind"]) == ("FeatureCollection", kind)
    assert collection["generated_at"].endswith("+07:00")
    assert len(collection["features"]) == count
    assert {feature["properties"]["status"] for feature in collection["features"]} == {"offline"}


def test_a_stored_reading_shows_within_seconds(api: Any, seed: Any) -> None:
    now = datetime.now(UTC)
    seed({(STATION, "pm2_5"): [(now, 35.2, 0)], (STATION, "pm10"): [(now, 5000.0, 1)]})
    eventually(lambda: feature(api, "air", STATION)["values"].get("pm2_5") == 35.2)
    shown = feature(api, "air", STATION)
    assert shown["name"].startswith("Trung Yên 3")
    assert shown["name_en"].startswith("Trung Yen 3")
    assert shown["status"] == "online"
    assert (shown["values"]["pm10"], shown["quality"]["pm10"]) == (None, ["range"])
    assert datetime.fromisoformat(shown["time"]) == now
    assert shown["marker"]["color"] == "#ffff00"


def test_rain_is_summed_over_hours(api: Any, seed: Any) -> None:
    now = datetime.now(UTC)
    seed(
        {
            ("rain-ba-dinh", "rain"): [
                (now - timedelta(hours=5), 7.0, 0),
                (now - timedelta(hours=2), 2.0, 0),
                (now - timedelta(minutes=10), 0.5, 0),
                (now - timedelta(minutes=5), 99.0, 2),
                (now, 0.0, 0),
            ]
        }
    )
    eventually(lambda: feature(api, "rain", "rain-ba-dinh")["mm_24h"] == 9.5)
    shown = feature(api, "rain", "rain-ba-dinh")
    assert (shown["mm_1h"], shown["mm_3h"]) == (0.5, 2.5)


def test_bays_make_a_place(api: Any, seed: Any) -> None:
    now = datetime.now(UTC)
    seed({(f"ltk-01-b{number:02}", "occupied"): [(now, float(number > 3), 0)] for number in range(1, 9)})
    eventually(lambda: feature(api, "parking", "ltk-01")["free"] == 3)
    shown = feature(api, "parking", "ltk-01")
    assert (shown["state"], shown["values"]["occupied_count"]) == ("open", 5)
    assert shown["capacity"] >= 8


def test_what_the_client_has_is_not_sent_again(api: Any) -> None:
    for encoding in ("gzip", "identity"):
        answer = api.client.get("/api/v1/latest/flood", headers={"Accept-Encoding": encoding})
        assert answer.headers["cache-control"] == "public, max-age=1"
        assert answer.headers["vary"] == "Accept-Encoding"
        again = api.client.get(
            "/api/v1/latest/flood",
            headers={"Accept-Encoding": encoding, "If-None-Match": answer.headers["etag"]},
        )
        # A rebuild may come between the two, once in 15 s.
        assert again.status_code == 304 or again.headers["etag"] != answer.headers["etag"]


def test_it_is_sent_packed_to_who_takes_it(api: Any) -> None:
    with api.client.stream("GET", "/api/v1/latest/air", headers={"Accept-Encoding": "gzip"}) as answer:
        packed = b"".join(answer.iter_raw())
    assert answer.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed).startswith(b'{"type":"FeatureCollection"')
    plain = api.client.get("/api/v1/latest/air", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert len(plain.content) > len(packed)


def test_the_last_state_is_served_while_the_database_is_away_and_news_when_it_is_back(
    run_api: Any, services: Any, database_url: Any, seed: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr("api.updater.LONGEST_PAUSE_S", 1.0)
    name = sql.Identifier(database_url.rpartition("/")[2])
    seed({("air-hang-dau", "pm2_5"): [(datetime.now(UTC), 11.0, 0)]})
    with (
        run_api(read_settings(database_url=database_url)) as api,
        psycopg.connect(services.admin_url, autocommit=True) as admin,
    ):
        assert feature(api, "air", "air-hang-dau")["values"] == {"pm2_5": 11.0}
        admin.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(name))
        try:
            admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
                [database_url.rpartition("/")[2]],
            )
            before = feature(api, "air", "air-hang-dau")["age_s"]
            eventually(lambda: feature(api, "air", "air-hang-dau")["age_s"] > before)
            assert feature(api, "air", "air-hang-dau")["values"] == {"pm2_5": 11.0}
            eventually(lambda: api.client.get("/readyz").status_code == 503)
        finally:
            admin.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(name))
        eventually(lambda: api.client.get("/readyz").status_code == 200, 20)
        seed({("air-hang-dau", "pm2_5"): [(datetime.now(UTC), 12.0, 0)]})
        eventually(lambda: feature(api, "air", "air-hang-dau")["values"] == {"pm2_5": 12.0}, 20)
