"""The real server in a thread, over the module's database, and rows in it."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import httpx
import psycopg
import pytest
from fastapi import FastAPI

from api.app import create_app
from api.server import Server
from cityhub.config import Settings, read_settings
from cityhub.listening import listen
from cityhub.store import batches, connect, notices, sensors
from tests.signing_in import HTML, viewer
from tests.waiting import eventually

# (sensor_id, property) -> (time, value, quality)
Seeds = Mapping[tuple[str, str], Sequence[tuple[datetime, float, int]]]


@dataclass(frozen=True)
class RunningApi:
    """A server that answers at `url`; `client` asks it."""

    url: str
    client: httpx.Client
    server: Server
    thread: threading.Thread

    def stop(self) -> float:
        """Stop the server; how many seconds that took."""
        began = time.monotonic()
        self.server.should_exit = True
        self.thread.join(timeout=20)
        assert not self.thread.is_alive(), "the server does not stop"
        return time.monotonic() - began


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts the operation into the id of a Schemathesis test: with pytest 9.2 all of a function share one id, and of
    tests that share an id xdist runs one.
    """
    for item in items:
        label = getattr(item, "operation_label", None)
        if label is not None and not item.nodeid.endswith("]"):
            item._id = item.id.with_params(label)


@pytest.fixture
def conn(database_url: str) -> Iterator[psycopg.Connection]:
    """The owner's, in autocommit."""
    with connect(database_url, "tests", autocommit=True) as conn:
        yield conn


@pytest.fixture
def name(conn: psycopg.Connection) -> str:
    """A viewer with a first password."""
    return viewer(conn)


@pytest.fixture
def browser(api: RunningApi) -> Iterator[httpx.Client]:
    """Nobody's yet; it follows no redirect."""
    with httpx.Client(base_url=api.url, headers=HTML, timeout=60) as browser:
        yield browser


@contextmanager
def running(
    settings: Settings, install: Callable[[FastAPI], None] = lambda _app: None, port: int = 0
) -> Iterator[RunningApi]:
    app = create_app(settings)
    install(app)
    server = Server(app)
    listening = listen("127.0.0.1", port, "")
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    with httpx.Client(base_url=url, timeout=60) as client:
        api = RunningApi(url, client, server, thread)
        try:
            eventually(lambda: server.started, lives=thread.is_alive)
            yield api
        finally:
            api.stop()
            listening.close()


@pytest.fixture(scope="session")
def run_api() -> Callable[..., AbstractContextManager[RunningApi]]:
    """Starts a server with settings of the test's own: `with run_api(settings) as api:`.

    A second argument adds routes of the test's own to the application.
    """
    return running


@pytest.fixture(scope="module")
def api(database_url: str) -> Iterator[RunningApi]:
    """A server over the module's database."""
    with running(read_settings(database_url=database_url, rate_per_minute=0, key_rate_per_minute=0)) as api:
        yield api


def store(database_url: str, rows: Seeds) -> None:
    """Stores rows and tells listeners, as ingest does."""
    with connect(database_url, "tests") as conn:
        ids = sensors.datastream_ids(conn)
        batches.add(
            conn, [(ids[stream], *reading) for stream, readings in rows.items() for reading in readings]
        )
        notices.changed(conn, {stream[0].split("-")[0] for stream in rows} | {"parking"})


@pytest.fixture(scope="module")
def seed(database_url: str) -> Callable[[Seeds], None]:
    """Stores rows in the module's database."""
    return partial(store, database_url)
