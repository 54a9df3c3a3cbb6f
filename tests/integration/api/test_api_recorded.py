"""Answers byte for byte as they were recorded in tests/data/answers, so that nothing changes unseen.

Where a change is meant: delete the recorded file, run this module, which records what is missing and fails, read the
difference, and commit it.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from api.snapshots import build
from cityhub.config import read_settings
from cityhub.observing.quality import FAULT, FLATLINE, NEIGHBOUR, RANGE, RATE
from cityhub.store import connect, corrections, health, latest, statuses
from cityhub.store.corrections import Correction
from cityhub.store.statuses import Report

RECORDED = Path(__file__).parents[2] / "data" / "answers"
KEY = "0123456789abcdef"
NOON = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
AIR, RAIN, FLOOD, WATER = "air-trung-yen-3", "rain-ba-dinh", "flood-cau-giay", "water-west-lake-north"
PLACE = "thd-05"

# What depends on when the test runs.
_MOMENTS = re.compile(r'"made_at":"[^"]*"|"hours":\[[^]]*\]')


def ago(**span: float) -> datetime:
    return NOON - timedelta(**span)


@pytest.fixture(scope="module", autouse=True)
def _city(seed: Any, database_url: str) -> None:
    """Readings of every kind around one noon: good, marked, rejected, old, absent."""
    bays = [f"{PLACE}-b{number:02}" for number in range(1, 4)]
    seed(
        {
            (AIR, "pm2_5"): [
                (ago(days=1, hours=2), 30.5, 0),
                (ago(minutes=70), 41.25, 0),
                (ago(minutes=2), 35.2, RATE),
                (ago(minutes=1), 60.0, NEIGHBOUR | FLATLINE),
                (ago(minutes=0), 35.0, 0),
            ],
            (AIR, "pm10"): [(ago(seconds=20), -999.0, FAULT)],
            (AIR, "co"): [(ago(hours=3), 400.0, 0)],
            (AIR, "battery"): [(ago(minutes=1), 87.0, 0)],
            (AIR, "rssi"): [(ago(minutes=1), -300.0, RANGE)],
            (AIR, "seq"): [(ago(minutes=2), 7.0, 0), (ago(minutes=1), 9.0, 0), (ago(minutes=0), 1.0, 0)],
            ("air-kim-lien", "pm2_5"): [(ago(minutes=5), 12.0, 0)],
            (RAIN, "rain"): [
                (ago(hours=5), 7.0, 0),
                (ago(minutes=90), 0.2, 0),
                (ago(minutes=2), 0.1, 0),
                (ago(minutes=1), 99.0, RANGE),
                (ago(minutes=0), 0.0, 0),
            ],
            (FLOOD, "depth"): [(ago(minutes=1), 34.0, 0)],
            (WATER, "dissolved_oxygen"): [(ago(minutes=3), 4.5, 0)],
            (WATER, "ph"): [(ago(minutes=3), 15.0, RANGE)],
            **{
                (bay, "occupied"): [(ago(minutes=1), float(number % 2), 0)] for number, bay in enumerate(bays)
            },
            ("ltk-01", "occupied_count"): [(ago(minutes=4), 3.0, 0)],
        }
    )
    with connect(database_url, "tests") as conn:
        statuses.record(
            conn,
            [
                Report(AIR, True, ago(hours=6), None),
                Report("air-kim-lien", False, ago(minutes=1), None),
                Report(bays[1], False, ago(seconds=10), None),
            ],
        )
        id = corrections.datastream_id(conn, AIR, "pm2_5")
        corrections.apply(
            conn, Correction(id, ago(days=2), ago(days=1), "Nguyễn Văn An", "bụi công trường", FAULT)
        )
        corrections.apply(conn, Correction(id, ago(days=2), ago(days=1), "review", "no longer", 0, FAULT))
        health.refresh_day(conn, date(2026, 3, 1), NOON)
        health.refresh_day(conn, date(2026, 3, 2), NOON)


@pytest.fixture(scope="module")
def hub_api(run_api: Callable[..., AbstractContextManager[Any]], database_url: str) -> Iterator[Any]:
    """A server that takes posts with KEY."""
    with run_api(read_settings(database_url=database_url, api_keys=f"ward-7:{KEY}")) as api:
        yield api


def compare(name: str, answer: bytes) -> None:
    """Holds `answer`, without what depends on the moment, against the recorded file."""
    found = _MOMENTS.sub(lambda match: f"<{match[0].partition(':')[0]}>", answer.decode())
    file = RECORDED / name
    if not file.exists():
        file.write_text(found + "\n", encoding="utf-8", newline="")
        pytest.fail(f"{name} was not recorded; it is now: read it and run again")
    assert found + "\n" == file.read_bytes().decode()


HISTORY = (
    f"/api/v1/sensors/{AIR}/observations?property=pm2_5&start=2026-02-28T00:00:00Z&end=2026-03-03T00:00:00Z"
)
HEALTH = f"/api/v1/sensors/{AIR}/health?start=2026-03-01&end=2026-03-03"


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("kinds.json", "/api/v1/kinds"),
        ("sensors.json", "/api/v1/sensors?kind=air&limit=3"),
        ("sensors_near.json", "/api/v1/sensors?near=21.0245,105.8412&radius=900&limit=2"),
        ("sensor.json", f"/api/v1/sensors/{AIR}"),
        ("sensor_bay.json", f"/api/v1/sensors/{PLACE}-b01"),
        ("history_raw.json", f"{HISTORY}&limit=2"),
        ("history_raw.csv", f"{HISTORY}&format=csv"),
        ("history_hourly.json", f"{HISTORY}&step=PT1H"),
        ("history_hourly.csv", f"{HISTORY}&step=PT1H&format=csv"),
        ("history_daily.json", f"{HISTORY}&step=P1D"),
        ("corrections.json", f"/api/v1/sensors/{AIR}/corrections?limit=1"),
        ("health_of_sensor.json", f"{HEALTH}&limit=1"),
        ("health_of_day.json", "/api/v1/health?day=2026-03-02&limit=2&kind=air"),
        ("health_of_day.csv", "/api/v1/health?day=2026-03-02&kind=air&format=csv"),
        ("healthz.json", "/healthz"),
        ("problem_not_found.json", "/api/v1/sensors/air-nowhere"),
        ("problem_invalid.json", "/api/v1/sensors?limit=0&radius=x"),
    ],
)
def test_an_answer_is_as_recorded(hub_api: Any, name: str, url: str) -> None:
    compare(name, hub_api.client.get(url).content)


def test_the_answer_to_a_post_is_as_recorded(hub_api: Any) -> None:
    # A day that no recorded history holds.
    items = [
        {"sensor_id": AIR, "time": "2026-02-01T00:00:00Z", "values": {"pm2_5": 20.5, "smell": 3}},
        {"sensor_id": AIR, "time": "2026-02-01T00:00:00Z", "values": {"pm2_5": 20.5}},
        {"sensor_id": "air-nowhere", "time": "2026-02-01T00:00:00Z", "values": {"pm2_5": 1}},
        {"sensor_id": AIR, "values": {"pm2_5": 1}},
        7,
    ]
    answer = hub_api.client.post(
        "/api/v1/observations?detail=all", json=items, headers={"Authorization": f"Bearer {KEY}"}
    )
    assert answer.status_code == 207
    compare("posted.json", answer.content)


@pytest.mark.parametrize("kind", ["air", "rain", "flood", "water", "parking"])
def test_the_newest_state_is_as_recorded(kind: Any, database_url: str) -> None:
    with connect(database_url, "tests") as conn:
        state = latest.Reader().state(conn, kind, NOON)
    compare(
        f"latest_{kind}.json",
        bytes(build(kind, state, NOON).plain.body).replace(b'},{"type"', b'},\n{"type"'),
    )
