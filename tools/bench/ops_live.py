"""Seconds from what a colleague does until an open console has the page that shows it."""

import http.client
import secrets
import time
import urllib.request
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import psycopg

from cityhub.store import acknowledgements, people, sign_ins

ROUNDS = 21
LIMIT_MS = 2000.0


def seconds(conn: psycopg.Connection, base: str, silent: Sequence[str]) -> list[float]:
    """Of a browser that somebody signed in with. `conn` is in autocommit; `silent`: sensors that nobody knows of."""
    cookie = _browser(conn)
    found = []
    with _open(f"{base}/ops/live", cookie, "text/event-stream") as stream:
        _hear(stream)
        for number, sensor_id in enumerate(silent[:ROUNDS]):
            now = datetime.now(UTC)
            began = time.perf_counter()
            acknowledgements.acknowledge(
                conn, f"sensor:{sensor_id}", "silent", "bench", "known", now, now + timedelta(hours=1)
            )
            _hear(stream)
            with _open(f"{base}/ops?lang=vi", cookie, "text/html") as page:
                page.read()
            found.append(time.perf_counter() - began)
            # Looks come once a second: not always in the same moment of theirs.
            time.sleep(number % 7 / 7)
    return found


def _browser(conn: psycopg.Connection) -> str:
    now, cookie = datetime.now(UTC), sign_ins.new_cookie()
    with conn.transaction():
        people.add(conn, "bench", "operator", secrets.token_urlsafe(24), now)
        person = people.by_name(conn, "bench")
        people.set_password(conn, person, secrets.token_urlsafe(24), must_change=False)
        sign_ins.add(conn, person.id, cookie, now, is_whole=True, browser="bench", address="127.0.0.1")
    return cookie


def _open(url: str, cookie: str, accepts: str) -> http.client.HTTPResponse:
    asked = urllib.request.Request(url, headers={"Cookie": f"cityhub={cookie}", "Accept": accepts})  # noqa: S310
    answer: http.client.HTTPResponse = urllib.request.urlopen(asked, timeout=30)  # noqa: S310 - always http, ours
    return answer


def _hear(stream: http.client.HTTPResponse) -> None:
    for line in stream:
        if line.startswith(b"event: changed"):
            return
    raise AssertionError("the stream ended")
