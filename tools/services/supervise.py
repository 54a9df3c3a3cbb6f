"""Parts that run together: all of them, or none."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cityhub.errors import ServiceError
from tools.services.processes import Running, last_lines


@dataclass(frozen=True, slots=True)
class Part:
    """One running part. `stop` ends it the way it likes."""

    name: str
    running: Running
    log: Path
    stop: Callable[[], object]


class Parts:
    """The parts in the order they were started; stopped in reverse."""

    def __init__(self) -> None:
        self._parts: list[Part] = []

    def add(self, part: Part) -> None:
        """Takes a started part under supervision."""
        self._parts.append(part)

    def check(self) -> None:
        """Raises ServiceError naming the first part that has ended, with the last lines of its log."""
        for part in self._parts:
            if not part.running.alive():
                how = part.running.ended_how()
                lines = last_lines(part.log)
                raise ServiceError(f"{part.name} {how}; its log {part.log} ends: {lines or '(empty)'}")

    def watch(self, seconds: float | None) -> None:
        """Returns after `seconds` (None: never); raises ServiceError as soon as a part has ended."""
        end = None if seconds is None else time.monotonic() + seconds
        while end is None or time.monotonic() < end:
            self.check()
            time.sleep(0.2 if end is None else max(0.0, min(0.2, end - time.monotonic())))

    def wait_for(self, ready: Callable[[], bool], what: str, seconds: float) -> None:
        """Returns when `ready()`; raises ServiceError when a part ends first or after `seconds`."""
        end = time.monotonic() + seconds
        while not ready():
            self.check()
            if time.monotonic() > end:
                raise ServiceError(
                    f"{what} after {seconds:.0f} s; see the logs in {self._parts[-1].log.parent}"
                )
            time.sleep(0.1)

    def stop(self) -> None:
        """Stops all parts, the last started first."""
        while self._parts:
            self._parts.pop().stop()
