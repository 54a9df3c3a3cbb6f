"""The proxy's configuration in the real proxy: what it serves, what it hides, and what it writes down about people."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar
from urllib.parse import unquote

import httpx
import pytest

from tests.waiting import eventually
from tools.services.ports import answers, free_port

CADDYFILE = Path(__file__).resolve().parents[2] / "deploy/Caddyfile"
TOKEN, PLATE, PHONE = "tok3nOfSomebody", "30A12345", "0912345678"


class Upstream(BaseHTTPRequestHandler):
    """An API that redirects to somebody's session, with a cookie."""

    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(unquote(self.path.partition("?")[0]))
        self.send_response(303)
        self.send_header("Location", f"/p/{TOKEN}")
        self.send_header("Set-Cookie", f"session={TOKEN}")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *_arguments: object) -> None:
        """Nothing."""


@dataclass(frozen=True)
class Proxy:
    """A running proxy, and what it logged."""

    url: str
    log: Path

    def lines(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.log.read_text().splitlines()]


@pytest.fixture(scope="module")
def caddy() -> Path:
    program = Path(sys.executable).parent / "caddy"
    if not program.exists():
        pytest.skip("no caddy in this environment: deploy/Caddyfile was not tried")
    return program


@pytest.fixture
def proxy(caddy: Path, tmp_path: Path) -> Iterator[Proxy]:
    upstream = ThreadingHTTPServer(("127.0.0.1", 0), Upstream)
    threading.Thread(target=upstream.serve_forever, daemon=True).start()
    port, log = free_port(), tmp_path / "caddy.log"
    config = tmp_path / "Caddyfile"
    text = CADDYFILE.read_text()
    assert "api:8000" in text
    config.write_text(text.replace("api:8000", f"127.0.0.1:{upstream.server_port}"))
    environment = {
        "HUB_DOMAIN": f"http://127.0.0.1:{port}",
        "CADDY_ADMIN": f"127.0.0.1:{free_port()}",
        "HOME": str(tmp_path),
        "PATH": os.environ["PATH"],
    }
    with log.open("wb") as out:
        process = subprocess.Popen(
            [caddy, "run", "--adapter", "caddyfile", "--config", config],
            env=environment,
            stdout=out,
            stderr=out,
        )
    try:
        eventually(lambda: answers(port), lives=lambda: process.poll() is None, told=log.read_text)
        yield Proxy(environment["HUB_DOMAIN"], log)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)
        upstream.shutdown()
        upstream.server_close()


def test_the_configuration_is_valid_and_formatted(caddy: Path, tmp_path: Path) -> None:
    environment = {"HUB_DOMAIN": "hub.example.org", "HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    for arguments in (["validate", "--adapter", "caddyfile", "--config", CADDYFILE], ["fmt", CADDYFILE]):
        done = subprocess.run(
            [caddy, *arguments], env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr


PERSONAL = (
    f"/p/{TOKEN}",
    f"/P/{TOKEN}",
    f"/p/{TOKEN}?lang=vi",
    f"//p/{TOKEN}",
    f"/%70/{TOKEN}",
    f"/static/../p/{TOKEN}",
    f"/api/v1/parking/sessions/{TOKEN}",
    f"/api/v1/parking/sessions/{TOKEN}/extend",
    f"/api/v1/enforcement/plates/{PLATE}",
    f"/api/v1/receipts/12?token={TOKEN}",
    f"/payments/vnpay/return?vnp_SecureHash={TOKEN}",
    f"/api/v1/latest/air?phone={PHONE}",
    f"/api/v1/latest/air?{PLATE}",
    f"/api/v1/sensors?near=21.0285,105.8542&x={TOKEN}",
    f"/air?q={PLATE}#{TOKEN}",
)


def test_no_token_plate_or_query_is_written_down(proxy: Proxy) -> None:
    headers = {"Referer": f"{proxy.url}/p/{TOKEN}", "Cookie": f"session={TOKEN}", "X-API-Key": TOKEN}
    with httpx.Client(base_url=proxy.url, headers=headers, timeout=60) as client:
        for path in PERSONAL:
            request = client.build_request("GET", "/")
            # As it is: the client would tidy it up.
            request.url = request.url.copy_with(raw_path=path.partition("#")[0].encode())
            client.send(request)
    eventually(lambda: sum("request" in line for line in proxy.lines()) >= len(PERSONAL))
    text = proxy.log.read_text()
    for secret in (TOKEN, PLATE, PHONE, "21.0285", "vnp_SecureHash"):
        assert secret not in text, [line for line in text.splitlines() if secret in line]


def test_what_names_things_of_the_city_is_written_down(proxy: Proxy) -> None:
    paths = [
        "/",
        "/maps/air",
        "/api/v1/latest/air",
        "/api/v1/sensors/air-trung-yen-3/health",
        "/static/a/b.js",
    ]
    for path in paths:
        httpx.get(f"{proxy.url}{path}?lang=en", timeout=60)

    def logged() -> list[object]:
        requests = (line["request"] for line in proxy.lines() if "request" in line)
        return [request["uri"] for request in requests if isinstance(request, dict)]

    eventually(lambda: logged() == paths, told=logged)


def test_errors_write_no_more_down(caddy: Path, tmp_path: Path) -> None:
    """With an API that is away the proxy's other logger speaks."""
    port, log, config = free_port(), tmp_path / "caddy.log", tmp_path / "Caddyfile"
    config.write_text(CADDYFILE.read_text().replace("api:8000", f"127.0.0.1:{free_port()}"))
    environment = {
        "HUB_DOMAIN": f"http://127.0.0.1:{port}",
        "CADDY_ADMIN": f"127.0.0.1:{free_port()}",
        "HOME": str(tmp_path),
        "PATH": os.environ["PATH"],
    }
    with log.open("wb") as out:
        process = subprocess.Popen(
            [caddy, "run", "--adapter", "caddyfile", "--config", config],
            env=environment,
            stdout=out,
            stderr=out,
        )
    try:
        eventually(lambda: answers(port), lives=lambda: process.poll() is None, told=log.read_text)
        assert httpx.get(f"http://127.0.0.1:{port}/p/{TOKEN}?plate={PLATE}", timeout=60).status_code == 502
        eventually(lambda: "http.log.error" in log.read_text(), told=log.read_text)
        assert TOKEN not in log.read_text()
        assert PLATE not in log.read_text()
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


@pytest.mark.parametrize(
    "path", ["/metrics", "/metrics/", "/METRICS", "/%6detrics", "//metrics", "/x/../metrics"]
)
def test_metrics_are_not_for_the_public(proxy: Proxy, path: str) -> None:
    with httpx.Client(base_url=proxy.url, timeout=60) as client:
        request = client.build_request("GET", "/")
        request.url = request.url.copy_with(raw_path=path.encode())
        answer = client.send(request)
    # What gets through as another path is nothing that the API has.
    assert answer.status_code in (404, 303)
    assert "/metrics" not in Upstream.asked
