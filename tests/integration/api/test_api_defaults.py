"""Every program on a database whose defaults are others: `SQL, DMY`, another time zone, time-outs of a millisecond."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from paho.mqtt import publish

from cityhub.catalogue import read
from cityhub.config import Settings
from cityhub.observing import topics
from cityhub.store import catalogue, connect, jobs
from cityhub.store.migrations import migrate
from tests.defaults import other_defaults
from tests.waiting import eventually
from tools.cli import main

AIR = "air-trung-yen-3"
KEY = "0123456789abcdef"
NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture(scope="module", autouse=True)
def _clock() -> None:
    """The time when these tests run, which may be long after they were collected."""
    global NOW  # noqa: PLW0603
    NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def settings(services: Any, settings_for: Callable[..., Settings]) -> Iterator[Settings]:
    """Settings that lead to such a database, with the catalogue of Hanoi."""
    with other_defaults(services, "role") as url:
        migrate(url)
        with connect(url, "tests") as conn:
            catalogue.save(conn, read())
        yield settings_for(database_url=url, api_keys=f"ward-7:{KEY}", jobs_metrics_port=0)


def test_no_default_of_the_database_reaches_a_program(
    settings: Settings, run_api: Any, start_ingest: Callable[[Settings], object]
) -> None:
    start_ingest(settings)
    with run_api(settings) as api:
        message = {"time": (NOW - timedelta(seconds=30)).isoformat(), "values": {"pm2_5": 35.25}, "seq": 7}
        topic = topics.telemetry(settings.topic_prefix, "air", AIR)
        broker = settings.broker()
        publish.single(topic, json.dumps(message), qos=1, hostname=broker.host, port=broker.port)

        def latest() -> dict[str, Any]:
            features = api.client.get("/api/v1/latest/air").json()["features"]
            [found] = [feature["properties"] for feature in features if feature["id"] == AIR]
            return dict(found)

        eventually(lambda: latest()["values"] == {"pm2_5": 35.25}, told=latest)
        assert datetime.fromisoformat(latest()["time"]) == NOW - timedelta(seconds=30)
        item = {"sensor_id": AIR, "time": NOW.isoformat(), "values": {"pm2_5": 36.5}}
        posted = api.client.post("/api/v1/observations", json=[item], headers={"X-API-Key": KEY})
        assert posted.json()["stored"] == 1
        span = {
            "start": (NOW - timedelta(hours=2)).isoformat(),
            "end": (NOW + timedelta(hours=2)).isoformat(),
        }
        for step, value in (("raw", "value"), ("PT1H", "max"), ("P1D", "max")):
            rows = api.client.get(
                f"/api/v1/sensors/{AIR}/observations", params=span | {"property": "pm2_5", "step": step}
            ).json()["rows"]
            assert max(row[value] for row in rows) == 36.5
        for path in (f"/api/v1/sensors/{AIR}", f"/api/v1/sensors/{AIR}/corrections", "/api/v1/areas"):
            assert api.client.get(path).status_code == 200, path
        day = NOW.astimezone().date().isoformat()
        assert api.client.get("/api/v1/health", params={"day": day, "format": "csv"}).status_code == 200
        assert api.client.get("/readyz").status_code == 200


def test_jobs_and_commands_work_there_too(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)
    for command in (["migrate"], ["quality", "review"], ["health"], ["quarantine", "list"], ["retention"]):
        with pytest.raises(SystemExit) as ended:
            main(command)
        assert ended.value.code == 0, (command, capfd.readouterr())
    url = settings.require("database_url")
    with connect(url, "tests") as conn:
        jobs.add(conn, "review", {})

    def is_done() -> bool:
        with connect(url, "tests") as conn:
            return conn.execute("SELECT status FROM procrastinate_jobs").fetchone() == ("succeeded",)

    process = subprocess.Popen(
        [sys.executable, "-m", "jobs"],
        env=os.environ | settings.environment(),
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        eventually(is_done, 40, lives=lambda: process.poll() is None)
    finally:
        process.terminate()
        _, log = process.communicate(timeout=40)
    assert '"level": "error"' not in log, log
