"""Values of a JSON document as devices write them: numbers, times, and how to show them to people."""

import math
from datetime import UTC, datetime
from typing import Any

from cityhub import rfc3339

# Unix times above this are milliseconds: in seconds it would be the year 5138.
_MILLISECONDS_FROM = 1e11


def number(value: Any) -> float | None:
    """A finite float, or None. Booleans and strings are no numbers, though Python might take them.

    Zero has no sign: -0.0, as a sensor rounds a little below nothing, is 0.
    """
    if type(value) is float:
        return value + 0.0 if math.isfinite(value) else None
    if type(value) is int:
        try:
            return float(value)
        except OverflowError:
            return None
    return None


def moment(value: Any) -> datetime:
    """The time (aware) that an RFC 3339 text or a Unix time in seconds or milliseconds names.

    Raises ValueError in words.
    """
    if isinstance(value, str):
        return rfc3339.parse(value)
    if type(value) not in (int, float):
        raise ValueError("neither a text nor a number")
    try:
        return datetime.fromtimestamp(value / 1000 if abs(value) >= _MILLISECONDS_FROM else value, UTC)
    except (OverflowError, OSError, ValueError):
        raise ValueError("out of range") from None


def shown(value: Any) -> str:
    """The value for people. Containers by type only: their text may be deeper than Python can recurse."""
    return repr(value) if isinstance(value, str | int | float) else json_type(value)


def json_type(value: Any) -> str:
    """The JSON name of the value's type, with its article."""
    if value is None:
        return "null"
    names = {
        bool: "a boolean",
        int: "a number",
        float: "a number",
        str: "a text",
        list: "a list",
        dict: "an object",
    }
    return names.get(type(value), type(value).__name__)


def printable(text: str, length: int) -> str:
    """`text` cut to `length`, control characters and lone surrogates escaped, fit to be stored and shown."""
    cut = text if len(text) <= length else text[: length - 1] + "…"
    escaped = cut.encode("utf-8", "backslashreplace").decode()
    seen = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in escaped)
    return seen[:length]
