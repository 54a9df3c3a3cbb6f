"""What ingest says of being ready, told by several threads and workers."""

from collections.abc import Sequence
from datetime import UTC, datetime
from multiprocessing import Pipe

from ingest.inbox import Message
from ingest.readiness import Readiness
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
