"""What ingest says of being ready, told by several threads and workers."""

import socket
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from multiprocessing import Pipe

import httpx
import pytest

from ingest.message import Message
from ingest.readiness import MOST_CONNECTIONS, Readiness, serve
from ingest.worker import ReportingReadiness, Supervisor


def test_an_ingestor_is_ready_while_subscribed_and_stored() -> None:
    readiness = Readiness()
    assert set(readiness.faults()) == {"broker"}
    readiness.subscribed(True)
    assert readiness.faults() == {}
    readiness.database(False)
    assert set(readiness.faults()) == {"database"}
    readiness.database(True)
    readiness.subscribed(False)
    assert set(readiness.faults()) == {"broker"}


def test_the_database_is_back_when_it_is_for_every_worker() -> None:
    readiness = Readiness()
    readiness.subscribed(True)
    readiness.database(False, 1)
    readiness.database(False, 2)
    readiness.database(True, 1)
    assert set(readiness.faults()) == {"database"}
    readiness.database(True, 2)
    assert readiness.faults() == {}


def test_a_batch_that_takes_too_long_is_a_fault_until_it_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    readiness = Readiness(receives=False)
    readiness.storing(True, 2)
    assert readiness.faults() == {}
    monkeypatch.setattr("ingest.readiness.HANGS_S", -1.0)
    assert set(readiness.faults()) == {"database"}
    readiness.storing(False, 2)
    assert readiness.faults() == {}


def test_a_worker_that_ends_again_and_again_is_a_fault_and_one_end_is_none() -> None:
    readiness = Readiness()
    readiness.subscribed(True)
    readiness.worker(2, 1)
    assert readiness.faults() == {}
    readiness.worker(2, 2)
    assert readiness.faults() == {"worker 2": "ended 2 times in a row and stored nothing"}
    readiness.worker(2, 0)
    assert readiness.faults() == {}


def test_a_worker_has_no_broker_to_miss() -> None:
    assert Readiness(receives=False).faults() == {}


def test_a_worker_tells_that_the_database_is_back_before_the_last_of_a_batch_is_stored() -> None:
    """Its supervisor listens only until the batch is stored."""
    ours, others = Pipe()
    supervisor = Supervisor(others)
    readiness = ReportingReadiness(supervisor)
    message = Message("t", b"", 0, 1, 1, datetime.now(UTC))
    messages: Sequence[Message] = [message] * 3
    readiness.database(False)
    readiness.database(True)
    supervisor.acknowledge(messages)
    readiness.database(True)
    told = [ours.recv_bytes() for _ in range(3)]
    assert not ours.poll()
    assert told == [b"\xc2", b"\xc3", b"\x03"]  # msgpack: false, true, 3


@pytest.fixture
def port() -> Iterator[int]:
    """A port on which a ready ingestor answers."""
    server = serve(Readiness(receives=False), "127.0.0.1", 0)
    yield server.server_port
    server.shutdown()
    server.server_close()


def ask(port: int) -> int:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=4) as answer:
        return int(answer.status)


def test_connections_that_say_nothing_hold_nobody_up(port: int) -> None:
    with ExitStack() as stack:
        for _ in range(2 * MOST_CONNECTIONS):
            stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=5))
        assert ask(port) == 200


def test_of_too_many_connections_the_oldest_gives_way(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as oldest, ExitStack() as stack:
        for _ in range(MOST_CONNECTIONS):
            stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=5))
        assert oldest.recv(1) == b""


def test_a_connection_that_falls_silent_is_closed(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.readiness.Handler.timeout", 0.2)
    with socket.create_connection(("127.0.0.1", port), timeout=5) as silent:
        silent.sendall(b"GET /readyz HT")
        assert silent.recv(1) == b""


def test_the_database_is_asked_where_nothing_is_known_to_be_wrong_with_it() -> None:
    asked: list[str] = []

    def probe() -> str:
        asked.append("database")
        return "it does not answer"

    readiness = Readiness(receives=False)
    server = serve(readiness, "127.0.0.1", 0, probe)
    try:
        url = f"http://127.0.0.1:{server.server_port}"
        assert httpx.get(f"{url}/healthz", timeout=60).status_code == 200
        assert asked == []
        assert httpx.get(f"{url}/readyz", timeout=60).json()["detail"] == "database: it does not answer"
        readiness.database(False)
        assert "committed" in httpx.get(f"{url}/readyz", timeout=60).json()["detail"]
        assert asked == ["database"]
    finally:
        server.shutdown()
        server.server_close()
