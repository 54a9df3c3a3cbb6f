"""How one cell of a catalogue file becomes a value. Each parser raises BadCell with what to do about it."""

import re
import unicodedata
from collections.abc import Callable
from datetime import datetime

from cityhub.catalogue.model import BASES
from cityhub.catalogue.opening import parse as parse_opening
from cityhub.catalogue.vehicles import VEHICLES
from cityhub.rfc3339 import HANOI_TIME

_ID = re.compile(r"[a-z0-9-]{3,64}")
_ISSUER = re.compile(r"[a-z0-9-]{2,20}")
_WHOLE = re.compile(r"[0-9]{1,9}")
_DECIMAL = re.compile(r"[+-]?[0-9]{1,9}(\.[0-9]{1,20})?")
_LONGEST_TEXT = 500
_FIRST_YEAR = 2000
_NOT_IN_ONE_LINE = {"Cc", "Zl", "Zp"}


Parser = Callable[[str], object]


class BadCell(Exception):
    """The text of a cell cannot be used; the message says why."""


def shown(cell: str) -> str:
    """The cell as an error message quotes it: one line, not long."""
    return repr(cell if len(cell) <= 40 else cell[:40] + "…")


def text(cell: str) -> str:
    """Composed Unicode (NFC), so that Vietnamese names compare and sort alike wherever they were typed."""
    if len(cell) > _LONGEST_TEXT:
        raise BadCell(f"longer than {_LONGEST_TEXT} characters")
    if any(unicodedata.category(character) in _NOT_IN_ONE_LINE for character in cell):
        raise BadCell("holds a control character or line break")
    if "\N{REPLACEMENT CHARACTER}" in cell:
        raise BadCell(
            "holds \N{REPLACEMENT CHARACTER}: letters were lost when it was saved; save it as CSV UTF-8"
        )
    return unicodedata.normalize("NFC", cell)


def identifier(cell: str) -> str:
    """An id as topics and addresses take it."""
    if not _ID.fullmatch(cell):
        raise BadCell(f"{shown(cell)} is no id: use 3 to 64 of a-z, 0-9 and hyphen")
    return cell


def whole(cell: str) -> int:
    """A whole number above zero."""
    if not _WHOLE.fullmatch(cell) or int(cell) == 0:
        raise BadCell(f"{shown(cell)} is no whole number above zero")
    return int(cell)


def longitude(cell: str) -> float:
    """Degrees east, WGS84."""
    return _degrees(cell, 180.0, "longitude")


def latitude(cell: str) -> float:
    """Degrees north, WGS84."""
    return _degrees(cell, 90.0, "latitude")


def basis(cell: str) -> str:
    """One of the closed list of ways to know a coordinate."""
    if cell not in BASES:
        raise BadCell(f"{shown(cell)} is not one of {', '.join(BASES)}")
    return cell


def truth(cell: str) -> bool:
    """`true` or `false`, whatever the case."""
    try:
        return {"true": True, "false": False}[cell.lower()]
    except KeyError:
        raise BadCell(f"{shown(cell)} is neither true nor false") from None


def day(cell: str) -> datetime:
    """The beginning of a day in Hanoi; none before the year 2000, which the hub takes for clocks that are not set."""
    try:
        begin = datetime.strptime(cell, "%Y-%m-%d").replace(tzinfo=HANOI_TIME)
    except ValueError:
        raise BadCell(f"{shown(cell)} is no date such as 2026-11-22") from None
    if begin.year < _FIRST_YEAR:
        raise BadCell(f"{shown(cell)} is before {_FIRST_YEAR}")
    return begin


def vehicles(cell: str) -> tuple[str, ...]:
    """Semicolon-separated classes of vehicles."""
    found = names(cell)
    for name in found:
        if name not in VEHICLES:
            raise BadCell(f"{shown(name)} is no class of vehicles; known: {', '.join(VEHICLES)}")
    return found


def issuer(cell: str) -> str:
    """Who numbers receipts: it stands in their numbers."""
    if not _ISSUER.fullmatch(cell):
        raise BadCell(f"{shown(cell)} is no issuer: use 2 to 20 of a-z, 0-9 and hyphen")
    return cell


def opening(cell: str) -> str:
    """When a place is open."""
    try:
        return parse_opening(cell).text
    except ValueError as exc:
        raise BadCell(str(exc)) from None


def names(cell: str) -> tuple[str, ...]:
    """Semicolon-separated names, none twice."""
    found = tuple(part.strip() for part in cell.split(";") if part.strip())
    if len(set(found)) < len(found):
        raise BadCell("names one of them twice")
    return found


def _degrees(cell: str, limit: float, what: str) -> float:
    if not _DECIMAL.fullmatch(cell):
        if _DECIMAL.fullmatch(cell.replace(",", ".", 1)):
            raise BadCell(f"{shown(cell)} has a decimal comma; write {cell.replace(',', '.', 1)}")
        raise BadCell(f"{shown(cell)} is no {what} in decimal degrees, such as 21.0285")
    value = float(cell)
    if abs(value) > limit:
        swapped = "; are lat and lon swapped?" if limit < abs(value) <= 180 else ""
        raise BadCell(f"{cell} is no {what}, it must lie between -{limit:g} and {limit:g}{swapped}")
    return value
