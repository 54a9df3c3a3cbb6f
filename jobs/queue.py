"""The queue in the database as procrastinate's worker sees it: one that waits through a database that is away.

By itself the worker would end then, after it waited for what it runs, without a sign of life that keeps other workers
from doing the same jobs again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from datetime import datetime
from typing import TypeVar

import psycopg
from procrastinate.connector import BaseConnector
from procrastinate.exceptions import ConnectorException, UniqueViolation
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager, NotificationCallback

from cityhub.logs import get_logger

_log = get_logger()
_T = TypeVar("_T")

_RETRY_S = 1.0
# What the database says about this very statement; everything else is a state of the server, which passes.
_REFUSALS = (psycopg.errors.RaiseException, psycopg.DataError, psycopg.IntegrityError)


class Queue(JobManager):
    """Fetches jobs for one worker and records how they ended."""

    def __init__(self, connector: BaseConnector) -> None:
        super().__init__(connector)
        self._worker: int | None = None
        # Jobs that are running or whose end is not recorded yet, with the worker they were fetched for.
        self._held: dict[int, int] = {}

    @property
    def held(self) -> list[int]:
        """Ids of the jobs that are not finished yet."""
        return list(self._held)

    @property
    def workers(self) -> set[int]:
        """The workers that this process has to keep alive in the eyes of others."""
        return {*self._held.values(), *(() if self._worker is None else (self._worker,))}

    def known(self, workers: set[int]) -> None:
        """Only these workers are known to the database (any more)."""
        if self._worker not in workers:
            self._worker = None

    async def register_worker(self) -> int:
        """Make this process known as a worker."""
        self._worker = await super().register_worker()
        return self._worker

    async def unregister_worker(self, worker_id: int) -> None:
        """Make it forgotten; where the database is away, silence does that."""
        for id in {worker_id, *self.workers}:
            with suppress(ConnectorException):
                await super().unregister_worker(id)

    async def update_heartbeat(self, worker_id: int) -> None:
        """Nothing: `jobs.pulse` does it, also while the worker ends."""

    async def fetch_job(self, queues: Iterable[str] | None, worker_id: int) -> Job | None:  # noqa: ARG002 - see below
        """The next job, None when there is none or the database is away.

        After a failure nobody knows whether a job was taken. It would be that of a worker of whom nothing is heard
        again, so it will be taken up: the next fetch is that of a new worker.
        """
        try:
            worker = self._worker or await self.register_worker()
            job = await super().fetch_job(queues, worker)
        except ConnectorException as exc:
            self._worker = None
            if isinstance(exc.__cause__, _REFUSALS):
                _log.warning("no job could be taken", error=_first_line(exc))
            return None
        if job is not None and job.id is not None:
            self._held[job.id] = worker
        return job

    async def finish_job_by_id_async(self, job_id: int, status: Status, delete_job: bool) -> None:
        """Record how the job ended, however long that takes."""
        await self._record(
            job_id, lambda: super(Queue, self).finish_job_by_id_async(job_id, status, delete_job)
        )

    async def retry_job_by_id_async(
        self,
        job_id: int,
        retry_at: datetime,
        priority: int | None = None,
        queue: str | None = None,
        lock: str | None = None,
    ) -> None:
        """Let the job wait again. Where its like waits already there is nothing left to do for this one: it failed."""
        again = super().retry_job_by_id_async
        try:
            await self._record(job_id, lambda: again(job_id, retry_at, priority, queue, lock))
        except UniqueViolation:
            await self.finish_job_by_id_async(job_id, Status.FAILED, delete_job=False)

    async def _record(self, job_id: int, write: Callable[[], Awaitable[None]]) -> None:
        try:
            await _patiently(write)
        except UniqueViolation:
            raise
        except ConnectorException as exc:
            # Another worker has taken it up meanwhile, because this one was silent for too long.
            _log.warning("the end of a job could not be recorded", job=job_id, error=_first_line(exc))
        self._held.pop(job_id, None)

    async def defer_periodic_job(self, job: Job, periodic_id: str, defer_timestamp: int) -> int | None:
        """Add the job that is due, unless another worker did."""
        add = super().defer_periodic_job
        return await _patiently(lambda: add(job, periodic_id, defer_timestamp))

    async def list_jobs_to_abort_async(self, queue: str | None = None) -> Iterable[int]:
        """Ids of running jobs that somebody wants stopped; none while the database is away."""
        try:
            return await super().list_jobs_to_abort_async(queue)
        except ConnectorException:
            return ()

    async def listen_for_jobs(
        self, *, on_notification: NotificationCallback, queues: Iterable[str] | None = None
    ) -> None:
        """Hear of new jobs until cancelled."""
        listen = super().listen_for_jobs
        await _patiently(lambda: listen(on_notification=on_notification, queues=queues))


async def _patiently(act: Callable[[], Awaitable[_T]]) -> _T:
    while True:
        try:
            return await act()
        except ConnectorException as exc:
            if isinstance(exc, UniqueViolation) or isinstance(exc.__cause__, _REFUSALS):
                raise
        await asyncio.sleep(_RETRY_S)


def _first_line(exc: ConnectorException) -> str:
    return (str(exc.__cause__).strip().splitlines() or [type(exc).__name__])[0]
