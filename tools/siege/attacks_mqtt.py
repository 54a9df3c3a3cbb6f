"""What a sensor with its own password can try at the broker and through it at ingest."""

import gzip
import json
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Event

from tools.siege.mqtt import Sender
from tools.siege.target import Target

Figures = dict[str, int]
# At most so many messages a second from one attacker, and for so long.
FLOOD_PER_S = 10_000
FLOOD_S = 20.0
_BATCH = 200
# µg/m³, as no sensor of the siege measures it.
FORGED = 777.25


def thief(target: Target, over: Event, user: str) -> Figures:
    """Calls itself ingest, guesses the password of its own name, and reports for another sensor, again and again."""
    victim = next(name for name in target.passwords if name != user)
    figures = {"tries": 0, "guesses": 0, "let_in": 0, "forged": 0}
    while not over.wait(0.5):
        for clean in (True, False):
            Sender(target, user, "cityhub-ingest", clean=clean).close()
            figures["tries"] += 1
        figures["guesses"] += 1
        figures["let_in"] += _is_let_in(target, user, secrets.token_hex(24))
        for topic, payload in _forgeries(victim):
            sender = Sender(target, user)
            figures["forged"] += 1
            # Mosquitto before 2.0.22 ends the connection with the refusal.
            with suppress(OSError):
                sender.publish(topic, [payload])
                sender.read(0.05)
            sender.close()
    return figures


def _is_let_in(target: Target, user: str, password: str) -> bool:
    try:
        Sender(replace(target, passwords={user: password}), user).close()
    except ConnectionRefusedError:
        return False
    return True


def _forgeries(victim: str) -> list[tuple[str, bytes]]:
    """A reading that the sensor never had, whole and as one value; that it is away; that it is of another kind."""
    at = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    reading = json.dumps({"time": at, "values": {"pm2_5": FORGED}}).encode()
    return [
        (f"hanoi/air/{victim}/telemetry", reading),
        (f"hanoi/air/{victim}/telemetry/pm2_5", f"{FORGED}".encode()),
        (f"hanoi/air/{victim}/status", b'{"online": false}'),
        (f"hanoi/rain/{victim}/telemetry", reading),
    ]


def hoarder(target: Target, over: Event, user: str) -> Figures:
    """Leaves large retained messages wherever it may, and tries where it may not."""
    figures = {"kept": 0, "refused": 0}
    number = 0
    while not over.wait(0.05):
        number += 1
        topic = f"hanoi/air/{user}/telemetry" + ("" if number % 2 else f"/topic-{number}")
        size = 1_000_000 if number % 5 == 0 else 200_000
        try:
            sender = Sender(target, user)
            sender.publish(topic, [bytes(size)], retain=True)
            sender.read(1)
            figures["kept" if sender.acknowledged else "refused"] += 1
            sender.close()
        except OSError:
            figures["refused"] += 1
    return figures


def garbage(target: Target, over: Event, user: str) -> Figures:
    """Messages that are no JSON, as many as the broker takes, up to a bound."""
    return _flood(target, over, user, lambda number: b"\x00garbage %d" % number)


def plausible(target: Target, over: Event, user: str) -> Figures:
    """Packed lists of 5,600 readings that could all be true."""
    start = datetime.now(UTC) - timedelta(hours=12)
    sent = 0
    sender = Sender(target, user)
    while sent < 79 and not over.wait(0.2):
        readings = [
            {
                "time": (start + timedelta(milliseconds=7 * (5_600 * sent + number))).isoformat(),
                "values": {"pm2_5": 20 + number % 50},
            }
            for number in range(5_600)
        ]
        sender.publish(f"hanoi/air/{user}/telemetry", [gzip.compress(json.dumps(readings).encode(), 6)])
        sent += 1
    sender.close()
    return {"messages": sent, "values": 5_600 * sent}


def historian(target: Target, over: Event, user: str) -> Figures:
    """One list with a reading a week since 2000, again and again, a second apart in every one."""
    sent = 0
    sender = Sender(target, user)
    first = datetime(2000, 1, 2, tzinfo=UTC)
    while sent < 20 and not over.wait(1):
        readings = [
            {"time": (first + timedelta(weeks=week, seconds=sent)).isoformat(), "values": {"pm2_5": 12.5}}
            for week in range(1_400)
        ]
        sender.publish(f"hanoi/air/{user}/telemetry", [json.dumps(readings).encode()])
        sent += 1
    sender.close()
    return {"messages": sent}


def _flood(target: Target, over: Event, user: str, payload: Callable[[int], bytes]) -> Figures:
    sent = 0
    sender = Sender(target, user)
    began = time.monotonic()
    while sent < FLOOD_PER_S * FLOOD_S and not over.is_set():
        sender.publish(
            f"hanoi/air/{user}/telemetry", [payload(number) for number in range(sent, sent + _BATCH)]
        )
        sent += _BATCH
        over.wait(max(0.0, began + sent / FLOOD_PER_S - time.monotonic()))
    sender.close()
    return {"messages": sent, "per_s": round(sent / (time.monotonic() - began))}
