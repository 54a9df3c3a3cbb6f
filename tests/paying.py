"""A real hub beside simulated gateways, each with its own port, and whoever pays there."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import uvicorn

from cityhub.config import Settings, read_settings
from cityhub.listening import listen
from cityhub.store import connect
from simulators.gateways import Gateways, Switch
from simulators.gateways.callbacks import Pace
from tests.integration.api.conftest import RunningApi, running
from tests.prices import save_flat
from tests.waiting import eventually
from tools import demo_payments
from tools.services.ports import free_port

QUICK = Pace(delay=0.5, hold=3, forged=1, retry=0.2)
SESSIONS, PAYMENTS = "/api/v1/parking/sessions", "/api/v1/payments"


@dataclass(frozen=True)
class Paying:
    """A hub and its gateways, and what a driver does with both."""

    api: RunningApi
    settings: Settings
    gateways: Gateways
    url: str

    def begun(self, **changes: Any) -> dict[str, Any]:
        """A session of a car for an hour."""
        asked = {"place_id": "ltk-01", "plate": "30A-123.45", "vehicle": "car", "minutes": 60, **changes}
        return self._posted(SESSIONS, asked)

    def payment(self, token: str, provider: str) -> dict[str, Any]:
        """A payment of it."""
        return self._posted(PAYMENTS, {"session_token": token, "provider": provider})

    def status(self, token: str) -> str:
        """How the session is."""
        return str(self.api.client.get(f"{SESSIONS}/{token}").json()["status"])

    def at_provider(self, payment: dict[str, Any], do: str = "pay", teller: str = "ours") -> httpx.Response:
        """The payer at the provider's page, not led back."""
        with httpx.Client(timeout=60) as client:
            if (page := payment["redirect_url"]) is not None:
                assert client.get(page).status_code == 200
                return client.post(page, data={"do": do})
            fields = {
                "content": payment["transfer_code"],
                "amount": f"{payment['amount']:,}",
                "teller": teller,
            }
            return client.post(f"{self.url}/bank", data=fields)

    def _posted(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = self.api.client.post(path, json=body)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found


def paying_settings(database_url: str, gateways_port: int, port: int, **more: object) -> Settings:
    """Settings of a hub on `port` whose providers are simulated on another."""
    given = demo_payments.settings("tests", f"http://127.0.0.1:{port}", gateways_port)
    values = {name.removeprefix("CITYHUB_").lower(): value for name, value in given.items()}
    return read_settings(database_url=database_url, rate_per_minute=0, **values, **more)


@contextmanager
def hub_with_gateways(database_url: str, pace: Pace = QUICK) -> Iterator[Paying]:
    """A hub with flat prices and gateways that behave until they are switched."""
    listening = listen("127.0.0.1", 0, "")
    gateways_port, port = listening.getsockname()[1], free_port()
    settings = paying_settings(database_url, gateways_port, port)
    with connect(database_url, "tests") as conn:
        save_flat(conn)
    with running(settings, port=port) as api:
        gateways = Gateways(settings, api.url, Switch(share=1), pace=pace)
        with served(gateways, listening):
            yield Paying(api, settings, gateways, f"http://127.0.0.1:{gateways_port}")


@contextmanager
def served(gateways: Gateways, listening: socket.socket) -> Iterator[None]:
    """Gateways at a socket that listens, in a thread; the socket is closed."""
    server = uvicorn.Server(uvicorn.Config(gateways.app(), log_config=None))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        eventually(lambda: server.started, lives=thread.is_alive)
        yield
    finally:
        server.should_exit = True
        thread.join(10)
        listening.close()
