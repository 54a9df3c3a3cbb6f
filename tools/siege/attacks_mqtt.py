"""What a sensor with its own password can try at the broker and through it at ingest."""

import gzip
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Event

from tools.siege.mqtt import Sender
from tools.siege.target import Target

Figures = dict[str, int]
# At most so many messages a second from one attacker, and for so long.
FLOOD_PER_S = 10_000
FLOOD_S = 20.0
_BATCH = 200


def thief(target: Target, over: Event, user: str) -> Figures:
    """Calls itself ingest, with and without keeping the session, again and again."""
    tries = 0
    while not over.wait(0.5):
        for clean in (True, False):
            Sender(target, user, "cityhub-ingest", clean=clean).close()
            tries += 1
    return {"tries": tries}


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
