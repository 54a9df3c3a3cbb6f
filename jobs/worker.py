"""One process that does jobs: procrastinate's worker, its queue, its sign of life, wired together."""

import asyncio
import logging
import os
import time
from collections.abc import Callable, Sequence

from procrastinate import App, JobContext, PsycopgConnector, RetryStrategy

from cityhub.config import Settings
from cityhub.errors import CityHubError, MigrationError, ServiceError, StoreUnavailable
from cityhub.logs import get_logger, in_lines_of_block
from cityhub.store import arguments, connect, migrations, open_pool, session
from cityhub.store.migrations import job_queue
from cityhub.tracing import Tracing
from jobs import metrics
from jobs.pulse import SILENCE_S, keep_alive
from jobs.queue import Queue
from jobs.tasks import Task
from jobs.watch import watch

_log = get_logger()

# Most tasks wait for the database or a partner.
CONCURRENCY = 4
# New jobs announce themselves; those whose time comes, or whose lock is free again, are found by asking.
_POLL_S = 1.0
# What came due while no process was there is done once, if it is not older than this.
_CATCH_UP_S = 2 * 24 * 3600
_TRIED_AGAIN = RetryStrategy(max_attempts=5, exponential_wait=4)
# Told to stop, a process waits so long for what it runs; a container gets 30 s.
GRACE_S = 20.0


async def work(
    settings: Settings, tasks: Sequence[Task], stop: asyncio.Event, *, silence_s: float = SILENCE_S
) -> None:
    """Do jobs until `stop` is set, then finish those that run, for GRACE_S seconds at most.

    Raises SettingsError, MigrationError; a database that is away is waited for.
    """
    url = settings.require("database_url")
    if not await _wait_for_schema(url, stop):
        return
    connector = PsycopgConnector(
        conninfo=url,
        kwargs=arguments(url, "cityhub-jobs", session.JOBS),
        min_size=1,
        max_size=CONCURRENCY,
        timeout=5,
        # A connection that cannot be had now is tried again by whoever needs one next.
        reconnect_timeout=0,
    )
    queue = Queue(connector)
    tracing = await asyncio.to_thread(Tracing.of, settings, "jobs")
    app = create_app(connector, queue, settings, tasks, tracing)
    pool = open_pool(url, "cityhub-jobs-pulse", session.WRITES, max_size=1, autocommit=True)
    pulse = asyncio.create_task(keep_alive(queue, pool, silence_s))
    watch_pool = open_pool(url, "cityhub-jobs-watch", session.JOBS, max_size=1)
    watching = asyncio.create_task(watch(watch_pool, settings))
    try:
        async with app.open_async():
            await _run_worker(app, [task.name for task in tasks], queue, pulse, stop)
    finally:
        for task in (pulse, watching):
            task.cancel()
        await asyncio.gather(pulse, watching, return_exceptions=True)
        pool.close()
        watch_pool.close()
        if tracing is not None:
            await asyncio.to_thread(tracing.close)
    _log.info("stopped")


def create_app(
    connector: PsycopgConnector,
    queue: Queue,
    settings: Settings,
    tasks: Sequence[Task],
    tracing: Tracing | None = None,
) -> App:
    """procrastinate's application with these tasks; nothing is opened yet."""
    app = App(connector=connector, periodic_defaults={"max_delay": _CATCH_UP_S})
    app.job_manager = queue
    for task in tasks:
        lock = None if task.cron is None else task.name
        registered = app.task(
            name=task.name,
            # A queue each: a worker takes no job of a task that its version does not know.
            queue=task.name,
            lock=lock,
            queueing_lock=lock,
            retry=_TRIED_AGAIN,
            pass_context=True,
        )(_performing(settings, task, tracing))
        if task.cron is not None:
            app.periodic(cron=task.cron)(registered)
    return app


def _performing(settings: Settings, task: Task, tracing: Tracing | None) -> Callable[..., None]:
    """The task as the worker calls it, on a thread: measured, and its failures told without the job's arguments."""

    def perform(context: JobContext, **arguments: object) -> None:
        if task.cron is not None:
            del arguments["timestamp"]  # when it was due
        begun, begun_ns = time.perf_counter(), time.time_ns()
        outcome, failed = "failed", None
        try:
            # Every line that the task logs says whose it is.
            with in_lines_of_block(task=task.name, job=context.job.id):
                task.run(settings, **arguments)
            outcome = "done"
            metrics.LAST_DONE.labels(task.name).set_to_current_time()
        except CityHubError as exc:
            failed = type(exc).__name__
            _log.error(
                "a job failed",
                task=task.name,
                job=context.job.id,
                run=context.job.attempts + 1,
                error=str(exc),
            )
            raise
        except Exception as exc:
            failed = type(exc).__name__
            _log.exception("a job failed", task=task.name, job=context.job.id, run=context.job.attempts + 1)
            raise
        finally:
            metrics.RUNS.labels(task.name, outcome).inc()
            metrics.SECONDS.labels(task.name).observe(time.perf_counter() - begun)
            if tracing is not None:
                tracing.job(task.name, context.job.id, context.job.attempts + 1, begun_ns, failed)

    return perform


async def _wait_for_schema(url: str, stop: asyncio.Event) -> bool:
    """False when told to stop before the database answered."""
    is_away = False
    while not stop.is_set():
        try:
            await asyncio.to_thread(_check_schema, url)
        except StoreUnavailable as exc:
            if not is_away:
                is_away = True
                _log.warning("waiting for the database", error=str(exc))
            await _wait(stop, 1)
        else:
            return True
    return False


def _check_schema(url: str) -> None:
    with connect(url, "cityhub-jobs", session.READINESS) as conn:
        if migrations.current(conn) < migrations.newest() or not job_queue.is_current(conn):
            raise MigrationError("the database is older than this program: run ./hub migrate")


async def _run_worker(
    app: App, queues: Sequence[str], queue: Queue, pulse: asyncio.Task[None], stop: asyncio.Event
) -> None:
    worker = asyncio.create_task(
        app.run_worker_async(
            queues=queues,
            concurrency=CONCURRENCY,
            fetch_job_polling_interval=_POLL_S,
            install_signal_handlers=False,
        )
    )
    _log.info("ready for jobs", tasks=list(queues))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({worker, pulse, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    end = asyncio.get_running_loop().call_later(GRACE_S, give_up, queue)
    worker.cancel()
    await asyncio.gather(worker, return_exceptions=True)
    end.cancel()
    if stop.is_set():
        return
    # Neither ends by itself. Without a sign of life others would do our jobs too, so this process goes.
    for one in (worker, pulse):
        if one.done() and not one.cancelled():
            one.result()
    raise ServiceError("the worker ended by itself; the log has the reason")


def give_up(queue: Queue) -> None:
    """End the process at once. A thread cannot be interrupted, and what it was at is taken up again as after a kill."""
    _log.warning("ended in the middle of jobs", jobs=queue.held)
    os._exit(0)


async def _wait(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return


class WithoutOutcomes(logging.Filter):
    """procrastinate tells how a job ended with its arguments, which may be private; `perform` tells it without."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Is it about anything else?"""
        return getattr(record, "action", None) not in ("job_error", "job_error_retry", "job_aborted_retry")
