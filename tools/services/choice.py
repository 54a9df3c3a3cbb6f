"""Which services to use: the best that can be had here, and why."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

from cityhub.config import Settings
from cityhub.errors import ServiceError
from tools.services import debian, embedded
from tools.services.instance import WORDS, Kind

Wanted = Literal["auto", "private", "embedded", "external"]
WANTED: tuple[Wanted, ...] = get_args(Wanted)


@dataclass(frozen=True, slots=True)
class Choice:
    """`kind` None: external servers, named by the settings. `why`: one line for people."""

    kind: Kind | None
    why: str


def choose(wanted: Wanted, settings: Settings, say: Callable[[str], None]) -> Choice:
    """Takes what is wanted, building or installing it when missing; `say` gets what is going on.

    `auto`: external when both URLs are set, else private, else embedded. Raises ServiceError.
    """
    external = bool(settings.database_url and settings.mqtt_url)
    if wanted == "external" or (wanted == "auto" and external):
        for name in ("database_url", "mqtt_url"):
            settings.require(name)
        where = f"external {settings.database_url} and {settings.mqtt_url}"
        return Choice(None, f"{where}: named by the settings")
    if wanted == "embedded":
        embedded.install(say)
        return Choice("embedded", f"{WORDS['embedded']}: asked for")
    if wanted == "private":
        debian.build(say)
        return Choice("private", f"{WORDS['private']}: asked for")
    return _best(say)


def _best(say: Callable[[str], None]) -> Choice:
    reason = debian.why_not()
    if reason is None and debian.is_built():
        return Choice("private", f"{WORDS['private']}: already built in .hub/debian")
    if reason is None:
        try:
            debian.build(say)
            return Choice("private", f"{WORDS['private']}: built into .hub/debian")
        except ServiceError as exc:
            reason = str(exc)
    embedded.install(say)
    whose = "" if os.geteuid() == 0 else " (no root)"
    return Choice("embedded", f"{WORDS['embedded']}{whose}: no private TimescaleDB, {reason}")
