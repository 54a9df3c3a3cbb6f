"""`python -m ingest.leaving FIRST`: empty the sessions of workers FIRST and above, and give them up.

A broker keeps giving a shared group's member its part while it is away (Mosquitto does). A member that never comes
back would take that part with it, so its session is drained before it is forgotten.
"""

import sys
import threading
import time
from typing import Any

import structlog
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from cityhub import logs, topics
from cityhub.config import Settings, settings
from cityhub.errors import CityHubError, ServiceError
from ingest.health import Health
from ingest.inbox import Inbox
from ingest.link import Link
from ingest.workers import MOST, client_id
from ingest.writer import Writer

_log = structlog.get_logger()

_QUIET_S = 2.0
_CONNECT_S = 10.0


class _LeavingLink(Link):
    """Takes what its session holds and subscribes to nothing."""

    def __init__(self, config: Settings, inbox: Inbox, health: Health) -> None:
        super().__init__(config, inbox, health)
        self.connected = threading.Event()
        self.had_session = False
        self._filters = [topics.everything(config.topic_prefix), topics.shared(config.topic_prefix)]

    def _on_connect(self, client: Any, _userdata: object, flags: Any, reason: Any, _: object) -> None:
        if reason.is_failure:
            return
        self.had_session = self.had_session or flags.session_present
        client.unsubscribe(self._filters)
        self.connected.set()

    def forget(self) -> None:
        """Disconnect and let the broker drop the session at once."""
        properties = Properties(PacketTypes.DISCONNECT)  # type: ignore[no-untyped-call]
        properties.SessionExpiryInterval = 0
        self._client.disconnect(properties=properties)
        self._client.loop_stop()


def leave(config: Settings) -> int:
    """Store what waits for the session of `ingest_client_id` and end that session; returns messages stored.

    Raises ServiceError when the broker does not answer.
    """
    inbox = Inbox()
    link = _LeavingLink(config, inbox, Health())
    writer = Writer(config, inbox, link.acknowledge, Health())
    thread = threading.Thread(target=writer.run)
    link.start()
    thread.start()
    try:
        if not link.connected.wait(_CONNECT_S):
            raise ServiceError(
                "the broker does not answer: a session that is not wanted any more was not emptied"
            )
        if link.had_session:
            _wait_until_quiet(inbox)
    finally:
        inbox.close()
        thread.join()
        link.forget()
    return inbox.count()


def _wait_until_quiet(inbox: Inbox) -> None:
    count, since = -1, time.monotonic()
    while inbox.unanswered() or time.monotonic() - since < _QUIET_S:
        if inbox.count() != count:
            count, since = inbox.count(), time.monotonic()
        time.sleep(0.1)


def main() -> int:
    """Exit 0 when the sessions are gone, 1 with one line when not."""
    try:
        config = settings()
        logs.configure(config, "ingest")
        for number in range(int(sys.argv[1]), MOST + 1):
            client = client_id(config, number)
            if stored := leave(config.model_copy(update={"ingest_client_id": client})):
                _log.info("emptied a session that is not wanted any more", client_id=client, messages=stored)
    except CityHubError as exc:
        print(f"ingest: {exc}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
