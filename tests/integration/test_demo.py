"""The whole hub as one command: it becomes ready, and whatever ends it, nothing stays behind."""

import os
import re
import signal
import socket
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from cityhub.kinds import KINDS
from tests.waiting import eventually
from tools.cli.environment import running_instance
from tools.demo import PAGES
from tools.services import debian, embedded, node
from tools.services.folders import checkout, logs_folder
from tools.services.instance import Instance, Kind
from tools.services.processes import Running, birth

_START = """
import sys
from tools import demo
from tools.cli.progress import Steps
from cityhub.errors import CityHubError

name, kind, port, seconds = sys.argv[1:]
options = demo.Options(float(seconds) or None, int(port), kind, rate=20, days=0, name=name)
try:
    demo.run(options, Steps(), announce=lambda line: print(line, flush=True))
except CityHubError as exc:
    sys.exit(f"hub: {exc}")
"""


@dataclass
class Demo:
    """One demo under test, with services and logs of its own."""

    kind: Kind
    name: str = field(default_factory=lambda: f"test-demo-{uuid.uuid4().hex[:8]}")
    process: subprocess.Popen[str] | None = None
    base: str = ""

    def start(self, *, port: int = 0, seconds: float = 0) -> subprocess.Popen[str]:
        self.process = subprocess.Popen(
            [sys.executable, "-c", _START, self.name, self.kind, str(port), str(seconds)],
            cwd=checkout(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        return self.process

    def ready(self) -> str:
        """Waits for the ready line; returns the base address."""
        assert self.process is not None
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line.startswith("ready "):
            pytest.fail(f"not ready: {self.process.communicate(timeout=30)[1]}")
        self.base = line.split()[1]
        return self.base

    def descendants(self) -> dict[str, Running]:
        """What runs of it, by the end of its command line."""
        assert self.process is not None
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
                words = (folder / "cmdline").read_bytes().decode().split("\0")
            except OSError:
                continue
            if parent == self.process.pid and (started := birth(int(folder.name))):
                found[" ".join(words)] = Running(int(folder.name), started)
        return found

    def end(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.communicate()
        Instance(self.name, self.kind).remove()
        for log in logs_folder().glob(f"{self.name}-*"):
            log.unlink()


@pytest.fixture(scope="module")
def kind() -> Kind:
    if not node.is_fresh():
        pytest.skip("npm packages are missing or stale; `./hub test` installs them")
    if debian.why_not() is None and debian.is_built():
        return "private"
    if embedded.is_installed():
        return "embedded"
    pytest.skip("neither private nor embedded services here; `./hub test` sets them up")


@pytest.fixture
def demo(kind: Kind) -> Iterator[Demo]:
    made = Demo(kind)
    try:
        yield made
    finally:
        made.end()


@pytest.fixture(scope="module")
def running(kind: Kind) -> Iterator[Demo]:
    """A demo that is ready; all tests but the last leave it as it is."""
    made = Demo(kind)
    try:
        made.start()
        made.ready()
        yield made
    finally:
        made.end()


def test_a_second_demo_of_the_same_checkout_is_refused(running: Demo) -> None:
    _, err = Demo(running.kind, running.name).start().communicate(timeout=30)
    assert re.fullmatch(r"hub: .* already running.*\n", err)


def test_other_commands_find_its_services(running: Demo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.cli.environment.NAMES", ("test-none", running.name))
    found = running_instance()
    assert found is not None
    assert (found.name, found.kind) == (running.name, running.kind)


def test_everything_is_served_as_soon_as_it_is_ready(running: Demo) -> None:
    base = running.base
    for kind in KINDS:
        answer = httpx.get(f"{base}api/v1/latest/{kind}", timeout=60)
        assert answer.status_code == 200
        times = [one["properties"]["time"] for one in answer.json()["features"] if one["properties"]["time"]]
        newest = max(map(datetime.fromisoformat, times))
        assert datetime.now(UTC) - newest < timedelta(minutes=1), kind
    for path in PAGES.split():
        assert httpx.get(base.rstrip("/") + path, timeout=60).status_code == 200, path


def test_it_stops_by_itself_with_exit_code_0(demo: Demo) -> None:
    process = demo.start(seconds=1)
    demo.ready()
    parts = demo.descendants()
    assert len(parts) == 7
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert out == ""
    assert _gone(parts)


def test_ctrl_c_stops_all_with_exit_code_0(demo: Demo) -> None:
    process = demo.start()
    demo.ready()
    parts = demo.descendants()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert _gone(parts)


def test_an_interrupt_during_set_up_stops_all(demo: Demo) -> None:
    process = demo.start()
    instance = Instance(demo.name, demo.kind)
    eventually(lambda: "postgres" in instance.processes())
    parts = demo.descendants()
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert out == ""
    assert _gone(parts)


@pytest.mark.parametrize(("part", "words"), [("ingest", "-m ingest"), ("postgres", "/bin/postgres")])
def test_the_crash_of_one_part_is_named_and_stops_all(demo: Demo, part: str, words: str) -> None:
    process = demo.start()
    demo.ready()
    parts = demo.descendants()
    (victim,) = (running for line, running in parts.items() if words in line)
    os.kill(victim.pid, signal.SIGKILL)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert err.splitlines()[-1].startswith(f"hub: {part} was ended by signal 9; its log")
    assert _gone(parts)


# After all others of the one that is running.
def test_killing_the_demo_itself_leaves_no_process(running: Demo) -> None:
    parts = running.descendants()
    assert len(parts) == 7
    assert running.process is not None
    running.process.kill()
    running.process.communicate()
    eventually(lambda: _gone(parts))


def test_a_taken_port_is_named_before_anything_starts(demo: Demo) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        process = demo.start(port=port)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 1
    assert re.fullmatch(rf"hub: port {port} .*--port.*\n", err)
    assert not Instance(demo.name, demo.kind).record_file().exists()


def _gone(parts: dict[str, Running]) -> bool:
    return not any(running.alive() for running in parts.values())
