"""What strangers try at the door, at the console, with forms, with reports that browsers send, and with pictures."""

import io
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from threading import Event
from uuid import uuid4

import msgspec

from tools.siege.attacks_http import HOST, Figures, together
from tools.siege.target import PICTURES, Target

GUESSERS = 20
PROWLERS = 10
DRIPPING = 100
# Each as the proxy would tell it: an attacker with a network of machines.
ADDRESSES = 200
_FORM = "application/x-www-form-urlencoded"
_ANSWER_BYTES = 65_536


def guessers(target: Target, over: Event, _sensor: str) -> Figures:
    """Guess passwords of somebody who is there and of names that are nobody's, half of them from one address."""

    def guess(number: int) -> Iterator[bytes]:
        while True:
            name = target.person if secrets.randbelow(2) else f"nobody-{secrets.token_hex(4)}"
            form = f"name={name}&password={secrets.token_hex(8)}".encode()
            yield _ask("POST", "/login", form, _FORM, is_alone=number % 2 == 0)

    return _ask_on(target, over, GUESSERS, guess)


def prowlers(target: Target, over: Event, _sensor: str) -> Figures:
    """Try the console and what needs a key with made-up cookies and keys, each of which has to be looked up."""
    paths = (
        "/ops",
        "/account",
        "/inspect",
        "/ops/money",
        "/ops/revenue",
        "/ops/sessions",
        "/api/v1/enforcement/unpaid",
        "/api/v1/revenue",
    )

    def prowl(number: int) -> Iterator[bytes]:
        while True:
            for path in paths:
                secret = secrets.token_urlsafe(32)
                who = f"Cookie: cityhub={secret}\r\n" if number % 2 else f"Authorization: Bearer {secret}\r\n"
                yield _ask("GET", path, more=who)

    return _ask_on(target, over, PROWLERS, prowl)


def huge_forms(target: Target, over: Event, _sensor: str) -> Figures:
    """Forms of megabytes, of a thousand fields, and in the guise of something else."""
    bodies = (
        (b"a=" + b"x" * 4_000_000, _FORM),
        (b"&".join(b"f%d=1" % number for number in range(1_000)), _FORM),
        (b"name=x&password=y", "text/plain"),
        (b'{"name":' * 2_000, "application/json"),
    )

    def fill(_number: int) -> Iterator[bytes]:
        while True:
            for body, kind in bodies:
                yield _ask("POST", "/login", body, kind)

    return _ask_on(target, over, 4, fill)


def dripping_forms(target: Target, over: Event, _sensor: str) -> Figures:
    """A hundred forms at the door whose bodies come a byte at a time."""
    head = (
        f"POST /login HTTP/1.1\r\nContent-Type: {_FORM}\r\nContent-Length: 4000\r\n".encode() + HOST + b"\r\n"
    )
    figures = {"opened": 0, "cut": 0}
    with ExitStack() as stack:
        lines = []
        for _ in range(DRIPPING):
            with suppress(OSError):
                lines.append(stack.enter_context(target.http(head)))
                figures["opened"] += 1
        while not over.wait(0.5):
            for line in list(lines):
                try:
                    line.sendall(b"a")
                except OSError:
                    figures["cut"] += 1
                    lines.remove(line)
    return figures


def reporters(target: Target, over: Event, _sensor: str) -> Figures:
    """Reports of broken policies, fifty to a body, and bodies that are none."""
    report = {
        "type": "csp-violation",
        "body": {"documentURL": "https://hub.test/p/token", "effectiveDirective": "img-src"},
    }
    bodies = (msgspec.json.encode([report] * 50), b"[" * 30_000, b"\x00" * 1_000, b"{" + b" " * 100_000)

    def tell(_number: int) -> Iterator[bytes]:
        while True:
            for body in bodies:
                yield _ask("POST", "/policy-reports", body, "application/reports+json")

    return _ask_on(target, over, 4, tell)


def pictures(target: Target, over: Event, _sensor: str) -> Figures:
    """Pictures that are small as files and large in memory, by somebody who may send pictures."""
    key = f"Authorization: Bearer {target.keys[PICTURES]}\r\n"
    told = {"reference": str(uuid4()), "state": "dry", "observed_at": datetime.now(UTC).isoformat()}
    asked = _ask(
        "POST",
        f"/api/v1/flood/{target.flood_point}/reports",
        msgspec.json.encode(told),
        "application/json",
        key,
    )
    answer = b""
    with target.http(asked) as line:
        while piece := line.recv(_ANSWER_BYTES):
            answer += piece
    id = msgspec.json.decode(answer.rpartition(b"\r\n\r\n")[2])["id"]

    def send(_number: int) -> Iterator[bytes]:
        # Made one after the other, which takes a while at the lowest priority.
        makers = (
            lambda: b"\x89PNG\r\n\x1a\n" + bytes(1_000_000),
            lambda: _picture((9_000, 5_000), "PNG"),
            lambda: _picture((4_000, 4_000), "PNG"),
            lambda: _picture((8_000, 5_000), "JPEG"),
        )
        made: list[bytes] = []
        while True:
            if len(made) < len(makers):
                made.append(makers[len(made)]())
            for body in made:
                kind = "image/png" if body.startswith(b"\x89PNG") else "image/jpeg"
                # Each is another picture of a report that has one: drawn, then refused.
                yield _ask(
                    "PUT", f"/api/v1/flood/reports/{id}/photo", body + secrets.token_bytes(4), kind, key
                )

    return _ask_on(target, over, 3, send)


def _picture(size: tuple[int, int], form: str) -> bytes:
    # Loaded in the attacker's own process.
    from PIL import Image  # noqa: PLC0415

    out = io.BytesIO()
    Image.new("L", size).save(out, form, progressive=True)
    return out.getvalue()


def _ask(
    method: str, path: str, body: bytes = b"", kind: str = "", more: str = "", *, is_alone: bool = False
) -> bytes:
    address = f"10.66.{0 if is_alone else secrets.randbelow(ADDRESSES)}.1"
    head = f"{method} {path} HTTP/1.1\r\nConnection: close\r\nX-Forwarded-For: {address}\r\n{more}"
    if method != "GET":
        head += f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + HOST + b"\r\n" + body


def _ask_on(target: Target, over: Event, count: int, asks: Callable[[int], Iterator[bytes]]) -> Figures:
    """So many attackers at once, each asking on; answers by status, and the slowest (ms)."""
    found: Counter[str] = Counter()
    slowest = [0.0] * count

    def one(number: int) -> None:
        for request in asks(number):
            if over.wait(0.02):
                return
            began = time.monotonic()
            status = "cut"
            with suppress(OSError), target.http() as line:
                with suppress(OSError):
                    # Who is refused before the end of a body reads why all the same.
                    line.sendall(request)
                status = line.recv(_ANSWER_BYTES)[9:12].decode("latin-1") or "cut"
            found[status] += 1
            slowest[number] = max(slowest[number], time.monotonic() - began)

    together(count, one)
    return {**dict(sorted(found.items())), "slowest_ms": int(1000 * max(slowest))}
