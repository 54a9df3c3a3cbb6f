"""A whole hub for the browser: real broker and database, real ingest and API, a real Chromium."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from paho.mqtt import publish
from paho.mqtt.client import MQTTv5, MQTTv311
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from cityhub import addresses
from cityhub.kinds import KindName
from cityhub.observing.topics import telemetry
from maps.assets import LEAFLET, packages_directory
from tests.waiting import eventually
from tools.services import chromium

# A browser on a busy machine takes its time.
expect.set_options(timeout=20_000)
PREFIX = "e2e"
NOTICE = "Dữ liệu mô phỏng / Simulated data"
CHROMIUM_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@dataclass(frozen=True)
class RunningHub:
    """The address of the API and a way to be a sensor."""

    url: str
    mqtt_url: str
    mqtt_version: str

    def report(
        self, kind: KindName, sensor_id: str, *, taken: datetime | None = None, **values: float
    ) -> None:
        """Publish one reading taken now or at `taken` (aware), at QoS 1."""
        broker = addresses.broker(self.mqtt_url)
        moment = time.time() if taken is None else taken.timestamp()
        message = json.dumps({"time": round(moment, 3), "values": values})
        publish.single(
            telemetry(PREFIX, kind, sensor_id),
            message,
            qos=1,
            hostname=broker.host,
            port=broker.port,
            auth={"username": broker.username, "password": broker.password or ""}
            if broker.username
            else None,
            protocol=MQTTv5 if self.mqtt_version == "5" else MQTTv311,
        )


@dataclass
class Watch:
    """What the pages of one test asked for and complained about."""

    addresses: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def foreign(self) -> list[str]:
        """Addresses on any host but this machine."""
        return [
            address
            for address in self.addresses
            if urlsplit(address).scheme in {"http", "https", "ws", "wss"}
            and urlsplit(address).hostname != "127.0.0.1"
        ]

    def page(self, context: BrowserContext) -> Page:
        """A new page under watch."""
        page = context.new_page()
        page.on("console", lambda message: self._console(message.type, message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self.addresses.append(request.url))
        return page

    def _console(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"}:
            self.complaints.append(text)


@contextmanager
def run_hub(services: Any, database_url: str, logs: Path, folder: Path | None = None) -> Iterator[RunningHub]:
    """The real ingest and API over a migrated database; `folder`: the checkout to run them from, if another."""
    if not (packages_directory() / LEAFLET[0]).is_file():
        pytest.skip("no node_modules with Leaflet; `./hub test` installs it")
    port = _free_port()
    environment = os.environ | {
        "CITYHUB_DATABASE_URL": database_url,
        "CITYHUB_MQTT_URL": services.mqtt_url,
        "CITYHUB_MQTT_VERSION": services.mqtt_version,
        "CITYHUB_TOPIC_PREFIX": PREFIX,
        "CITYHUB_INGEST_CLIENT_ID": f"e2e-{port}",
        "CITYHUB_INGEST_METRICS_PORT": "0",
        "CITYHUB_API_PORT": str(port),
        "CITYHUB_ASSETS_DIR": str(packages_directory()),
        "CITYHUB_NOTICE": NOTICE,
        "CITYHUB_LOG_FORMAT": "json",
    }
    ingest_log, api_log = logs / "ingest.log", logs / "api.log"
    processes = [
        _start("ingest", ingest_log, environment, folder),
        _start("api", api_log, environment, folder),
    ]
    try:
        _wait_until(lambda: '"subscribed"' in ingest_log.read_text(), processes[0], ingest_log)
        url = f"http://127.0.0.1:{port}"
        _wait_until(lambda: _answers(f"{url}/readyz"), processes[1], api_log)
        yield RunningHub(url, services.mqtt_url, services.mqtt_version)
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(20)


@pytest.fixture(scope="session", name="run_hub")
def _run_hub() -> Callable[..., AbstractContextManager[RunningHub]]:
    """`with run_hub(services, database_url, logs, folder) as hub:`."""
    return run_hub


@pytest.fixture(scope="module")
def running_hub(
    services: Any, database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningHub]:
    with run_hub(services, database_url, tmp_path_factory.mktemp("hub")) as hub:
        yield hub


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    executable = chromium.find()
    if executable is None:
        pytest.skip("no Chromium on this machine; `apt-get install chromium` or `./hub test` as root")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=executable, args=list(CHROMIUM_FLAGS))
        yield running
        running.close()


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def open_page(browser: Browser, running_hub: RunningHub, watch: Watch) -> Iterator[Callable[..., Page]]:
    """Opens a path of the hub (or a whole address) in a watched page of its own."""
    contexts: list[BrowserContext] = []

    def open_(address: str, *, width: int = 1280, height: int = 800, locale: str = "vi-VN") -> Page:
        context = browser.new_context(viewport={"width": width, "height": height}, locale=locale)
        contexts.append(context)
        page = watch.page(context)
        page.goto(address if "://" in address else running_hub.url + address)
        return page

    yield open_
    for context in contexts:
        context.close()


def _start(
    module: str, log: Path, environment: Mapping[str, str], folder: Path | None
) -> "subprocess.Popen[bytes]":
    # Python looks for modules where it is started before it looks among what is installed.
    with log.open("wb") as file:
        return subprocess.Popen(
            [sys.executable, "-m", module], env=environment, stdout=file, stderr=file, cwd=folder
        )


def _wait_until(is_so: Callable[[], bool], process: "subprocess.Popen[bytes]", log: Path) -> None:
    eventually(is_so, 40, told=log.read_text, lives=lambda: process.poll() is None)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - our own address
            return bool(answer.status == 200)
    except (urllib.error.URLError, TimeoutError, ConnectionError):
        return False


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])
