"""The demo's traffic with known plates and phones, then a look for them everywhere they must not be: what programs log,
figures, addresses, and every answer to somebody without a token.
"""

import asyncio
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus, unquote

import httpx
import pytest

from cityhub.config import Settings
from cityhub.parking.plates import normalise
from cityhub.store import connect
from simulators.drivers import Crowd, Pace
from tests.paying import PAYMENTS, SESSIONS, paying_settings
from tests.prices import save_flat
from tests.waiting import eventually
from tools.services.ports import answers, free_port

# Typed as people do; some are refused, and must not be repeated either.
PLATES = ("30A-672.45", "30đ 567.89", " 29-m1 432.10 ", "LAO-7788", "NG 80-011-55")
REFUSED = ("29B#765.43", "29C-111.22-333.44-555", "30E 999.88\u0007")
PHONES = ("0936 251 487", "+84 987.654.321")

# The real server, and a note of every address that anybody asked it for.
API = """
import os
from api.app import create_app
from api.server import Server
from cityhub import logs
from cityhub.config import settings
from cityhub.listening import listen

logs.configure(settings(), "api")
app = create_app(settings())
asked = open(os.environ["ASKED"], "a", buffering=1)

class Note:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        if scope["type"] == "http":
            path = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1")
            print(path + "?" + scope["query_string"].decode("latin-1"), file=asked)
        await self.app(scope, receive, send)

app.add_middleware(Note)
Server(app).run(sockets=[listen("127.0.0.1", settings().api_port, "")])
"""
# What `./hub jobs` does every minute, as if time had gone by: asked providers, refunds, ends, forgotten phones.
JOBS = """
from datetime import UTC, datetime, timedelta
from cityhub import logs
from cityhub.config import settings
from cityhub.payments.ways import Ways
from cityhub.store import connect, session
from jobs import payments
from jobs.providers import Providers

logs.configure(settings(), "jobs")
payments.run(settings())
with connect(settings().require("database_url"), "tests", session.JOBS, autocommit=True) as conn:
    for minutes in (3, 20, 60, 60 * 24 * 9):
        now = datetime.now(UTC) + timedelta(minutes=minutes)
        payments.ask(conn, Providers(Ways.of(settings())), now)
        payments.give_back(conn, Providers(Ways.of(settings())), now)
        payments.tidy(conn, now)
print("done")
"""


@dataclass(frozen=True)
class Traffic:
    """Where programs ran and wrote; `logs` by program."""

    settings: Settings
    url: str
    gateways: str
    logs: dict[str, Path]
    asked: Path


@contextmanager
def program(arguments: list[str], log: Path, port: int, **environment: str) -> Iterator[None]:
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, *arguments], env=os.environ | environment, stdout=out, stderr=out
        )
    try:
        eventually(lambda: answers(port), 40, lives=lambda: process.poll() is None, told=log.read_text)
        yield
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture
def traffic(database_url: str, tmp_path: Path) -> Iterator[Traffic]:
    port, gateways = free_port(), free_port()
    settings = paying_settings(
        database_url, gateways, port, api_port=port, log_format="json", log_level="debug"
    )
    with connect(database_url, "tests") as conn:
        save_flat(conn)
    logs = {name: tmp_path / f"{name}.log" for name in ("api", "gateways", "jobs")}
    asked, url = tmp_path / "asked", f"http://127.0.0.1:{port}"
    wrong = ["--misbehave", "double,forge,lose,amount,partial", "--share", "0.2", "--seed", "4"]
    simulated = ["-m", "tools", "gateways", "--hub", url, "--port", str(gateways), *wrong]
    environment = settings.environment()
    with (
        program(["-c", API], logs["api"], port, ASKED=str(asked), **environment),
        program(simulated, logs["gateways"], gateways, **environment),
    ):
        yield Traffic(settings, url, f"http://127.0.0.1:{gateways}", logs, asked)


def written(text: str) -> set[str]:
    """The ways in which a plate or phone may stand somewhere, in small letters."""
    forms = {text.strip(), re.sub(r"[^0-9A-Za-zĐđ]", "", text)}
    if text.startswith("+84"):
        forms.add("0" + re.sub(r"[^0-9]", "", text)[2:])
    elif text.startswith("0") and text[:2] != "00":
        forms.add("84" + re.sub(r"[^0-9]", "", text)[1:])
    forms |= {encode(form) for form in set(forms) for encode in (quote, quote_plus)}
    forms |= {json.dumps(form)[1:-1] for form in set(forms)}
    return {form.lower() for form in forms}


def leaks(text: str, needles: set[str]) -> list[str]:
    """Which of them stand in the text, as it is or decoded."""
    texts = (text.lower(), unquote(text).lower())
    return [needle for needle in needles if any(needle in one for one in texts)]


