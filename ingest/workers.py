"""Several processes that store: this one receives, and hands each message to the worker of its topic.

link -> one of N inboxes -> lane (a thread here) -> worker: decode, one transaction, commit -> lane -> acknowledge.

There is one plain session at the broker, however many workers: Mosquitto forgets shared subscriptions when it is
restarted, and loses what is published before each member subscribed again. All that one topic brings goes through one
worker, in the order in which it came.
"""

import zlib
from collections.abc import Sequence

from cityhub.config import Settings
from cityhub.errors import ServiceError, SettingsError
from cityhub.logs import get_logger
from cityhub.stopping import stop_on_signals
from ingest import metrics
from ingest.inbox import MAX_BYTES, Inbox
from ingest.lane import Lane
from ingest.link import Link
from ingest.message import Message
from ingest.probe import DatabaseProbe
from ingest.readiness import Readiness, serve

_log = get_logger()

_BEGIN_S = 30.0
_TEND_S = 0.25
_LAST_PORT = 65535


class Sorter:
    """Puts each message into the inbox of its topic."""

    def __init__(self, inboxes: Sequence[Inbox]) -> None:
        self._inboxes = inboxes

    def put(self, *messages: Message) -> None:
        """Waits while an inbox is full, which makes the broker wait."""
        sorted_out: list[list[Message]] = [[] for _ in self._inboxes]
        for message in messages:
            sorted_out[zlib.crc32(message.topic.encode()) % len(sorted_out)].append(message)
        for inbox, its in zip(self._inboxes, sorted_out, strict=True):
            if its:
                inbox.put(*its)

    def unanswered(self) -> int:
        """Messages received and not yet acknowledged."""
        return sum(inbox.unanswered() for inbox in self._inboxes)


def run(config: Settings, count: int) -> None:
    """Receive here and store in `count` processes until SIGTERM or ctrl-C.

    A worker that ends is started again and handed again what it had not stored; meanwhile the others go on. Raises
    CityHubError when it or a worker cannot begin.
    """
    if config.ingest_metrics_port > _LAST_PORT - count:
        raise SettingsError(
            f"CITYHUB_INGEST_METRICS_PORT: {count} workers need the {count} ports after it, so it must be"
            f" {_LAST_PORT - count} at most"
        )
    config.require("database_url")
    readiness = Readiness()
    if config.ingest_metrics_port:
        probe = DatabaseProbe(config.require("database_url"))
        serve(readiness, config.ingest_metrics_host, config.ingest_metrics_port, probe.fault)
    inboxes = [Inbox(MAX_BYTES // count) for _ in range(count)]
    sorter = Sorter(inboxes)
    link = Link(config, sorter, readiness)
    metrics.INFLIGHT.set_function(sorter.unanswered)
    lanes = [
        Lane(number, config, inbox, link.acknowledge, readiness)
        for number, inbox in enumerate(inboxes, start=1)
    ]
    with stop_on_signals() as stopping:
        try:
            # They load while this process loads what asks the database.
            for lane in lanes:
                lane.start()
            from ingest.schema import wait_for_schema  # noqa: PLC0415

            # From the first subscription on, the broker keeps what is published: that does not wait for a database.
            if not wait_for_schema(config, readiness, stopping, when_away=link.start):
                return
            for number, lane in enumerate(lanes, start=1):
                if not lane.ready(_BEGIN_S):
                    raise ServiceError(
                        f"worker {number} of ingest did not begin; the line before this one says why"
                    )
            link.start()
            while not stopping.wait(_TEND_S):
                for lane in lanes:
                    lane.tend()
        finally:
            for lane in lanes:
                lane.stop()
            for lane in lanes:
                lane.join()
            link.stop()
    _log.info("stopped")
