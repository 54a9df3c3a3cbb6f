"""The sign of life of this process, and a look after the jobs of processes that give none any more."""

import asyncio
import time

from cityhub.errors import StoreUnavailable
from cityhub.logs import get_logger
from cityhub.store import Pool, jobs
from cityhub.store.jobs import Rescued
from jobs import metrics
from jobs.queue import Queue

_log = get_logger()

BEAT_S = 3.0
# Who was silent for so long is taken for dead.
SILENCE_S = 15.0


async def keep_alive(queue: Queue, pool: Pool, silence_s: float = SILENCE_S) -> None:
    """Until cancelled: say every few seconds that this process lives, and take up what others left behind.

    It does the second only after it has itself been heard for `silence_s` seconds: when the database comes back,
    everybody was silent, and the living need a moment to say so. While the database is away it says so once and waits.
    """
    heard_since: float | None = None
    is_away = False
    while True:
        rescues = heard_since is not None and time.monotonic() - heard_since >= silence_s
        try:
            known, rescued = await asyncio.to_thread(
                _beat, pool, queue.workers, silence_s if rescues else None
            )
        except StoreUnavailable as exc:
            heard_since = None
            metrics.DATABASE_UP.set(0)
            if not is_away:
                is_away = True
                _log.warning("waiting for the database", error=str(exc))
        else:
            heard_since = heard_since or time.monotonic()
            metrics.DATABASE_UP.set(1)
            if is_away:
                is_away = False
                _log.info("the database is back")
            queue.known(known)
            for job in rescued:
                metrics.RESCUED.labels(job.task).inc()
                _log.warning("a job whose worker is gone", job=job.id, task=job.task, outcome=job.outcome)
        await asyncio.sleep(min(BEAT_S, silence_s / 4))


def _beat(pool: Pool, workers: set[int], silence_s: float | None) -> tuple[set[int], list[Rescued]]:
    with pool.connection() as conn:
        known = jobs.beat(conn, workers)
        return known, [] if silence_s is None else jobs.rescue(conn, silence_s)