def people(url: str, bank: str) -> tuple[str, list[str]]:
    """Sessions of the plates above, typed, refused, corrected; a payment's id, and the answers to what was wrong."""
    told = []
    with httpx.Client(base_url=url, timeout=60) as client:
        about: dict[str, Any] = {"place_id": "ltk-01", "vehicle": "car", "minutes": 60}
        for number, plate in enumerate(PLATES):
            phone = PHONES[number % 2]
            answer = client.post(SESSIONS, json={**about, "plate": plate, "phone": phone})
            assert answer.status_code == 201, answer.text
            token = answer.json()["token"]
            payment = client.post(PAYMENTS, json={"session_token": token, "provider": "vietqr"}).json()
            fields = {"content": f"{payment['transfer_code']} {number}", "amount": str(payment["amount"])}
            client.post(f"{bank}/bank", data=fields)
            client.post(f"{SESSIONS}/{token}/correct", json={"plate": PLATES[number - 1]})
            told.append(client.post(f"{SESSIONS}/{token}/correct", json={"plate": PLATES[number - 2]}).text)
            client.get(f"/p/{token}")
            # The form of the pages, and its way to the session.
            form = {"plate": plate, "vehicle": "car", "minutes": "60", "phone": phone}
            told.append(client.post("/parking/ltk-01", data=form).headers.get("location", ""))
            told.append(client.post(SESSIONS, json={**about, "plate": plate, "phone": f"{phone}x"}).text)
            told.append(client.post(SESSIONS, json={**about, "plate": plate, "place_id": "nowhere"}).text)
            told.append(client.post(SESSIONS, json={**about, "plate": plate, "x": phone}).text)
            told.append(client.post(SESSIONS, content=json.dumps({"plate": plate})[:-1]).text)
        for plate in REFUSED:
            answer = client.post(SESSIONS, json={**about, "plate": plate})
            assert answer.status_code == 400, answer.text
            told.append(answer.text)
    return payment["id"], told


def public_answers(url: str, payment_id: str, receipt: tuple[str, str]) -> dict[str, str]:
    """What everybody can read: every address that is answered to GET, without a token of anybody."""
    known = {
        "place_id": "ltk-01", "payment_id": payment_id, "number": receipt[0], "token": "x" * 22, "kind": "parking",
        "sensor_id": "ltk-01-b01", "id": "ltk-01-b01", "day": "2026-11-01",
    }  # fmt: skip
    pages = [
        "/",
        "/parking",
        "/parking/{place_id}",
        "/maps/{kind}",
        "/embed/{kind}",
        "/p/{token}",
        "/metrics",
    ]
    found = {}
    with httpx.Client(base_url=url, timeout=60) as client:
        paths = [
            path for path, calls in client.get("/openapi.json").json()["paths"].items() if "get" in calls
        ]
        assert len(paths) > 15
        for path in [*paths, *pages, "/openapi.json", "/docs"]:
            filled = re.sub(r"\{(\w+)[^}]*\}", lambda match: known.get(match[1], "unknown"), path)
            query = {
                "code": receipt[1],
                "start": "2026-11-26T00:00:00+07:00",
                "end": "2026-11-27T00:00:00+07:00",
            }
            if path.endswith("/live"):
                with client.stream("GET", filled) as answer:
                    found[filled] = next(answer.iter_text())
                continue
            found[filled] = client.get(
                filled, params=query if "check" in path or "observ" in path else None
            ).text
    return found


def test_plates_and_phones_stand_nowhere_but_with_who_has_the_token(
    traffic: Traffic, database_url: str
) -> None:
    requested: list[str] = []
    crowd = Crowd(
        traffic.url,
        Pace(per_hour=3_600, haste=6, patience_s=5),
        seed=11,
        bank=f"{traffic.gateways}/bank",
        asked=requested.append,
    )
    asyncio.run(crowd.run(asyncio.Event(), 60))
    payment_id, told = people(traffic.url, traffic.gateways)
    traffic.logs["jobs"].write_text(
        subprocess.run(
            [sys.executable, "-c", JOBS],
            env=os.environ | traffic.settings.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        ).stdout
    )
    assert traffic.logs["jobs"].read_text().endswith("done\n"), traffic.logs["jobs"].read_text()
    with connect(database_url, "tests") as conn:
        [receipt] = conn.execute("SELECT number, check_code FROM receipt ORDER BY n DESC LIMIT 1").fetchall()
        stored = {plate for (plate,) in conn.execute("SELECT plate FROM segment") if plate}
        phones = conn.execute("SELECT count(*) FROM parking_session WHERE phone IS NOT NULL").fetchall()
    answered = public_answers(traffic.url, payment_id, receipt)

    typed = [*PLATES, *REFUSED, *PHONES]
    for one in crowd.drivers:
        typed += filter(None, (one.plate, one.mistyped, one.phone))
    needles = {form for text in typed for form in written(text)}
    # They were there to be leaked, and are found where they stand.
    assert stored >= {normalise(plate).text for plate in PLATES}
    assert crowd.counts["payments"] > 10
    assert stored <= {needle.upper() for needle in needles}
    assert phones == [(0,)]
    assert leaks(f"?plate={quote_plus(PLATES[1])}", needles)

    places = {f"the log of {name}": log.read_text() for name, log in traffic.logs.items()}
    places |= {
        "addresses asked of the hub": traffic.asked.read_text(),
        "addresses asked": "\n".join(requested),
    }
    places |= {f"the answer of {path}": text for path, text in answered.items()}
    places |= {f"a refusal, {number}": text for number, text in enumerate(told)}
    assert traffic.asked.read_text().count("\n") > 200
    found = {name: leaked for name, text in places.items() if (leaked := leaks(text, needles))}
    assert not found, {name: (leaked, places[name][:500]) for name, leaked in found.items()}
