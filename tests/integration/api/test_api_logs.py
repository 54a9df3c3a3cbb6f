"""What the API's process writes while people use it: no token, plate, phone, key or query string of theirs."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from cityhub.config import read_settings
from tests.waiting import eventually
from tools.services.ports import answers, free_port

TOKEN, PLATE, PHONE, KEY = "tok3nOfSomebodyElse", "30A12345", "0912345678", "hushhushhushhush"
SECRETS = (TOKEN, PLATE, PHONE, KEY, "30A-123.45", "vnp_SecureHash", "21.0285")

# The real server, with routes of a kind that comes later and that fail in every way.
PROGRAM = """
import logging, threading
import psycopg
from fastapi import Response
from api.access import public
from api.app import create_app
from api.pools import Writes
from api.server import Server
from cityhub import logs
from cityhub.config import settings
from cityhub.listening import listen

logs.configure(settings(), "api")
app = create_app(settings())

@app.get("/broken/p/{token}")
@public
def session(token: str) -> Response:
    raise RuntimeError(f"asked https://pay.example/query?token={token} for /p/{token}")

@app.get("/broken/plates/{plate}")
@public
def plates(plate: str, pool: Writes) -> Response:
    with pool.connection() as conn:
        conn.execute("CREATE TEMP TABLE plates (plate text CONSTRAINT plate_once UNIQUE) ON COMMIT DROP")
        conn.execute("INSERT INTO plates VALUES (%s), (%s)", [plate, plate])
    return Response()

@app.get("/uncaught/{plate}")
@public
def uncaught(plate: str) -> Response:
    with psycopg.connect(settings().require("database_url")) as conn:
        conn.execute("CREATE TEMP TABLE plates (plate text CONSTRAINT plate_once UNIQUE)")
        conn.execute("INSERT INTO plates VALUES (%s), (%s)", [plate, plate])
    return Response()

@app.get("/thread/{token}")
@public
def thread(token: str) -> Response:
    def fail():
        raise RuntimeError(f"https://hub:{token}@pay.example")
    one = threading.Thread(target=fail)
    one.start()
    one.join()
    logging.getLogger("httpx").info("HTTP Request: GET https://pay.example/%s", token)
    return Response()

Server(app).run(sockets=[listen("127.0.0.1", settings().api_port, "")])
"""


@pytest.fixture(params=["json", "console"])
def logging_api(
    request: pytest.FixtureRequest, database_url: str, tmp_path: Path
) -> Iterator[tuple[str, Path]]:
    """The address of a server in a process of its own, and the file that it logs to."""
    port, log = free_port(), tmp_path / "api.log"
    settings = read_settings(
        database_url=database_url,
        api_port=port,
        api_keys=f"ward-7:{KEY}",
        log_format=request.param,
        log_level="debug",
    )
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM], env=os.environ | settings.environment(), stdout=out, stderr=out
        )
    try:
        eventually(lambda: answers(port), lives=lambda: process.poll() is None, told=log.read_text)
        yield f"http://127.0.0.1:{port}", log
    finally:
        process.terminate()
        process.wait(20)


def test_nothing_of_what_people_send_is_logged(logging_api: tuple[str, Path]) -> None:
    url, log = logging_api
    asked = [
        ("GET", f"/broken/p/{TOKEN}", 500),
        ("GET", f"/p/{TOKEN}", 404),
        ("POST", f"/p/{TOKEN}/correct", 404),
        ("POST", f"/p/{TOKEN}/reopen", 404),
        ("GET", f"/r/{TOKEN}", 404),
        ("POST", f"/r/{TOKEN}/pay", 404),
        ("GET", f"/r/{TOKEN}/{TOKEN}", 404),
        ("GET", f"/api/v1/parking/permits/{TOKEN}", 404),
        ("POST", "/api/v1/parking/permits", 400),
        ("POST", "/api/v1/parking/rights", 403),
        ("POST", "/api/v1/water/water-west-lake-north/samples", 403),
        ("POST", "/api/v1/parking/sessions", 400),
        ("POST", f"/api/v1/parking/sessions/{TOKEN}/correct", 404),
        ("POST", f"/api/v1/parking/sessions/{TOKEN}/reopen", 404),
        ("GET", f"/p/{TOKEN}/", 404),
        ("POST", f"/p/{TOKEN}", 405),
        ("GET", f"/api/v1/parking/sessions/{TOKEN}", 404),
        ("GET", f"/api/v1/receipts/HN-2026-000012?token={TOKEN}", 404),
        ("GET", f"/broken/plates/{PLATE}", 409),
        ("GET", "/broken/plates/30A-123.45", 409),
        ("GET", f"/api/v1/enforcement/plates/{PLATE}", 403),
        ("GET", f"/uncaught/{PLATE}", 500),
        ("GET", f"/thread/{TOKEN}", 200),
        ("GET", "/payments/vnpay/return?vnp_SecureHash=ab&vnp_TxnRef=7", 303),
        ("GET", f"/api/v1/sensors?near=21.0285,105.8542&radius={PHONE}{PHONE}", 400),
        ("GET", f"/api/v1/sensors/{TOKEN}", 400),
        ("POST", f"/api/v1/observations?detail={PLATE}", 400),
    ]
    headers = {"Authorization": f"Bearer {KEY}", "Referer": f"{url}/p/{TOKEN}", "Cookie": f"session={TOKEN}"}
    with httpx.Client(base_url=url, headers=headers, timeout=60) as client:
        for method, path, status in asked:
            said = {"plate": PLATE}
            is_form = method == "POST" and not path.startswith("/api/")
            answer = client.request(method, path, **{"data" if is_form else "json": said})
            assert answer.status_code == status, path
        report = {"csp-report": {"document-uri": f"{url}/p/{TOKEN}", "blocked-uri": f"x-{PLATE}:{PHONE}"}}
        body, kind = json.dumps(report), {"Content-Type": "application/csp-report"}
        assert client.post("/policy-reports", content=body, headers=kind).status_code == 204
        figures = client.get("/metrics").text
    eventually(lambda: "/uncaught/{plate}" in log.read_text(), told=log.read_text)
    text = log.read_text()
    for secret in SECRETS:
        assert secret not in text, [line for line in text.splitlines() if secret in line]
        assert secret not in figures
    # It was there to be logged.
    assert text.count("request failed") == 2
    assert "kept from a page by its policy" in text
    assert "plate_once" in text
    assert "https://hub:***@pay.example" in text


def test_lines_are_json_also_of_what_nobody_caught(logging_api: tuple[str, Path]) -> None:
    url, log = logging_api
    httpx.get(f"{url}/thread/x", timeout=60).raise_for_status()
    eventually(lambda: "RuntimeError" in log.read_text())
    if log.read_text().startswith("{"):
        lines = [json.loads(line) for line in log.read_text().splitlines()]
        assert [line["program"] for line in lines if line["event"] == "unexpected"] == ["api"]
