"""`python -m ingest.worker NUMBER FD PARENT`: stores what its supervisor (ingest.workers) hands it, batch by batch.

It reads batches of messages from a socket that it inherits and answers there how many of them are committed, or that
the database went away or came back. It ends when the supervisor closes the socket or dies.
"""

import gc
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing.connection import Connection

if __name__ == "__main__":
    # What loads is no garbage: looking at all of it again and again would be a fifth of the time until it is there.
    gc.disable()

import msgspec

from cityhub import logs
from cityhub.config import settings
from cityhub.errors import CityHubError
from cityhub.garbage import collect_seldom
from cityhub.parent import follow_parent
from cityhub.stopping import stop_on_signals
from ingest.batch import NEW_OBJECTS
from ingest.lane import Answer
from ingest.message import Message
from ingest.readiness import Readiness, serve
from ingest.writer import Writer


class Supervisor:
    """The supervisor as its worker sees it: in the place of an inbox and of the broker."""

    def __init__(self, pipe: "Connection[bytes, bytes]") -> None:
        self._pipe = pipe
        self._decode = msgspec.msgpack.Decoder(list[Message]).decode

    def take(self, max_messages: int, max_age_s: float) -> list[Message]:  # noqa: ARG002 - as of an inbox
        """The next batch, as large as the supervisor made it; empty when there will be no more."""
        try:
            return self._decode(self._pipe.recv_bytes())
        except (EOFError, OSError):
            return []

    def acknowledge(self, messages: Sequence[Message]) -> None:
        """Tell that the next so many of the batch are committed."""
        self.answer(len(messages))

    def answered(self, count: int) -> None:
        """Nothing is counted here; the supervisor does."""

    def answer(self, answer: Answer) -> None:
        """A supervisor that is gone need not be told: the broker will deliver again."""
        with suppress(OSError):
            self._pipe.send_bytes(msgspec.msgpack.encode(answer))


class ReportingReadiness(Readiness):
    """Readiness that the supervisor hears of when it changes."""

    def __init__(self, supervisor: Supervisor) -> None:
        super().__init__(receives=False)
        self._supervisor = supervisor
        self._told: bool | None = None

    def database(self, is_up: bool, worker: int = 0) -> None:
        super().database(is_up, worker)
        if is_up is not self._told:
            self._told = is_up
            self._supervisor.answer(is_up)


def main() -> int:
    """Exit 0 when told to stop, 1 with one clear line when it cannot begin."""
    number, descriptor, parent = map(int, sys.argv[1:4])
    follow_parent(parent, signal.SIGTERM)
    try:
        config = settings()
        logs.configure(config, f"ingest-{number}")
        supervisor = Supervisor(Connection(descriptor))
        readiness = ReportingReadiness(supervisor)
        if config.ingest_metrics_port:
            serve(readiness, config.ingest_metrics_host, config.ingest_metrics_port + number)
        collect_seldom(NEW_OBJECTS)
        # Only a database that is away is given up; the end comes with that of the socket.
        with stop_on_signals() as stopping:
            readiness.database(True)
            Writer(config, supervisor, supervisor.acknowledge, readiness, stopping).run()
    except CityHubError as exc:
        print(f"ingest worker {number}: {exc}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
