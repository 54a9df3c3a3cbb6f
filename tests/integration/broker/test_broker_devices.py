"""`./hub device` on the production broker, TLS on: what its passwords let a sensor do, and what becomes of sessions."""

import os
import queue
import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cityhub.devices import passwords as rules
from cityhub.observing.decode import decode
from cityhub.store import connect, sensors
from tools.cli import broker_witness
from tools.services.production_broker import INGEST, Production, ProductionBroker

NOT_AUTHORIZED = 135
NO_SUBSCRIBERS = 16
INGEST_ID = "cityhub-ingest"
A, B = "air-kim-lien", "air-hang-dau"
Device = Callable[..., tuple[object, str, str]]


@pytest.fixture(scope="module")
def running(prepared: Production, passwords: Mapping[str, str]) -> Iterator[ProductionBroker]:
    """A broker of this module's own, with nobody but the hub's users in its file."""
    assert passwords
    made = ProductionBroker.make(prepared, f"test-devices-{os.getpid()}")
    file = password_file(made)
    left = rules.changed(file.read_text(), {}, ["air-test-1", "air-test-2"])
    file.write_text(left)
    try:
        made.start()
        yield made
    finally:
        made.remove()


def password_file(broker: ProductionBroker) -> Path:
    return broker.folder / "secrets/passwords"


@pytest.fixture
def device(
    running: ProductionBroker, hub: Device, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Device]:
    """`./hub device` for that broker, which is told by its number; at the end nobody has a password."""
    assert running.running is not None
    number = tmp_path / "mosquitto.pid"
    number.write_text(f"{running.running.pid}\n")
    file = password_file(running)
    monkeypatch.setenv("CITYHUB_MQTT_URL", f"mqtt://127.0.0.1:{running.port}")
    given: set[str] = set()

    def run(command: str, *names: str) -> tuple[object, str, str]:
        given.update(names)
        return hub("device", command, *names, "--password-file", str(file), "--pid-file", str(number))

    yield run
    run("revoke", *given)


def printed(out: str) -> dict[str, str]:
    return dict(line.split() for line in out.splitlines())


def ended(client: Any) -> queue.Queue[int]:
    """What ends the client's connection."""
    found = queue.Queue[int]()
    client.paho.on_disconnect = lambda _c, _u, _f, code, _p: found.put(code.value)
    return found


def test_a_sensor_is_let_in_with_its_password_as_soon_as_it_is_printed_and_is_only_itself(
    running: ProductionBroker, device: Device, client: Any, database_url: str
) -> None:
    code, out, err = device("add", A, B)
    assert (code, err) == (0, f"hub: the broker at 127.0.0.1:{running.port} goes by it\n")
    given = printed(out)
    ingest, own, other = client(INGEST), client(A, given[A]), client(B, given[B])
    ingest.connect(running)
    ingest.subscribe("#")
    assert (own.connect(running), other.connect(running)) == (0, 0)
    for topic in (f"hanoi/air/{A}/telemetry", f"hanoi/air/{A}/telemetry/pm2_5", f"hanoi/air/{A}/status"):
        assert own.publish(topic, b"own") == 0
        assert ingest.next() == (topic, b"own")
    for topic in (
        f"hanoi/air/{B}/telemetry",
        f"hanoi/air/{B}/status",
        f"hanoi/rain/{B}/telemetry",
        f"air/{B}/telemetry",
        "hanoi/air/+/telemetry/x",
        f"hanoi/air/{A}/telemetry/made-up",
        f"hanoi/air/{A}",
    ):
        # Mosquitto before 2.0.22 ends the connection with the refusal.
        forger = client(A, given[A])
        forger.connect(running)
        try:
            assert forger.publish(topic, b"forged") == NOT_AUTHORIZED
        except ValueError:
            assert "+" in topic, "the library does not send it"
    # Under a kind that is not its own it is let in, and stored by nobody: the broker does not know kinds.
    own = client(A, given[A])
    own.connect(running)
    topic = f"hanoi/rain/{A}/telemetry"
    payload = b'{"values": {"rain": 1.0}}'
    assert own.publish(topic, payload) == 0
    assert ingest.next() == (topic, payload)
    assert ingest.messages.empty(), "nothing forged came"
    with connect(database_url, "tests") as conn:
        known = sensors.known(conn)
    decoded = judged(topic, payload, known)
    assert [one.reason for one in decoded.rejected] == ["unknown_sensor"]
    assert decoded.observations == []


