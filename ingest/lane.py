"""One worker seen from its supervisor: its messages, its process, and what it was handed and has not stored yet."""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection

import msgspec

from cityhub.config import Settings
from cityhub.errors import ServiceError
from cityhub.logs import get_logger
from ingest import metrics
from ingest.inbox import Inbox
from ingest.message import Message
from ingest.readiness import Readiness

_log = get_logger()

_RESTART_S = 0.5
_PATIENCE_S = 20.0
# A worker that ends so often in a row will not do better the next time. One that lived for a while is none of these.
MOST_FAILURES = 10
_ACCIDENT_S = 60.0
# What a worker says: how many more messages of the batch are committed (int), or whether the database is up (bool).
Answer = int | bool
_encode = msgspec.msgpack.encode
_decode: Callable[[bytes], Answer] = msgspec.msgpack.Decoder(int | bool).decode


class Lane:
    """Hands batches of `inbox` to a process, one at a time, and acknowledges what it says is committed.

    A process that ends is started again and handed what it had not stored: that is stored once, however often it
    comes. `health` hears how the worker and its database are.
    """

    def __init__(
        self,
        number: int,
        config: Settings,
        inbox: Inbox,
        acknowledge: Callable[[Sequence[Message]], None],
        readiness: Readiness,
    ) -> None:
        self.inbox = inbox
        self._number, self._config = number, config
        self._acknowledge, self._readiness = acknowledge, readiness
        self._failures = 0
        self._started_at = 0.0
        self._process: subprocess.Popen[bytes] | None = None
        self._pipe: Connection[bytes, bytes] | None = None
        # Held while a batch is under way, and while the process is looked after in between.
        self._busy = threading.Lock()
        self._stopping = False
        self._give_up_at = 0.0
        self._thread = threading.Thread(target=self._run, name=f"lane-{number}")

    def start(self) -> None:
        """Start the process; `ready` tells when it is there."""
        if self._pipe is not None:
            self._pipe.close()
        mine, others = socket.socketpair()
        with others:
            self._process = subprocess.Popen(  # noqa: S603 - fixed program
                [
                    sys.executable,
                    "-m",
                    "ingest.worker",
                    *map(str, (self._number, others.fileno(), os.getpid())),
                ],
                stdin=subprocess.DEVNULL,
                pass_fds=[others.fileno()],
            )
        self._started_at = time.monotonic()
        self._pipe = Connection(mine.detach())

    def ready(self, seconds: float) -> bool:
        """Wait for the process's first answer, then hand it messages from now on; False when it ended instead."""
        assert self._pipe is not None  # noqa: S101 - start() came before
        if not self._pipe.poll(seconds):
            return False
        try:
            self._heard(self._pipe.recv_bytes())
        except (EOFError, OSError):
            return False
        self._thread.start()
        return True

    def tend(self) -> None:
        """Start the process again if it ended while it had nothing to do; called now and then.

        Raises ServiceError when it ends again and again, or when nobody hands over any more, which only a mistake
        in here can bring about.
        """
        if self._failures >= MOST_FAILURES:
            raise ServiceError(
                f"worker {self._number} of ingest ended {self._failures} times in a row before it had stored"
                " anything; the log has the reason"
            )
        if not self._thread.is_alive():
            raise ServiceError(
                f"messages are no longer handed to worker {self._number}; the log has the reason"
            )
        if self._busy.acquire(blocking=False):
            try:
                if not self._stopping and self._process is not None and self._process.poll() is not None:
                    self._start_again()
            finally:
                self._busy.release()

    def stop(self) -> None:
        """Hand over what is in the inbox and no more; give up where the database is away. Does not wait."""
        self._stopping = True
        self._give_up_at = time.monotonic() + _PATIENCE_S
        self.inbox.close()
        self._hurry()

    def join(self) -> None:
        """Wait for the end of all that `stop` began, and kill what does not end in time."""
        if self._thread.ident is not None:
            self._thread.join(self._patience())
            if self._thread.is_alive() and self._process is not None:
                # It hangs in a statement; what it had is not acknowledged and will come again.
                self._process.kill()
                self._thread.join()
        if self._pipe is not None:
            self._pipe.close()
        if self._process is not None:
            _ended(self._process, self._patience())

    def _patience(self) -> float:
        return max(self._give_up_at - time.monotonic(), 0)

    def _hurry(self) -> None:
        """The process goes on, but does not wait for a database any more."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()

    def _run(self) -> None:
        size, age_s = self._config.ingest_batch_size, self._config.ingest_batch_ms / 1000
        while batch := self.inbox.take(size, age_s):
            with self._busy:
                while batch:
                    batch = self._hand_over(batch)
                    if batch and self._stopping:
                        return
                    if batch:
                        self._start_again()

    def _hand_over(self, batch: list[Message]) -> list[Message]:
        """What of the batch was not stored because the worker ended before."""
        assert self._pipe is not None  # noqa: S101 - start() came before
        try:
            self._pipe.send_bytes(_encode(batch))
        except OSError:
            return batch
        self._readiness.storing(True, self._number)
        try:
            return self._await_stored(self._pipe, batch)
        finally:
            self._readiness.storing(False, self._number)

    def _await_stored(self, pipe: "Connection[bytes, bytes]", batch: list[Message]) -> list[Message]:
        while batch:
            try:
                answer = pipe.recv_bytes()
            except (EOFError, OSError):
                return batch
            self._readiness.storing(True, self._number)
            if stored := self._heard(answer):
                self._count_failures(0)
                self._acknowledge(batch[:stored])
                self.inbox.answered(stored)
                batch = batch[stored:]
        return batch

    def _heard(self, answer: bytes) -> int:
        """How many messages were stored; 0 when the answer is about something else."""
        told = _decode(answer)
        if not isinstance(told, bool):
            return told
        self._readiness.database(told, self._number)
        return 0

    def _count_failures(self, failures: int) -> None:
        if failures != self._failures:
            self._failures = failures
            self._readiness.worker(self._number, failures)

    def _start_again(self) -> None:
        assert self._process is not None  # noqa: S101 - start() came before
        # It closed its socket, so it is at its end.
        code = _ended(self._process, _PATIENCE_S)
        accident = time.monotonic() - self._started_at > _ACCIDENT_S
        self._count_failures(1 if accident else self._failures + 1)
        metrics.WORKER_RESTARTS.inc()
        _log.error("a worker ended and is started again", worker=self._number, exit_code=code)
        if self._failures > 1:
            time.sleep(_RESTART_S)
        self.start()
        if self._stopping:
            # `stop` came before there was this process, which would wait for a database that is away for ever.
            self._hurry()


def _ended(process: "subprocess.Popen[bytes]", seconds: float) -> int:
    """The process's exit code; it is given so long to end by itself."""
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()
