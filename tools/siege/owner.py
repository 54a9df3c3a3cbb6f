"""Somebody who works with the hub while it is attacked: signs in, opens the console, signs out, again and again."""

import threading
import time
from http import HTTPStatus

import httpx

# Below what an address may send to the door in a minute.
_PAUSE_S = 3.0
_ADDRESS = "10.200.0.1"
_CONSOLE = ("/ops", "/account")


class Owner:
    """In one browser, from an address of their own. `signing_in`, `console`: milliseconds of each answer."""

    def __init__(self, api_port: int, name: str, password: str) -> None:
        self._form = {"name": name, "password": password}
        self._client = httpx.Client(
            base_url=f"http://127.0.0.1:{api_port}",
            headers={"X-Forwarded-For": _ADDRESS, "Accept": "text/html"},
            timeout=20,
        )
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self.signing_in: list[float] = []
        self.console: list[float] = []
        self.failures = 0

    def rounds(self, count: int) -> tuple[list[float], list[float]]:
        """So many at once; what they took, which is forgotten. From then on the browser is known."""
        for _ in range(count):
            self._round()
        found = self.signing_in, self.console
        self.signing_in, self.console = [], []
        return found

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def finish(self) -> None:
        """Work no more."""
        self._over.set()
        self._thread.join(60)
        self._client.close()

    def _work(self) -> None:
        while not self._over.is_set():
            self._round()
            self._over.wait(_PAUSE_S)

    def _round(self) -> None:
        self.signing_in.append(self._take("POST", "/login", HTTPStatus.SEE_OTHER))
        self.console += [self._take("GET", path, HTTPStatus.OK) for path in _CONSOLE]
        self._take("POST", "/logout", HTTPStatus.SEE_OTHER)

    def _take(self, method: str, path: str, good: HTTPStatus) -> float:
        began = time.perf_counter()
        try:
            form = self._form if path == "/login" else None
            is_good = self._client.request(method, path, data=form).status_code == good
        except httpx.HTTPError:
            is_good = False
        self.failures += not is_good
        return 1000 * (time.perf_counter() - began)