def judged(topic: str, payload: bytes, known: Any) -> Any:
    return decode("hanoi", topic, payload, datetime.now(UTC), known)


def test_a_sensor_reads_nothing_its_own_messages_included(
    running: ProductionBroker, device: Device, client: Any
) -> None:
    given = printed(device("add", A, B)[1])
    listener, other, ingest = client(A, given[A]), client(B, given[B]), client(INGEST)
    listener.connect(running, keeps_session=True)
    for topic in ("#", "hanoi/#", f"hanoi/air/{A}/telemetry", f"{A}/#", "$SYS/#", "$share/x/hanoi/#"):
        listener.subscribe(topic)
    ingest.connect(running)
    ingest.subscribe("hanoi/#")
    other.connect(running)
    for one, name in ((listener, A), (other, B)):
        assert one.publish(f"hanoi/air/{name}/telemetry", b"x") == 0
        ingest.next()
    # The broker answers in order: what it had for the listener would have come before this.
    assert listener.subscribe("hanoi/end") == 1
    assert listener.messages.empty()


def test_another_password_ends_the_old_one_and_nobody_elses_session(
    running: ProductionBroker, device: Device, client: Any
) -> None:
    given = printed(device("add", A, B)[1])
    ingest, turned, other = client(INGEST, client_id=INGEST_ID), client(A, given[A]), client(B, given[B])
    ends = {one.user: ended(one) for one in (ingest, turned, other)}
    ingest.connect(running, keeps_session=True)
    ingest.subscribe("hanoi/#")
    turned.connect(running, keeps_session=True)
    other.connect(running, keeps_session=True)
    stop, sent = threading.Event(), 0

    def report() -> None:
        nonlocal sent
        while not stop.is_set():
            assert other.publish(f"hanoi/air/{B}/telemetry", b"%d" % sent) == 0
            sent += 1

    reporting = threading.Thread(target=report)
    reporting.start()
    try:
        code, out, _ = device("rotate", A)
    finally:
        stop.set()
        reporting.join()
    assert code == 0
    ends[A].get(timeout=20)
    assert sent > 10
    received = [ingest.next() for _ in range(sent)]
    assert received == [(f"hanoi/air/{B}/telemetry", b"%d" % number) for number in range(sent)]
    assert ingest.messages.empty(), "nothing came twice"
    assert ends[B].empty()
    assert ends[INGEST].empty()
    assert client(A, given[A]).connect(running) == NOT_AUTHORIZED
    assert client(A, printed(out)[A]).connect(running) == 0


def test_a_revoked_sensor_is_put_out_and_not_let_in_again(
    running: ProductionBroker, device: Device, client: Any
) -> None:
    given = printed(device("add", A)[1])
    sensor = client(A, given[A])
    end = ended(sensor)
    sensor.connect(running)
    code, out, _ = device("revoke", A)
    assert (code, out) == (0, f"{A} is let in no more\n")
    end.get(timeout=20)
    assert client(A, given[A]).connect(running) == NOT_AUTHORIZED


