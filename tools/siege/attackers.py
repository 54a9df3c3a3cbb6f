"""Every attack in a process of its own, at the lowest priority: what it costs itself is not the hub's."""

import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from threading import Event, Thread
from types import MappingProxyType
from typing import Any

from cityhub.parent import follow_parent
from tools.siege import attacks_door, attacks_http, attacks_mqtt
from tools.siege.target import Target

Attack = Callable[[Target, Event, str], dict[str, int]]
ATTACKS: Mapping[str, Attack] = MappingProxyType(
    {
        attack.__name__: attack
        for attack in (
            attacks_mqtt.thief,
            attacks_mqtt.hoarder,
            attacks_mqtt.garbage,
            attacks_mqtt.plausible,
            attacks_mqtt.historian,
            attacks_http.readers,
            attacks_http.endless_head,
            attacks_http.endless_body,
            attacks_http.mute,
            attacks_http.returning,
            attacks_http.members,
            attacks_http.dripping,
            attacks_http.idle_on_metrics,
            attacks_door.guessers,
            attacks_door.prowlers,
            attacks_door.huge_forms,
            attacks_door.dripping_forms,
            attacks_door.reporters,
            attacks_door.pictures,
        )
    }
)


@dataclass(slots=True)
class _Running:
    """`leash`: closed, it tells the process to stop. An event that processes share would wait for each of them."""

    process: multiprocessing.process.BaseProcess
    answer: Any
    leash: Any


class Attackers:
    """The attacks named, each under way until `finish`. To be used from one thread that lives as long."""

    def __init__(self, target: Target, names: Mapping[str, str]) -> None:
        """`names`: which attack, as which sensor."""
        # A fresh interpreter: nothing of this process, its threads and connections least of all, is shared.
        self._context = multiprocessing.get_context("spawn")
        self._target, self._names = target, names
        self._running: dict[str, _Running] = {}

    def start(self) -> None:
        """Begin, all at once."""
        for name, sensor in self._names.items():
            here, there = self._context.Pipe(duplex=False)
            held, leash = self._context.Pipe(duplex=False)
            process = self._context.Process(
                target=_attack, args=(name, self._target, sensor, held, there, os.getpid()), daemon=True
            )
            process.start()
            there.close()
            held.close()
            self._running[name] = _Running(process, here, leash)

    def finish(self, patience_s: float = 20) -> dict[str, dict[str, Any]]:
        """Stop them all; what each did, or `error` where it could not go on."""
        for running in self._running.values():
            running.leash.close()
        found: dict[str, dict[str, Any]] = {}
        deadline = time.monotonic() + patience_s
        for name, running in self._running.items():
            left = max(0.0, deadline - time.monotonic())
            try:
                found[name] = running.answer.recv() if running.answer.poll(left) else {"error": "did not end"}
            except EOFError:
                found[name] = {"error": "ended without a word"}
            running.process.kill()
            running.process.join()
        self._running.clear()
        return found


def _attack(name: str, target: Target, sensor: str, leash: Any, answer: Any, parent: int) -> None:
    follow_parent(parent, signal.SIGKILL)
    # ctrl-C is for who started the siege.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(19)
    over = Event()

    def wait_for_the_end() -> None:
        with suppress(EOFError):
            leash.recv()
        over.set()

    Thread(target=wait_for_the_end, daemon=True).start()
    try:
        answer.send(ATTACKS[name](target, over, sensor))
    except Exception as exc:  # what an attack dies of is one of its figures
        answer.send({"error": f"{type(exc).__name__}: {exc}"})
