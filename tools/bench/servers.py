"""Servers of their own for a bench: a throwaway instance, filled, and programs that end with the block."""

import os
import random
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from signal import SIGTERM

from cityhub.catalogue import Catalogue, read
from cityhub.config import read_settings
from cityhub.errors import ServiceError
from cityhub.store import batches, connect, sensors
from cityhub.store import catalogue as store_catalogue
from cityhub.store.migrations import migrate
from tools.services import Endpoints, Instance, choose
from tools.services.processes import Running, last_lines, start


@dataclass(frozen=True, slots=True)
class Bench:
    """Where the bench's own servers are, and a folder for its files."""

    instance: Instance
    endpoints: Endpoints
    catalogue: Catalogue
    folder: Path


@contextmanager
def bench_servers() -> Iterator[Bench]:
    """A throwaway database and broker with the Hanoi catalogue; all data in it is generated."""
    choice = choose("auto", read_settings(database_url="", mqtt_url=""), lambda _text: None)
    if choice.kind is None:
        raise ServiceError("the bench needs services of its own")
    instance = Instance(f"bench-{os.getpid()}", choice.kind, throwaway=True)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cityhub-bench-")))
        stack.callback(instance.remove)
        endpoints = instance.start()
        migrate(endpoints.database_url)
        catalogue = read()
        with connect(endpoints.database_url, "cityhub-bench") as conn:
            store_catalogue.save(conn, catalogue)
        yield Bench(instance, endpoints, catalogue, folder)


def generate_latest(bench: Bench) -> None:
    """One generated value now for every property of every sensor, within its plausible range."""
    rng = random.Random(1)  # noqa: S311 - figures, not secrets
    now = datetime.now(UTC)
    with connect(bench.endpoints.database_url, "cityhub-bench") as conn:
        ids = sensors.datastream_ids(conn)
        batches.add(conn, [(id, now, round(rng.uniform(0, 1), 1), 0) for id in ids.values()])


@contextmanager
def part(arguments: list[str], environment: Mapping[str, str], log: Path) -> Iterator[Running]:
    """`python -m arguments...` for the length of the block."""
    running = start(
        [sys.executable, "-m", *arguments], log, env={**os.environ, **environment}, dies_with_parent=SIGTERM
    )
    try:
        yield running
    finally:
        running.stop()


@contextmanager
def program(
    arguments: list[str], environment: Mapping[str, str], log: Path, ready_url: str
) -> Iterator[Running]:
    """The same, from when `ready_url` answers."""
    with part(arguments, environment, log) as running:
        deadline = time.monotonic() + 30
        while not _answers(ready_url):
            if not running.alive() or time.monotonic() > deadline:
                raise ServiceError(f"{arguments[0]} did not start: {last_lines(log)}")
            time.sleep(0.05)
        yield running


def wait_for_log(log: Path, words: str, running: Running) -> float:
    """The time (perf_counter) at which the program's log held `words`; raises ServiceError when it ends before."""
    deadline = time.monotonic() + 30
    while words not in log.read_text():
        if not running.alive() or time.monotonic() > deadline:
            raise ServiceError(f"the program did not start: {last_lines(log)}")
        time.sleep(0.01)
    return time.perf_counter()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - always http, ours
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
