"""The real `python -m ingest`, made to be killed."""

import os
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from cityhub.errors import ServiceError
from cityhub.services.folders import checkout
from cityhub.services.processes import Running, last_lines, start


class Ingestor:
    """One ingestor, started again and again. Its methods belong to one thread that outlives it."""

    def __init__(self, environment: Mapping[str, str], log: Path) -> None:
        """`environment`: its settings; those of the shell do not reach it."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("CITYHUB_")}
        self._environment = {**inherited, **environment}
        self._log = log
        self._running: Running | None = None

    def start(self) -> None:
        """Starts it and does not wait for it."""
        self._running = start(
            [sys.executable, "-m", "ingest"],
            self._log,
            env=self._environment,
            dies_with_parent=signal.SIGKILL,
            folder=checkout(),
        )

    def wait_until_subscribed(self, seconds: float = 30) -> None:
        """Returns when the broker keeps messages for it; raises ServiceError."""
        end = time.monotonic() + seconds
        while '"subscribed"' not in self._log.read_text(errors="replace"):
            self.check()
            if time.monotonic() > end:
                raise ServiceError(
                    f"ingest was not subscribed after {seconds:.0f} s: {last_lines(self._log)}"
                )
            time.sleep(0.05)

    def check(self) -> None:
        """Raises ServiceError when it ended by itself, which it never may."""
        if self._running is not None and not self._running.alive():
            how = self._running.ended_how()
            raise ServiceError(f"ingest {how} by itself; its log ends: {last_lines(self._log) or '(empty)'}")

    def kill(self) -> None:
        """SIGKILL, whatever it is doing; raises ServiceError when it was gone already."""
        self.check()
        self.end()

    def end(self) -> None:
        """The same, and fine when it is gone."""
        if self._running is not None:
            self._running.stop(signal.SIGKILL)
            self._running = None
