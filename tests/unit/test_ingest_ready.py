"""What ingest says of being ready, told by several threads and workers."""

from collections.abc import Sequence
from datetime import UTC, datetime
from multiprocessing import Pipe

from ingest.health import Health
from ingest.inbox import Message
from ingest.worker import Supervisor, ToldHealth


def test_an_ingestor_is_ready_while_subscribed_and_stored() -> None:
    health = Health()
    assert set(health.faults()) == {"broker"}
    health.subscribed(True)
    assert health.faults() == {}
    health.database(False)
    assert set(health.faults()) == {"database"}
    health.database(True)
    health.subscribed(False)
    assert set(health.faults()) == {"broker"}


def test_the_database_is_back_when_it_is_for_every_worker() -> None:
    health = Health()
    health.subscribed(True)
    health.database(False, 1)
    health.database(False, 2)
    health.database(True, 1)
    assert set(health.faults()) == {"database"}
    health.database(True, 2)
    assert health.faults() == {}


def test_a_worker_that_ends_again_and_again_is_a_fault_and_one_end_is_none() -> None:
    health = Health()
    health.subscribed(True)
    health.worker(2, 1)
    assert health.faults() == {}
    health.worker(2, 2)
    assert health.faults() == {"worker 2": "ended 2 times in a row and stored nothing"}
    health.worker(2, 0)
    assert health.faults() == {}


def test_a_worker_has_no_broker_to_miss() -> None:
    assert Health(receives=False).faults() == {}


def test_a_worker_tells_that_the_database_is_back_before_the_last_of_a_batch_is_stored() -> None:
    """Its supervisor listens only until the batch is stored."""
    ours, others = Pipe()
    supervisor = Supervisor(others)
    health = ToldHealth(supervisor)
    message = Message("t", b"", 0, 1, 1, datetime.now(UTC))
    messages: Sequence[Message] = [message] * 3
    health.database(False)
    health.database(True)
    supervisor.acknowledge(messages)
    health.database(True)
    told = [ours.recv_bytes() for _ in range(3)]
    assert not ours.poll()
    assert told == [b"\xc2", b"\xc3", b"\x03"]  # msgpack: false, true, 3
