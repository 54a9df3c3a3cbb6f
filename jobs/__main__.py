"""`python -m jobs`: background work, until SIGTERM or ctrl-C. Settings come from the environment."""

import asyncio
import logging
import sys

from cityhub import logs
from cityhub.config import Settings, settings
from cityhub.errors import CityHubError
from cityhub.stopping import stop_on_signals
from jobs import metrics
from jobs.tasks import tasks
from jobs.worker import WithoutOutcomes, work


async def run(config: Settings) -> None:
    """Work until a signal comes."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    with stop_on_signals(lambda: loop.call_soon_threadsafe(stop.set)):
        await work(config, tasks(config), stop)


def main() -> int:
    """Exit 0 when told to stop, 1 with one clear line when it cannot run."""
    try:
        config = settings()
        logs.configure(config, "jobs")
        # What they say while the database is away is said once, in our words.
        for chatty in ("procrastinate", "psycopg.pool"):
            logging.getLogger(chatty).setLevel(logging.ERROR)
        logging.getLogger("procrastinate.worker").addFilter(WithoutOutcomes())
        if config.jobs_metrics_port:
            metrics.serve(config.jobs_metrics_host, config.jobs_metrics_port)
        asyncio.run(run(config))
    except CityHubError as exc:
        print(f"jobs: {exc}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
