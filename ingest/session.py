"""`python -m ingest.session`: makes ingest's session at the broker, so that it keeps messages before ingest ever ran.

Whoever lets sensors in before that loses what they publish: the broker has nobody to keep it for. Doing it again
changes nothing; an ingestor that runs is put off the line for a moment and comes back.
"""

import sys
import threading

from cityhub import logs
from cityhub.config import Settings, settings
from cityhub.errors import CityHubError, ServiceError
from ingest.link import Link
from ingest.message import Message
from ingest.readiness import Readiness

PATIENCE_S = 20.0


class _Unread:
    """Takes no message: one that is not acknowledged comes again, to ingest."""

    def put(self, *messages: Message) -> None:
        """Drop them."""


class _Subscribed(Readiness):
    """Readiness that can be waited for."""

    def __init__(self) -> None:
        super().__init__()
        self.event = threading.Event()

    def subscribed(self, is_subscribed: bool) -> None:
        super().subscribed(is_subscribed)
        if is_subscribed:
            self.event.set()


def prepare(config: Settings) -> None:
    """Subscribe as ingest does, and leave. Raises SettingsError, and ServiceError when the broker does not let it."""
    readiness = _Subscribed()
    link = Link(config, _Unread(), readiness)
    link.start()
    try:
        if not readiness.event.wait(PATIENCE_S):
            broker = config.broker()
            raise ServiceError(
                f"no session for ingest at the broker {broker.host}:{broker.port}:"
                f" it did not take a subscription within {PATIENCE_S:g} s"
            )
    finally:
        link.stop()


def main() -> int:
    """Exit 0 when the session is there, 1 with one clear line when not."""
    try:
        config = settings()
        logs.configure(config, "ingest-session")
        prepare(config)
    except CityHubError as exc:
        print(f"ingest: {exc}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
