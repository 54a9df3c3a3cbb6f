"""`python -m ingest`: one ingestor, until SIGTERM or ctrl-C. Settings come from the environment."""

import sys

from cityhub import logs
from cityhub.config import Settings, settings
from cityhub.errors import CityHubError
from cityhub.garbage import collect_seldom
from cityhub.logs import get_logger
from cityhub.stopping import stop_on_signals
from ingest import metrics
from ingest.inbox import Inbox
from ingest.link import Link
from ingest.probe import DatabaseProbe
from ingest.readiness import Readiness, serve

_log = get_logger()


def run(config: Settings) -> None:
    """Receive and store until told to stop. Raises CityHubError when it cannot begin."""
    config.require("database_url")
    readiness = Readiness()
    if config.ingest_metrics_port:
        probe = DatabaseProbe(config.require("database_url"))
        serve(readiness, config.ingest_metrics_host, config.ingest_metrics_port, probe.fault)
    inbox = Inbox()
    link = Link(config, inbox, readiness)
    metrics.INFLIGHT.set_function(inbox.unanswered)
    with stop_on_signals(inbox.close) as stopping:
        # From the first subscription on, the broker keeps what is published: that does not wait for a database.
        link.start()
        try:
            # While the broker answers: they take longer to load than everything before them.
            from ingest.batch import NEW_OBJECTS  # noqa: PLC0415
            from ingest.schema import wait_for_schema  # noqa: PLC0415
            from ingest.writer import Writer  # noqa: PLC0415

            collect_seldom(NEW_OBJECTS)
            if wait_for_schema(config, readiness, stopping):
                Writer(config, inbox, link.acknowledge, readiness, stopping).run()
        finally:
            inbox.close()
            link.stop()
    _log.info("stopped")


def main() -> int:
    """Exit 0 when told to stop, 1 with one clear line when it cannot run."""
    try:
        config = settings()
        logs.configure(config, "ingest")
        run(config)
    except CityHubError as exc:
        print(f"ingest: {exc}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