def test_no_user_of_the_hub_can_publish_and_the_witness_can_do_nothing(
    running: ProductionBroker, device: Device, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    knocked: list[str] = []
    ask = broker_witness.ask
    monkeypatch.setattr(
        broker_witness, "ask", lambda at, word, patience: (knocked.append(word), ask(at, word, patience))[1]
    )
    device("add", A)
    for user in (INGEST, "ingest", "monitor"):
        one = client(user)
        assert one.connect(running) == 0
        assert one.publish(f"hanoi/air/{A}/telemetry", b"x") == NOT_AUTHORIZED
    one = client(rules.WITNESS, knocked[-1])
    assert one.connect(running, tls=False) == 0
    one.subscribe("#")
    one.subscribe("$SYS/#")
    assert one.publish(f"hanoi/air/{A}/telemetry", b"x") == NOT_AUTHORIZED
    assert one.messages.empty()


def test_a_sensor_that_calls_itself_ingest_or_another_is_still_itself(
    running: ProductionBroker, device: Device, client: Any
) -> None:
    given = printed(device("add", A, B)[1])
    ingest, victim = client(INGEST, client_id=INGEST_ID), client(B, given[B])
    ends = [ended(one) for one in (ingest, victim)]
    ingest.connect(running, keeps_session=True)
    ingest.subscribe("hanoi/#")
    victim.connect(running, keeps_session=True)
    for name in (INGEST_ID, B, INGEST):
        thief = client(A, given[A], client_id=name)
        assert thief.connect(running, keeps_session=True) == 0
        thief.subscribe("hanoi/#")
        assert victim.publish(f"hanoi/air/{B}/telemetry", name.encode()) == 0
        assert ingest.next()[1] == name.encode()
        assert thief.messages.empty()
        thief.close()
    assert all(end.empty() for end in ends)


def test_passwords_are_in_no_log(running: ProductionBroker, device: Device, client: Any) -> None:
    given = printed(device("add", A)[1])
    client(A, given[A]).connect(running)
    client(A, "a wrong one").connect(running)
    again = printed(device("rotate", A)[1])
    log = (running.folder / "broker.log").read_text()
    assert A in log
    assert [one for one in (given[A], again[A], "a wrong one") if one in log] == []


def test_a_flood_of_wrong_passwords_holds_nobody_up(
    running: ProductionBroker, device: Device, client: Any
) -> None:
    given = printed(device("add", A)[1])
    ingest, sensor = client(INGEST), client(A, given[A])
    ingest.connect(running)
    ingest.subscribe("hanoi/#")
    sensor.connect(running)
    refused: list[int] = []

    def guess(number: int) -> None:
        for attempt in range(25):
            one = client(A, f"guess-{number}-{attempt}")
            refused.append(one.connect(running))
            one.close()

    guessing = [threading.Thread(target=guess, args=(number,)) for number in range(4)]
    for one in guessing:
        one.start()
    for number in range(100):
        assert sensor.publish(f"hanoi/air/{A}/telemetry", b"%d" % number) == 0
    for one in guessing:
        one.join()
    assert refused == [NOT_AUTHORIZED] * 100
    assert [ingest.next()[1] for _ in range(100)] == [b"%d" % number for number in range(100)]


def test_a_broker_that_has_not_heard_or_is_away_or_asks_nobody_is_said(
    running: ProductionBroker,
    hub: Device,
    services: Any,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setattr("tools.cli.broker_witness.PATIENCE_S", 0.0)
    file = tmp_path / "passwords"
    file.touch()
    arguments = ["--password-file", str(file)]
    monkeypatch.setenv("CITYHUB_MQTT_URL", f"mqtt://127.0.0.1:{running.port}")
    code, out, err = hub("device", "add", A, *arguments)
    assert (code, A in printed(out)) == (1, True), "it is printed: nobody could ask for it again"
    assert "has not read" in err
    monkeypatch.setenv("CITYHUB_MQTT_URL", "mqtt://127.0.0.1:1")
    code, _, err = hub("device", "rotate", A, *arguments)
    assert (code, "does not answer" in err) == (1, True)
    monkeypatch.setenv("CITYHUB_MQTT_URL", services.mqtt_url)
    code, _, err = hub("device", "revoke", A, *arguments)
    assert (code, "lets anybody in" in err) == (0, True)
    number = tmp_path / "pid"
    number.write_text("none")
    code, _, err = hub("device", "add", A, *arguments, "--pid-file", str(number))
    assert (code, "no broker could be told" in err) == (1, True)
