"""Fields of a report: read strictly, refused in words."""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cityhub.payments.credits.model import NotUnderstood
from cityhub.payments.order import MOST_TOLD
from cityhub.rfc3339 import HANOI_TIME

_DIGITS = re.compile(r"[0-9]{9,13}")


def document(body: bytes) -> dict[str, Any]:
    """The JSON object in the body; raises NotUnderstood."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise NotUnderstood("the body is no JSON") from None
    if not isinstance(found, dict):
        raise NotUnderstood("the body is no object")
    return found


def part(found: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The object of that name."""
    value = found.get(name)
    if not isinstance(value, dict):
        raise NotUnderstood(f"{name} is no object")
    return value


def amount(found: Mapping[str, Any], name: str) -> int:
    """Whole VND. Some tellers write 50000.0 or "50000"; a part of a dong is nothing a bank sends."""
    value = found.get(name)
    try:
        if isinstance(value, bool) or value is None:
            raise ValueError
        whole = int(value) if isinstance(value, int | float) else int(str(value).strip())
        if isinstance(value, float) and value != whole:
            raise ValueError
        if abs(whole) > MOST_TOLD:
            raise ValueError
    except (ValueError, OverflowError):
        raise NotUnderstood(f"{name} is no whole amount") from None
    return whole


def text(found: Mapping[str, Any], name: str, default: str | None = None) -> str:
    """A text or number as text; `default` where it is absent or null. Signs that no database holds are left out."""
    value = found.get(name)
    if value is None and default is not None:
        return default
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise NotUnderstood(f"{name} is no text")
    return str(value).replace("\0", "").encode(errors="ignore").decode()


def id(found: Mapping[str, Any], *names: str) -> str:
    """The first of these that says something. Of credits without a number the second would be taken for the first."""
    given = next((one for name in names if (one := text(found, name, "").strip())), None)
    if given is None:
        raise NotUnderstood(f"{names[-1]} is empty")
    return given


def hanoi_time(found: Mapping[str, Any], name: str, default: datetime) -> datetime:
    """A time as tellers write it, `2026-11-22 10:00:00` in Hanoi or with an offset; Unix seconds or milliseconds."""
    value = found.get(name)
    if value is None or value == "":
        return default
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        value = int(value)
    try:
        if isinstance(value, int) and not isinstance(value, bool):
            return datetime.fromtimestamp(value / 1000 if value > 100_000_000_000 else value, HANOI_TIME)
        time = datetime.fromisoformat(str(value))
    except (ValueError, OverflowError, OSError):
        raise NotUnderstood(f"{name} is no time") from None
    return time if time.tzinfo is not None else time.replace(tzinfo=HANOI_TIME)
