"""Everything falls over for a minute, and no message is lost or doubled; the proof's own parts do what they say."""

import json
import signal
import socket
import threading
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from cityhub.store import connect
from tools import proof
from tools.chaos import run as chaos
from tools.chaos.proxy import Proxy
from tools.cli import main
from tools.cli.progress import Steps
from tools.services.choice import Choice
from tools.services.instance import Instance


@pytest.mark.timeout(240)
def test_a_minute_of_disorder_loses_and_doubles_nothing(services: Any) -> None:
    if services.edition == "plain":
        pytest.skip(chaos.EMBEDDED_GAP)
    figures = chaos.run(chaos.Options(services.instance.kind, seconds=60, rate=200, seed=1), Steps())
    assert figures.good, figures
    assert figures.published == figures.acked == figures.stored == 12_000
    assert figures.ingest_kills >= 5
    assert figures.db_restarts >= 2
    assert figures.broker_restarts >= 1
    assert figures.link_cuts >= 2
    assert figures.max_lag_s > 0


@pytest.fixture
def changed(database_url: str) -> Iterator[psycopg.Connection]:
    """A connection whose changes are undone; two rows in two hours of one datastream, summed up by hand."""
    with psycopg.connect(database_url) as conn:
        conn.execute("TRUNCATE observation, observation_hourly, latest")
        conn.execute(
            "INSERT INTO observation (time, datastream_id, value, quality) VALUES"
            " ('2026-11-22 03:10+00', 1, 5, 0), ('2026-11-22 03:20+00', 1, 7, 0), ('2026-11-22 04:00+00', 1, 9, 1)"
        )
        conn.execute(
            "INSERT INTO observation_hourly (datastream_id, hour, n, sum, min, max, n_rejected) VALUES"
            " (1, '2026-11-22 03:00+00', 2, 12, 5, 7, 0), (1, '2026-11-22 04:00+00', 0, 0, NULL, NULL, 1)"
        )
        conn.execute("INSERT INTO latest VALUES (1, '2026-11-22 04:00+00', 9, 1)")
        yield conn
        conn.rollback()


def test_sums_and_latest_that_fit_their_rows_are_good(changed: psycopg.Connection) -> None:
    assert (proof.hours_apart(changed), proof.latest_apart(changed), proof.count(changed)) == (0, 0, 3)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE observation_hourly SET n = n + 1 WHERE n = 2",
        "UPDATE observation_hourly SET sum = sum + 1 WHERE n = 2",
        "UPDATE observation_hourly SET max = 8 WHERE n = 2",
        "UPDATE observation_hourly SET n_rejected = 2 WHERE n = 0",
        "DELETE FROM observation_hourly WHERE n = 2",
        "DELETE FROM observation WHERE value = 9",
    ],
)
def test_an_hour_that_does_not_fit_its_rows_is_found(changed: psycopg.Connection, change: str) -> None:
    changed.execute(change)
    assert proof.hours_apart(changed) == 1


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE latest SET time = '2026-11-22 03:20+00'",
        "UPDATE latest SET value = 7",
        "DELETE FROM latest",
        "DELETE FROM observation WHERE value = 9",
    ],
)
def test_a_latest_that_is_not_the_newest_row_is_found(changed: psycopg.Connection, change: str) -> None:
    changed.execute(change)
    assert proof.latest_apart(changed) == 1


def test_one_server_is_halted_and_resumed_beside_the_other(services: Any) -> None:
    own = Instance(f"{services.instance.name}-halt", services.instance.kind)
    try:
        before = own.start()
        with connect(before.database_url, "tests") as conn:
            conn.execute("CREATE TABLE kept AS SELECT 42 AS n")
        broker = own.processes()["broker"]
        own.halt("postgres", signal.SIGQUIT)
        assert own.processes() == {"broker": broker}
        own.resume("postgres")
        assert own.endpoints() == before
        assert own.processes()["broker"] == broker
        with connect(before.database_url, "tests") as conn:
            assert conn.execute("SELECT n FROM kept").fetchone() == (42,)
        database = own.processes()["postgres"]
        own.halt("broker", signal.SIGTERM)
        own.resume("broker")
        assert own.processes()["postgres"] == database
        assert own.endpoints() == before
    finally:
        own.remove()


@pytest.fixture
def echo() -> Iterator[int]:
    """The port of a server that sends back what it gets."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    try:
                        while data := connection.recv(100):
                            connection.sendall(data)
                    except OSError:
                        continue

        thread = threading.Thread(target=serve)
        thread.start()
        yield int(server.getsockname()[1])
        server.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def test_a_cut_link_breaks_connections_and_lets_none_through_until_healed(echo: int) -> None:
    proxy = Proxy(echo)
    port = proxy.start()
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
            client.sendall(b"one")
            assert client.recv(100) == b"one"
            proxy.cut()
            assert _gone(client)
        with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
            assert _gone(client)
        proxy.heal()
        with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
            client.sendall(b"two")
            assert client.recv(100) == b"two"
    finally:
        proxy.close()


def _gone(client: socket.socket) -> bool:
    try:
        return client.recv(100) == b""
    except ConnectionResetError:
        return True


def test_figures_are_printed_as_one_json_object_and_a_loss_is_exit_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    figures = chaos.Figures(10, 10, 9, 1, 0, 5, 2, 1, 2, 1.5, 0, True, True, 1, 0)
    monkeypatch.setattr("tools.services.choose", lambda *_: Choice("private", "a test"))
    monkeypatch.setattr(chaos, "run", lambda *_: figures)
    with pytest.raises(SystemExit) as ended:
        main(["chaos", "--json"])
    assert ended.value.code == 1
    printed = json.loads(capsys.readouterr().out)
    assert printed["lost"] == 1
    assert list(printed)[:10] == [
        "published",
        "acked",
        "stored",
        "lost",
        "duplicated",
        "ingest_kills",
        "db_restarts",
        "broker_restarts",
        "link_cuts",
        "max_lag_s",
    ]
