"""The provider of serve.mjs as a process of a test, and a browser's way through it."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tools.services import node

HUB = "https://hub.test"
CLIENT_ID, CLIENT_SECRET = "city-hub", "a secret of the tests: 100% + more"
_CLIENT = {
    "client_id": CLIENT_ID,
    "client_secret": CLIENT_SECRET,
    "redirect_uris": [f"{HUB}/login/oidc/callback"],
    "post_logout_redirect_uris": [f"{HUB}/login"],
}
_PROGRAM = Path(__file__).with_name("serve.mjs")


@dataclass(frozen=True)
class CityAccounts:
    """A provider that listens; `issuer`: its address."""

    issuer: str

    def control(self, **changes: Any) -> None:
        """Changes it while it runs, as serve.mjs tells."""
        httpx.post(f"{self.issuer}/control", json=changes, timeout=60).raise_for_status()

    def answer(self, browser: httpx.Client, address: str, login: str | None) -> str:
        """Where the provider sends a browser that signs in as `login`, or cancels for None."""
        here = _get(browser, address)
        if urlsplit(here.headers["location"]).path.startswith("/interaction/"):
            form = {"cancel": "1"} if login is None else {"login": login}
            here = browser.post(f"{self.issuer}{urlsplit(here.headers['location']).path}", data=form)
            here = _get(browser, here.headers["location"])
        return here.headers["location"]


def _get(browser: httpx.Client, address: str) -> httpx.Response:
    answer = browser.get(address)
    assert answer.status_code == 303, answer.text
    return answer


def asked(address: str) -> dict[str, str]:
    """The query of an address."""
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


@contextmanager
def city_accounts(*, in_id_token: bool = False, **client: object) -> Iterator[CityAccounts]:
    """A provider for one hub; `in_id_token`: it tells of people there, and not where it is asked for more."""
    program = shutil.which("node") or shutil.which("node", path=str(Path(node.npm() or "").parent))
    if program is None or not node.is_fresh():
        pytest.skip("npm packages are missing or stale; `./hub test` installs them")
    given = json.dumps({"client": {**_CLIENT, **client}, "inIdToken": in_id_token})
    with subprocess.Popen([program, str(_PROGRAM), given], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield CityAccounts(process.stdout.readline().strip())
        finally:
            process.terminate()
