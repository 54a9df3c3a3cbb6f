"""What drivers write by SMS, as commands. Pure: any text is a command, or one that was not understood and why.

BX LTK01 30A-123.45 60        time at a place; NHAC at the end asks for a reminder
BX GIAHAN 30 · BX DUNG · BX KT · BX GIUP
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from cityhub.errors import InvalidInput
from cityhub.parking.plates import Plate, normalise
from cityhub.parking.sessions import LONGEST_MINUTES

KEYWORD = "BX"
REMIND = "NHAC"
# Nobody writes more; what is longer is looked at no further.
_LONGEST = 320
_LENGTH = re.compile(r"(?P<number>[0-9]{1,5})(?P<unit>P|PHUT|H|GIO)?", re.ASCII)
_UNITS = {"P": 1, "PHUT": 1, "H": 60, "GIO": 60}
_NO_SIGN = re.compile(r"[^0-9A-Z]+")


@dataclass(frozen=True, slots=True)
class Begin:
    """So many minutes at a place from now on. `is_reminded`: the driver asked for a reminder before the end."""

    place_id: str
    plate: Plate
    minutes: int
    is_reminded: bool


@dataclass(frozen=True, slots=True)
class Extend:
    """So many minutes more."""

    minutes: int
    is_reminded: bool


@dataclass(frozen=True, slots=True)
class Ask:
    """What needs nothing else: stop, how it stands, how to write. `help` is in English, `giup` in Vietnamese."""

    what: Literal["stop", "status", "giup", "help"]


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """What could not be read in a message."""

    why: Literal["command", "place", "plate", "minutes"]


Command = Begin | Extend | Ask | NotUnderstood

_ASKED: Mapping[str, Ask] = {
    "DUNG": Ask("stop"),
    "KT": Ask("status"),
    "GIUP": Ask("giup"),
    "HELP": Ask("help"),
}


def parse(text: str, place_ids: Iterable[str]) -> Command:
    """The command of a message. `place_ids`: where time is sold; a place may be written without its hyphen."""
    words = unicodedata.normalize("NFKC", text[:_LONGEST]).upper().split()
    if not words or _bare(words[0]) != KEYWORD:
        return NotUnderstood("command")
    words = words[1:]
    if not words:
        return NotUnderstood("command")
    is_reminded = _bare(words[-1]) == REMIND
    if is_reminded:
        words = words[:-1]
    return _command(words, place_ids, is_reminded)


def _command(words: Sequence[str], place_ids: Iterable[str], is_reminded: bool) -> Command:
    first = _bare(words[0]) if words else ""
    if len(words) == 1 and first in _ASKED:
        return _ASKED[first]
    for count in (1, 2):
        if "".join(map(_bare, words[:count])) == "GIAHAN":
            minutes, rest = _minutes(words[count:])
            return NotUnderstood("minutes") if minutes is None or rest else Extend(minutes, is_reminded)
    if not any(sign.isdigit() for sign in "".join(words)):
        # Nothing of it can be a plate or a length.
        return NotUnderstood("command")
    place_id, words = _place(words, place_ids)
    if place_id is None:
        return NotUnderstood("place")
    minutes, written = _minutes(words)
    try:
        plate = normalise(" ".join(written))
    except InvalidInput:
        return NotUnderstood("plate")
    if minutes is None or (plate.is_odd and _is_plate(" ".join(words))):
        # The last digits belong to the plate, as in `30A1 2345`: no length was written.
        return NotUnderstood("minutes")
    return Begin(place_id, plate, minutes, is_reminded)


def _place(words: Sequence[str], place_ids: Iterable[str]) -> tuple[str | None, Sequence[str]]:
    """The place that the message begins with, and what follows it."""
    ids = list(place_ids)
    for count in (1, 2):
        # As it is written in full, then without what stands between; of two that look the same then, neither.
        full = [id for id in ids if id.upper() == "-".join(words[:count])]
        written = _NO_SIGN.sub("", "".join(words[:count]))
        short = [id for id in ids if _NO_SIGN.sub("", id.upper()) == written]
        found = full or short
        if len(found) == 1 and written:
            return found[0], words[count:]
    return None, words


def _minutes(words: Sequence[str]) -> tuple[int | None, Sequence[str]]:
    """The length at the end, in minutes, None where there is none that can be had; and what stands before it."""
    if not words:
        return None, words
    written, rest = _bare(words[-1]), words[:-1]
    if written in _UNITS and rest:
        written, rest = rest[-1] + written, rest[:-1]
    match = _LENGTH.fullmatch(written)
    if match is None:
        return None, words
    minutes = int(match["number"]) * _UNITS[match["unit"] or "P"]
    return (minutes if 1 <= minutes <= LONGEST_MINUTES else None), rest


def _is_plate(text: str) -> bool:
    try:
        return not normalise(text).is_odd
    except InvalidInput:
        return False


def _bare(word: str) -> str:
    """Without marks, as `GIÚP` is written on old phones."""
    letters = unicodedata.normalize("NFD", word.replace("Đ", "D"))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
