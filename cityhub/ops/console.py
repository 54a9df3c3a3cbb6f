"""Which troubles of sensors are listed: by what somebody knows of them, by what is asked for, and by what an operator
chose to be told of. Pure.
"""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from cityhub.devices.trouble import KINDS, Code, Device, found
from cityhub.kinds import KindName

State = Literal["open", "acknowledged", "maintenance"]


@dataclass(frozen=True, slots=True)
class Wrong:
    """A trouble of a sensor. `since`: None where nobody can know; `began`: what was known before then was another."""

    sensor_id: str
    kind: KindName
    name_vi: str
    name_en: str
    code: Code
    since: datetime | None
    began: datetime | None
    device: Device


def wrongs(
    sensor_id: str, kind: KindName, name_vi: str, name_en: str, device: Device, now: datetime
) -> Iterator[Wrong]:
    """What is wrong with a sensor at `now` (aware)."""
    for code in found(device, now):
        since = began = None
        if code == "silent":
            since = began = device.heard
        elif code == "unchanged":
            since = began = device.flat_since
        elif code == "stale":
            since = device.newest
        yield Wrong(sensor_id, kind, name_vi, name_en, code, since, began, device)


def in_order(some: Iterable[Wrong]) -> list[Wrong]:
    """The gravest first, of those what is new."""
    return sorted(
        some,
        key=lambda one: (
            KINDS[one.code].severity,
            math.inf if one.since is None else -one.since.timestamp(),
            one.sensor_id,
        ),
    )


@dataclass(frozen=True, slots=True)
class Note:
    """Somebody knows: who, what they said, since when and until when that is enough."""

    id: int
    by: str
    note: str
    due_at: datetime
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Known:
    """What somebody knows at a moment: notes by sensor and code, and until when which sensors are being worked on."""

    notes: Mapping[tuple[str, str], Note]
    maintained: Mapping[str, datetime]

    def of(self, wrong: Wrong) -> Note | None:
        """The note that stands for a trouble: what began anew is new."""
        note = self.notes.get((wrong.sensor_id, wrong.code))
        return None if note is None or (wrong.began is not None and note.made_at < wrong.began) else note

    def state(self, wrong: Wrong) -> State:
        """Whose it is."""
        if wrong.sensor_id in self.maintained:
            return "maintenance"
        return "open" if self.of(wrong) is None else "acknowledged"


@dataclass(frozen=True, slots=True)
class Reach:
    """What an operator chose to be told of: of each, all where it is empty. `areas`: their ids."""

    kinds: frozenset[KindName] = frozenset()
    codes: frozenset[Code] = frozenset()
    areas: frozenset[str] = frozenset()

    @property
    def is_narrow(self) -> bool:
        """Is anything left out?"""
        return bool(self.kinds or self.codes or self.areas)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for; None: whatever it is. `within`: only these sensors.

    `reach`: what the reader chose, and `reached` the sensors of its areas, None for all.
    """

    state: State | None = "open"
    code: Code | None = None
    kind: KindName | None = None
    within: frozenset[str] | None = None
    reach: Reach = Reach()
    reached: frozenset[str] | None = None

    def hides(self, one: Wrong) -> bool:
        """Did the reader choose not to be told of it?"""
        reach = self.reach
        return bool(
            (reach.kinds and one.kind not in reach.kinds)
            or (reach.codes and one.code not in reach.codes)
            or (self.reached is not None and one.sensor_id not in self.reached)
        )


@dataclass(frozen=True, slots=True)
class Listed:
    """What matches, in its order, and how many there are by state and code of the kind and area that is asked for.

    `hidden`, `hidden_grave`: what matches as well and is not told, because the reader chose so.
    """

    lines: Sequence[Wrong]
    counts: Mapping[tuple[State, Code], int]
    hidden: int
    hidden_grave: int


def listed(some: Sequence[Wrong], known: Known, asked: Asked) -> Listed:
    """Of all that was found what is asked for."""
    counts: Counter[tuple[State, Code]] = Counter()
    lines: list[Wrong] = []
    hidden = hidden_grave = 0
    for one in some:
        if asked.kind is not None and one.kind != asked.kind:
            continue
        if asked.within is not None and one.sensor_id not in asked.within:
            continue
        state = known.state(one)
        matches = asked.state in (None, state) and asked.code in (None, one.code)
        if asked.hides(one):
            hidden += matches
            hidden_grave += matches and KINDS[one.code].is_grave
            continue
        counts[state, one.code] += 1
        if matches:
            lines.append(one)
    return Listed(lines, counts, hidden, hidden_grave)
