"""Seconds until an open console has the page that shows what a colleague did, or a new trouble."""

import http.client
import secrets
import time
import urllib.request
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import psycopg

from cityhub.store import acknowledgements, people, sign_ins
from cityhub.store.queries import load

_SQL = load(__file__)

ROUNDS = 21
LIMIT_MS = 2000.0


def seconds(
    conn: psycopg.Connection, base: str, silent: Sequence[str], well: Sequence[str]
) -> tuple[list[float], list[float]]:
    """Of what a colleague does, and of new troubles, in a browser that somebody signed in with.

    `conn` is in autocommit; `silent`: sensors that nobody knows of, `well`: those without trouble.
    """
    cookie = _browser(conn)

    def know(sensor_id: str) -> None:
        now, subject = datetime.now(UTC), f"sensor:{sensor_id}"
        acknowledgements.acknowledge(conn, subject, "silent", "bench", "known", now, now + timedelta(hours=1))

    def weaken(sensor_id: str) -> None:
        conn.execute(_SQL["weaken"], {"sensor_id": sensor_id})

    with _open(f"{base}/ops/live", cookie, "text/event-stream") as stream:
        _hear(stream)
        return (
            [_shown(stream, base, cookie, know, one) for one in silent[:ROUNDS]],
            [_shown(stream, base, cookie, weaken, one) for one in well[:ROUNDS]],
        )


def _shown(
    stream: http.client.HTTPResponse, base: str, cookie: str, act: Callable[[str], None], sensor_id: str
) -> float:
    # Looks come about once a second: not always in the same moment of theirs.
    time.sleep(int(sensor_id[-5:]) % 7 / 7)
    began = time.perf_counter()
    act(sensor_id)
    _hear(stream)
    with _open(f"{base}/ops?lang=vi", cookie, "text/html") as page:
        page.read()
    return time.perf_counter() - began


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
