"""What sensors publish before ingest ever ran waits for it: its session can be made ahead."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from paho.mqtt import publish

from cityhub.config import Settings
from cityhub.errors import ServiceError
from cityhub.observing import topics
from ingest.session import prepare
from tests.conftest import Services
from tests.waiting import eventually
from tools.services.ports import free_port

AIR = "air-us-embassy"
NOW = datetime.now(UTC).replace(microsecond=0)

StartIngest = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def settings(hub_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """Settings in this process's environment, and an empty database afterwards."""
    for name, value in hub_settings.environment().items():
        monkeypatch.setenv(name, value)
    yield hub_settings
    with psycopg.connect(hub_settings.require("database_url"), autocommit=True) as conn:
        conn.execute("TRUNCATE observation, observation_hourly, latest, quarantine")


@pytest.fixture
def keeping_broker(services: Services) -> None:
    """A broker that keeps messages for who is away."""
    if services.mqtt_version != "5":
        pytest.skip("the embedded broker forgets messages under way")


def hub(*words: str) -> "subprocess.CompletedProcess[str]":
    """A command in a process of its own: its log is set up for good."""
    return subprocess.run(
        [sys.executable, "-m", "tools", *words], capture_output=True, check=False, text=True, timeout=60
    )


def send(settings: Settings, count: int, first: int = 0) -> None:
    """So many messages at QoS 1, each a second after the one before."""
    topic = topics.telemetry(settings.topic_prefix, "air", AIR)
    broker = settings.broker()
    publish.multiple(
        [
            {
                "topic": topic,
                "qos": 1,
                "payload": json.dumps(
                    {"time": (NOW + timedelta(seconds=n)).isoformat(), "values": {"pm2_5": 20}}
                ),
            }
            for n in range(first - 1000, first - 1000 + count)
        ],
        hostname=broker.host,
        port=broker.port,
    )


def stored(settings: Settings) -> int:
    with psycopg.connect(settings.require("database_url")) as conn:
        return conn.execute("SELECT FROM observation").rowcount


@pytest.mark.usefixtures("keeping_broker")
@pytest.mark.parametrize("command", [("ingest", "--prepare"), ("migrate",)], ids=" ".join)
def test_what_is_published_before_ingest_ever_ran_is_stored(
    command: tuple[str, ...], settings: Settings, start_ingest: StartIngest
) -> None:
    done = hub(*command)
    assert done.returncode == 0, done.stderr
    assert f"session {settings.ingest_client_id} is at the broker" in done.stdout
    send(settings, 200)
    assert hub(*command).returncode == 0, "made again, it keeps what waits"
    send(settings, 100, first=200)
    start_ingest(settings)
    eventually(lambda: stored(settings) == 300, told=lambda: stored(settings))


@pytest.mark.usefixtures("keeping_broker")
def test_the_module_makes_the_session_where_there_is_no_command_line(
    settings: Settings, start_ingest: StartIngest
) -> None:
    made = subprocess.run(
        [sys.executable, "-m", "ingest.session"], capture_output=True, check=False, text=True
    )
    assert (made.returncode, made.stdout) == (0, ""), made.stderr
    send(settings, 10)
    start_ingest(settings)
    eventually(lambda: stored(settings) == 10)


@pytest.mark.usefixtures("keeping_broker")
def test_making_it_while_ingest_runs_loses_and_doubles_nothing(
    settings: Settings, start_ingest: StartIngest
) -> None:
    start_ingest(settings)
    for first in range(0, 300, 100):
        send(settings, 100, first)
        assert hub("ingest", "--prepare").returncode == 0
    eventually(lambda: stored(settings) == 300, told=lambda: stored(settings))


def test_a_broker_that_is_away_is_one_clear_line(
    hub_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.session.PATIENCE_S", 0.5)
    port = free_port()
    away = hub_settings.model_copy(update={"mqtt_url": f"mqtt://ingest:word@127.0.0.1:{port}"})
    with pytest.raises(ServiceError) as told:
        prepare(away)
    assert str(told.value) == (
        f"no session for ingest at the broker 127.0.0.1:{port}: it did not take a subscription within 0.5 s"
    )


@pytest.mark.usefixtures("settings")
def test_migrating_without_a_broker_is_about_the_database_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CITYHUB_MQTT_URL")
    done = hub("migrate")
    assert done.returncode == 0
    assert "session" not in done.stdout


@pytest.mark.usefixtures("keeping_broker")
@pytest.mark.parametrize("workers", [0, 2])
def test_the_session_does_not_wait_for_the_database(
    settings: Settings, start_ingest: StartIngest, workers: int
) -> None:
    """Whoever starts all at once has a broker long before a database."""
    away = settings.model_copy(update={"database_url": "postgresql://127.0.0.1:1/none"})
    process = start_ingest(away, workers=workers)
    send(settings, 10)
    process.terminate()
    assert process.wait(20) == 0
    start_ingest(settings)
    eventually(lambda: stored(settings) == 10)
