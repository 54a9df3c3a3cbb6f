"""The production broker reads its files anew: who stays, who is put out, and that nothing for ingest is lost by it."""

import os
import queue
import signal
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.waiting import eventually
from tools.services.production_broker import INGEST, Production, ProductionBroker

# Who knocks while the broker starts anew is cut off in the middle of his handshake.
pytestmark = pytest.mark.filterwarnings(
    "ignore:unclosed:ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)
NOT_AUTHORIZED = 135
INGEST_ID = "cityhub-ingest"
DEVICE, OTHER = "air-test-1", "air-test-2"
TOPIC, OTHERS = f"hanoi/air/{DEVICE}/telemetry", f"hanoi/air/{OTHER}/telemetry"


@pytest.fixture
def own_broker(prepared: Production, passwords: Mapping[str, str]) -> Iterator[ProductionBroker]:
    """A broker whose files this test may change; it runs as docker-compose.yml runs it."""
    assert passwords
    made = ProductionBroker.make(prepared, f"test-reload-{os.getpid()}")
    made.start()
    try:
        yield made
    finally:
        made.remove()


def password_file(broker: ProductionBroker) -> Path:
    return broker.folder / "secrets/passwords"


def without(broker: ProductionBroker, user: str) -> None:
    """Takes a user out of the broker's file, as `./hub device revoke` does: replaced whole."""
    file = password_file(broker)
    fresh, there = file.with_suffix(".new"), file.stat()
    fresh.write_text(
        "".join(one for one in file.read_text().splitlines(True) if not one.startswith(f"{user}:"))
    )
    fresh.chmod(0o600)
    os.chown(fresh, there.st_uid, there.st_gid)
    fresh.replace(file)


def reload(broker: ProductionBroker) -> None:
    assert broker.running is not None
    os.kill(broker.running.pid, signal.SIGHUP)


def watched(client: Any) -> queue.Queue[int]:
    """What ends the client's connection."""
    ended = queue.Queue[int]()
    client.paho.on_disconnect = lambda _c, _u, _f, code, _p: ended.put(code.value)
    return ended


def test_who_is_taken_out_is_put_out_at_once_and_nobody_else_is(
    own_broker: ProductionBroker, client: Any
) -> None:
    ingest, device, other = client(INGEST, client_id=INGEST_ID), client(DEVICE), client(OTHER)
    ends = {one.user: watched(one) for one in (ingest, device, other)}
    ingest.connect(own_broker, keeps_session=True)
    ingest.subscribe("hanoi/#")
    device.connect(own_broker)
    other.connect(own_broker, keeps_session=True)
    sent = [b"%d" % number for number in range(50)]
    for reading in sent[:25]:
        other.paho.publish(OTHERS, reading, qos=1)
    without(own_broker, DEVICE)
    reload(own_broker)
    ends[DEVICE].get(timeout=20)
    for reading in sent[25:]:
        other.paho.publish(OTHERS, reading, qos=1)
    assert [other.answer() for _ in sent] == [0] * len(sent)
    assert [ingest.next() for _ in sent] == [(OTHERS, reading) for reading in sent]
    assert client(DEVICE).connect(own_broker) == NOT_AUTHORIZED
    assert ends[OTHER].empty()
    assert ends[INGEST].empty()
    assert ingest.messages.empty(), "nothing came twice"


def test_what_is_published_after_a_restart_and_a_reload_while_ingest_is_away_waits_for_it(
    own_broker: ProductionBroker, client: Any
) -> None:
    """Mosquitto 2.0 forgets a session's rights then, but for those by pattern."""
    ingest = client(INGEST, client_id=INGEST_ID)
    ingest.connect(own_broker, keeps_session=True)
    ingest.subscribe("hanoi/#")
    ingest.close()
    own_broker.stop()
    own_broker.start()
    device = client(DEVICE)
    device.connect(own_broker)
    topics = [TOPIC, f"{TOPIC}/pm2_5", f"hanoi/air/{DEVICE}/status"]
    for count in range(2):
        reload(own_broker)
        assert [device.publish(topic, b"%d" % count) for topic in topics] == [0, 0, 0]
    again = client(INGEST, client_id=INGEST_ID)
    again.connect(own_broker, keeps_session=True)
    assert [again.next() for _ in range(6)] == [(topic, b"%d" % n) for n in range(2) for topic in topics]


def test_an_ingestor_of_before_hands_its_session_on_to_the_user_of_today(
    own_broker: ProductionBroker, client: Any
) -> None:
    before = client("ingest", client_id=INGEST_ID)
    before.connect(own_broker, keeps_session=True)
    before.subscribe("hanoi/#")
    before.close()
    device = client(DEVICE)
    device.connect(own_broker)
    assert device.publish(TOPIC, b"waits") == 0
    today = client(INGEST, client_id=INGEST_ID)
    today.connect(own_broker, keeps_session=True)
    assert today.next() == (TOPIC, b"waits")


@pytest.fixture
def composed(own_broker: ProductionBroker, client: Any) -> ProductionBroker:
    """The same broker, started by deploy/mosquitto/start, with ingest's session on its disk."""
    ingest = client(INGEST, client_id=INGEST_ID)
    ingest.connect(own_broker, keeps_session=True)
    ingest.subscribe("hanoi/#")
    ingest.close()
    own_broker.stop()
    own_broker.start_as_composed()
    eventually(lambda: is_let_in(own_broker, client, DEVICE), told=own_broker.log)
    return own_broker


def is_let_in(broker: ProductionBroker, client: Any, user: str) -> bool:
    one = client(user)
    try:
        # The answer may go down with a broker that starts anew: then another is asked for.
        return bool(one.connect(broker, patience_s=3) == 0)
    except (OSError, queue.Empty):
        return False
    finally:
        one.close()


def test_as_composed_the_broker_takes_up_a_changed_file_by_itself_and_keeps_what_waits(
    composed: ProductionBroker, client: Any
) -> None:
    other = client(OTHER)
    other.connect(composed, keeps_session=True)
    assert other.publish(OTHERS, b"before") == 0
    without(composed, DEVICE)
    eventually(lambda: is_refused(composed, client, DEVICE), told=composed.log)
    again = client(OTHER)
    assert again.connect(composed, keeps_session=True) == 0
    assert again.publish(OTHERS, b"after") == 0
    ingest = client(INGEST, client_id=INGEST_ID)
    ingest.connect(composed, keeps_session=True)
    assert [ingest.next() for _ in range(2)] == [(OTHERS, b"before"), (OTHERS, b"after")]


def test_as_composed_it_outlives_hangups_and_the_return_of_a_session_that_was_put_out(
    composed: ProductionBroker, client: Any
) -> None:
    """To read its files anew while it runs is what Mosquitto 2.0.21 died of here, within a second of the last step."""
    file = password_file(composed)
    device = client(DEVICE)
    device.connect(composed, keeps_session=True, expires_s=600)
    kept = file.read_text()
    without(composed, DEVICE)
    eventually(lambda: is_refused(composed, client, DEVICE), told=composed.log)
    reload(composed)
    file.write_text(kept)
    eventually(lambda: is_let_in(composed, client, DEVICE), told=composed.log)
    again = client(DEVICE)
    assert again.connect(composed, keeps_session=True, expires_s=600) == 0
    looks_again(composed)
    assert client(OTHER).connect(composed) == 0
    assert composed.running is not None
    assert composed.running.alive()


def is_refused(broker: ProductionBroker, client: Any, user: str) -> bool:
    one = client(user)
    try:
        return bool(one.connect(broker, patience_s=3) == NOT_AUTHORIZED)
    except (OSError, queue.Empty):
        # It starts anew.
        return False
    finally:
        one.close()


def looks_again(broker: ProductionBroker) -> None:
    """Waits until whoever looks at the files has slept three times: it acts on what two looks agree about."""
    slept: set[str] = set()

    def has_slept() -> bool:
        assert broker.running is not None
        # One may end while it is looked at.
        with suppress(FileNotFoundError):
            slept.update(
                below
                for below in children(str(broker.running.pid))
                if Path(f"/proc/{below}/comm").read_text().strip() == "sleep"
            )
        return len(slept) >= 4

    eventually(has_slept, told=broker.log)


def children(pid: str) -> list[str]:
    """What a process started and still runs."""
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def test_as_composed_a_file_that_is_gone_or_empty_puts_nobody_out(
    composed: ProductionBroker, client: Any
) -> None:
    file, kept = password_file(composed), password_file(composed).with_suffix(".kept")
    other = client(OTHER)
    ended = watched(other)
    other.connect(composed)
    file.rename(kept)
    looks_again(composed)
    file.touch()
    looks_again(composed)
    assert ended.empty()
    kept.rename(file)
    assert other.publish(OTHERS, b"still here") == 0


def test_before_ingest_came_a_hangup_signal_reaches_the_broker_and_does_not_end_it(
    prepared: Production, client: Any
) -> None:
    fresh = ProductionBroker.make(prepared, f"test-hangup-{os.getpid()}")
    try:
        fresh.start_as_composed()
        monitor = client("monitor")
        assert monitor.connect(fresh) == 0
        ended = watched(monitor)
        without(fresh, "monitor")
        reload(fresh)
        ended.get(timeout=20)
        assert fresh.running is not None
        assert fresh.running.alive()
    finally:
        fresh.remove()
