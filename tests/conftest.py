"""What every test shares: no setting of the developer's shell reaches a test.

Integration and end-to-end tests use real servers: one database server and broker a run, a fresh database a module.
"""

import os
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import psycopg
import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from psycopg import sql

from cityhub.catalogue import read
from cityhub.config import Settings, read_settings
from cityhub.store import catalogue as store_catalogue
from cityhub.store import connect, tariffs
from cityhub.store.migrations import migrate
from tests import order
from tests.waiting import eventually
from tools.cli import main
from tools.services import debian, embedded
from tools.services.folders import hub_folder
from tools.services.instance import Instance, Kind


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--services",
        choices=["auto", "private", "embedded"],
        default="auto",
        help="servers of integration tests: private TimescaleDB + Mosquitto, embedded, or the best there is",
    )


def pytest_configure() -> None:
    for name in list(os.environ):
        if name.startswith("CITYHUB_"):
            del os.environ[name]
    # As Hypothesis itself does in CI: what it measures there is how busy the machine is.
    hypothesis_settings.register_profile(
        "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
    )
    hypothesis_settings.load_profile("any machine")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: order.rank(item.path))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for gap in filter(None, os.environ.get("HUB_TEST_GAPS", "").split("\n")):
        terminalreporter.write_line(f"not tested here: {gap}", yellow=True)


@pytest.fixture(scope="session", autouse=True)
def _logs_of_the_tests() -> Iterator[None]:
    """A command that a test runs in this process must not set how all tests after it log; programs of their own do."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("cityhub.logs.configure", lambda _settings, _program: None)
        yield


@dataclass(frozen=True)
class Services:
    """The run's own servers. `edition` is what a migrated database of it will be: apache or plain."""

    admin_url: str
    mqtt_url: str
    mqtt_version: str
    edition: str
    instance: Instance

    def database(self, name: str) -> str:
        """The URL of database `name`."""
        return self.admin_url.rpartition("/")[0] + "/" + name


@pytest.fixture(scope="session")
def services(request: pytest.FixtureRequest) -> Iterator[Services]:
    kind = _kind(request.config.getoption("--services"))
    _sweep()
    instance = Instance(f"test-{os.getpid()}", kind, throwaway=True)
    try:
        endpoints = instance.start()
        yield Services(
            admin_url=endpoints.admin_url,
            mqtt_url=endpoints.mqtt_url,
            mqtt_version=endpoints.mqtt_version,
            edition="apache" if kind == "private" else "plain",
            instance=instance,
        )
    finally:
        instance.remove()


def _sweep() -> None:
    """Removes the instances of runs that were killed; their servers died with them."""
    for left in hub_folder().glob("instances/test-*/*.json"):
        run = left.parent.name.removeprefix("test-")
        if run.isdigit() and not Path(f"/proc/{run}").exists():
            Instance(left.parent.name, cast(Kind, left.stem)).remove()


def _kind(wanted: str) -> Kind:
    if wanted != "embedded":
        reason = debian.why_not() or (None if debian.is_built() else "it is not built")
        if reason is None:
            return "private"
        if wanted == "private":
            pytest.fail(f"no private TimescaleDB and Mosquitto: {reason}; `./hub test` builds it")
    if embedded.is_installed():
        return "embedded"
    pytest.skip("no private TimescaleDB and no embedded services; run `./hub test`, which sets them up")


@pytest.fixture(scope="module")
def empty_database_url(services: Services) -> Iterator[str]:
    """A fresh database, not migrated."""
    yield from _fresh_database(services)


@pytest.fixture(scope="module")
def database_url(services: Services, filled_database: str) -> Iterator[str]:
    """A fresh database, migrated, with the Hanoi catalogue."""
    yield from _fresh_database(services, template=filled_database)


@pytest.fixture(scope="session")
def filled_database(services: Services) -> Iterator[str]:
    """The name of a database, migrated, with the Hanoi catalogue and tariff, that others are copied from.

    Nobody may be connected to it: test servers run without TimescaleDB's background workers, which would be.
    """
    for url in _fresh_database(services):
        migrate(url)
        with connect(url, "tests") as conn:
            store_catalogue.save(conn, read())
            tariffs.save_all(conn)
        yield url.rpartition("/")[2]


@pytest.fixture
def topic_prefix() -> str:
    """A first topic level that no other test uses: tests share the broker."""
    return f"test-{uuid.uuid4().hex[:12]}"


@pytest.fixture
def settings_for(services: Services, database_url: str, topic_prefix: str) -> Callable[..., Settings]:
    """Makes settings wired to the module's database and the test's topics; keywords override."""

    def make(**overrides: object) -> Settings:
        values: dict[str, object] = {
            "database_url": database_url,
            "mqtt_url": services.mqtt_url,
            "mqtt_version": services.mqtt_version,
            "topic_prefix": topic_prefix,
            "ingest_client_id": f"ingest-{topic_prefix}",
            "ingest_metrics_port": 0,
            "api_port": 0,
            # Tests ask without end.
            "rate_per_minute": 0,
            "key_rate_per_minute": 0,
        }
        return read_settings(**{**values, **overrides})

    return make


@pytest.fixture
def hub_settings(settings_for: Callable[..., Settings]) -> Settings:
    """Settings wired to the module's database and the test's topics."""
    return settings_for()


@pytest.fixture
def hub(
    database_url: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., tuple[object, str, str]]:
    """Runs a command on the module's database; returns (exit code, stdout, stderr)."""
    monkeypatch.setenv("CITYHUB_DATABASE_URL", database_url)

    def run(*arguments: str) -> tuple[object, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
        out, err = capfd.readouterr()
        return ended.value.code, out, err

    return run


@pytest.fixture
def start_ingest(tmp_path: Path) -> Iterator[Callable[..., "subprocess.Popen[bytes]"]]:
    """Starts the real `python -m ingest` and waits until it is subscribed; all are ended afterwards."""
    started: list[subprocess.Popen[bytes]] = []

    def start(settings: Settings, *, subscribed: bool = True, workers: int = 0) -> "subprocess.Popen[bytes]":
        environment = settings.environment()
        command = ["tools", "ingest", f"--workers={workers}"] if workers else ["ingest"]
        file = tmp_path / f"ingest-{len(started)}.log"
        with file.open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", *command], env=os.environ | environment, stderr=log, stdout=log
            )
        started.append(process)
        eventually(
            lambda: not subscribed or '"subscribed"' in file.read_text(),
            30,
            told=file.read_text,
            lives=lambda: process.poll() is None,
        )
        return process

    yield start
    for process in started:
        process.terminate()
    for process in started:
        process.wait(20)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real files beside the checkout."""
    for folder in Path(__file__).resolve().parents:
        if (folder / "shared" / "data").is_dir():
            return folder / "shared" / "data"
    pytest.skip("no folder shared/data beside the checkout: real files cannot be replayed")


def _fresh_database(services: Services, template: str = "template1") -> Iterator[str]:
    name = f"test_{uuid.uuid4().hex[:12]}"
    names = (sql.Identifier(name), sql.Identifier(template))
    with psycopg.connect(services.admin_url, autocommit=True) as conn:
        conn.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*names))
    yield services.database(name)
    with psycopg.connect(services.admin_url, autocommit=True) as conn:
        conn.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
