"""People who look at the hub while it is attacked, and the orchestrator that asks whether it is ready."""

import http.client
import threading
import time
from contextlib import suppress

PAGES = ("/", "/maps/air", "/api/v1/latest/air", "/api/v1/latest/parking")
_PAUSE_S = 0.05


class Visitors:
    """One visitor a page, each asking twenty times a second at most on a connection that it keeps."""

    def __init__(self, api_port: int) -> None:
        self._port = api_port
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._visit, args=[page], daemon=True) for page in PAGES]
        self.milliseconds: dict[str, list[float]] = {page: [] for page in PAGES}
        self.failures = 0

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def finish(self) -> None:
        """Look no more."""
        self._over.set()
        for thread in self._threads:
            thread.join(20)

    def _visit(self, page: str) -> None:
        line = http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)
        while not self._over.wait(_PAUSE_S):
            began = time.perf_counter()
            try:
                line.request("GET", page, headers={"Accept-Encoding": "gzip"})
                answer = line.getresponse()
                answer.read()
                good = answer.status == 200
            except (OSError, http.client.HTTPException):
                line.close()
                good = False
            if not good:
                self.failures += 1
            self.milliseconds[page].append(1000 * (time.perf_counter() - began))
        line.close()


class Watchman:
    """Asks a `/readyz` every half second. `states`: second (monotonic), and whether it answered 200 in time."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.states: list[tuple[float, bool]] = []

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def finish(self) -> None:
        """Ask no more."""
        self._over.set()
        self._thread.join(5)

    @property
    def failures(self) -> int:
        """How often it was not ready, or did not say."""
        return sum(not ready for _, ready in self.states)

    def was(self, ready: bool, since: float) -> float | None:
        """Seconds from `since` (monotonic) to the first answer of that kind; None when there was none."""
        return next((at - since for at, was in self.states if at >= since and was is ready), None)

    def _watch(self) -> None:
        while not self._over.wait(0.5):
            ready = False
            with suppress(OSError, http.client.HTTPException):
                line = http.client.HTTPConnection("127.0.0.1", self._port, timeout=2)
                line.request("GET", "/readyz")
                ready = line.getresponse().status == 200
                line.close()
            self.states.append((time.monotonic(), ready))
