"""The API does its work with its own role of the database (what that must not do: test_privileges.py)."""

import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from PIL import Image

from cityhub.api_keys import SCOPES
from cityhub.config import read_settings
from cityhub.rfc3339 import local_time
from cityhub.store import connect, people
from tests.conftest import Services
from tests.integration.roles import database_with_roles

KEY = "0123456789abcdef0123"
DAY = timedelta(days=1)
SENSOR = "air-trung-yen-3"


@pytest.fixture(scope="module")
def urls(services: Services) -> Iterator[dict[str, str]]:
    with database_with_roles(services) as urls:
        yield urls


@pytest.fixture
def owner(urls: dict[str, str]) -> Iterator[psycopg.Connection]:
    with connect(urls["owner"], "tests", autocommit=True) as conn:
        yield conn


def item(time: datetime, **values: float) -> dict[str, Any]:
    return {"sensor_id": SENSOR, "time": time.isoformat(), "values": values}


def test_the_api_answers_every_get_and_takes_posts_with_its_own_role(
    urls: dict[str, str], owner: psycopg.Connection, run_api: Any, tmp_path: Path
) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    settings = read_settings(
        database_url=urls["api"],
        api_keys=f"partner:{KEY}:{'+'.join(SCOPES)}",
        rate_per_minute=0,
        key_rate_per_minute=0,
        data_dir=str(tmp_path),
    )
    with run_api(settings) as api:
        posted = api.client.post(
            "/api/v1/observations",
            headers={"Authorization": f"Bearer {KEY}"},
            json=[
                # A new datastream and a new chunk, and one that is there already.
                item(now - timedelta(minutes=3), pm2_5=20) | {"rssi": -60},
                item(now - 60 * DAY, pm2_5=21),
                item(now - timedelta(minutes=3), pm2_5=20) | {"rssi": -60},
            ],
        )
        assert (posted.status_code, posted.json()["stored"], posted.json()["duplicates"]) == (207, 3, 2)
        sample = api.client.post(
            "/api/v1/water/water-west-lake-north/samples",
            headers={"Authorization": f"Bearer {KEY}"},
            json={
                "sampled_at": now.isoformat(),
                "laboratory": "CEMC",
                "reference": "1",
                "results": [{"parameter": "bod5", "value": 5, "unit": "mg/L", "method": "TCVN 6001-1:2021"}],
            },
        )
        assert sample.status_code == 201, sample.text
        corrected = api.client.post(
            f"/api/v1/water/samples/{sample.json()['id']}/corrections",
            headers={"Authorization": f"Bearer {KEY}"},
            json={
                "reason": "typing error",
                "results": [
                    {"parameter": "bod5", "value": "<4", "unit": "mg/L", "method": "TCVN 6001-1:2021"}
                ],
            },
        )
        assert corrected.status_code == 200, corrected.text
        told = api.client.post(
            "/api/v1/flood/flood-cau-giay/reports",
            headers={"Authorization": f"Bearer {KEY}"},
            json={"reference": "1", "state": "flooded", "observed_at": now.isoformat(), "depth": 20},
        )
        assert told.status_code == 201, told.text
        photo = io.BytesIO()
        Image.new("RGB", (8, 8)).save(photo, "PNG")
        sent = api.client.put(
            f"/api/v1/flood/reports/{told.json()['id']}/photo",
            headers={"Authorization": f"Bearer {KEY}", "Content-Type": "image/png"},
            content=photo.getvalue(),
        )
        assert sent.status_code == 200, sent.text
        [(ward,)] = owner.execute("SELECT coalesce((SELECT id FROM area LIMIT 1), 'none')").fetchall()
        document = api.client.get("/openapi.json").json()
        given = {
            "sensor_id": SENSOR,
            "station_id": SENSOR,
            "kind": "air",
            "area_id": ward,
            "slug": "air",
            "place_id": "ltk-01",
        }
        given |= {"month": local_time(now)[:7], "format": "gpkg"}
        # Of what is somebody's there is nothing yet, which the role has to be able to see.
        given |= {
            "token": "x" * 22,
            "payment_id": str(uuid4()),
            "number": "HN-2026-000001",
            "right_id": str(uuid4()),
            "station_id": "water-west-lake-north",
            "sample_id": sample.json()["id"],
            "plate": "30A-123.45",
            "point_id": "flood-cau-giay",
            "report_id": told.json()["id"],
        }
        needed = {
            "property": "pm2_5",
            "start": (now - 20 * DAY).isoformat(),
            "end": now.isoformat(),
            "day": now.isoformat(),
            "from": now.date().isoformat(),
            "to": now.date().isoformat(),
        }
        asked = 0
        for path, operations in document["paths"].items():
            if "get" not in operations or path == "/api/v1/live":
                continue
            required = {one["name"] for one in operations["get"].get("parameters", []) if one.get("required")}
            params = {name: text for name, text in needed.items() if name in required}
            if path.endswith("/health"):
                params = {name: text[:10] for name, text in params.items()}
            answer = api.client.get(
                path.format_map(given), params=params, headers={"Authorization": f"Bearer {KEY}"}
            )
            asked += 1
            is_somebodys = any(name in path for name in ("{token}", "{payment_id}", "{number}", "{right_id}"))
            assert answer.status_code == 200 or (
                answer.status_code == 404 and (ward == "none" or is_somebodys)
            ), (
                path,
                answer.text[:200],
            )
        assert asked > 10
        for step in ("raw", "PT1H", "P1D"):
            answer = api.client.get(f"/api/v1/sensors/{SENSOR}/observations", params={**needed, "step": step})
            assert answer.status_code == 200, answer.text
        assert api.client.get("/readyz").status_code == 200


def test_people_sign_in_and_change_their_password_with_the_apis_own_role(
    urls: dict[str, str], owner: psycopg.Connection, run_api: Any
) -> None:
    first, own = "the first of them all", "four words of their own"
    with owner.transaction():
        people.add(owner, "lan", "viewer", first, datetime.now(UTC))
    with run_api(read_settings(database_url=urls["api"])) as api:

        def sign_in(name: str, password: str) -> int:
            return int(api.client.post("/login", data={"name": name, "password": password}).status_code)

        assert sign_in("nobody-here", first) == sign_in("lan", "wrong") == 401
        assert [sign_in("lan", first), sign_in("lan", "wrong"), sign_in("lan", first)] == [303, 401, 303]
        changed = api.client.post("/account/password", data={"password": first, "new_password": own})
        assert changed.status_code == 200
        assert sign_in("lan", own) == 303
