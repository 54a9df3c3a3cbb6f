"""SenML JSON (RFC 8428): a list of records; base fields hold for their own record and those after it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from cityhub.observing.json_values import json_type, number, shown
from cityhub.observing.payloads.parts import RETAINED, Context, Part, Unusable
from cityhub.observing.payloads.senml_units import conversion
from cityhub.observing.quality import is_sentinel

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NAMES = ("n", "bn")
_VERSION = 10
# Section 4.5.3: smaller times count from now, these and larger ones from 1970.
ABSOLUTE_FROM = 2.0**28
_LONGEST_NAME = 400
_NUMBERS = ("bt", "bv", "bs", "bver")
_TEXTS = ("bn", "bu")


class _Base(NamedTuple):
    """What the base fields say at a record."""

    name: str = ""
    time: float = 0.0
    unit: str | None = None
    value: float = 0.0


def recognise(document: Any, context: Context) -> bool:  # noqa: ARG001
    """A list in which something is named as SenML names it, and nothing is a message of the hub's own."""
    if not isinstance(document, list):
        return False
    named = False
    for record in document:
        if isinstance(record, dict):
            if "values" in record:
                return False
            named = named or any(isinstance(record.get(name), str) for name in _NAMES)
    return named


def normalise(document: list[Any], context: Context) -> Iterator[Part]:
    """A message for every record with a value; the last part of the record's name is the property."""
    base = _Base()
    for record in document:
        if not isinstance(record, dict):
            yield Unusable("schema", f"a SenML record must be an object, not {json_type(record)}")
            continue
        fault = _base_fault(record)
        if fault is not None:
            yield Unusable("schema", f"{fault}; the records after it cannot be read")
            return
        base = _Base(
            record.get("bn", base.name),
            float(record.get("bt", base.time)),
            record.get("bu", base.unit),
            float(record.get("bv", base.value)),
        )
        part = _message(record, base, context)
        if part is not None:
            yield part


def _base_fault(record: dict[str, Any]) -> str | None:
    for name in _NUMBERS:
        if name in record and number(record[name]) is None:
            return f"SenML {name} must be a number, not {shown(record[name])[:40]}"
    for name in _TEXTS:
        if name in record and not isinstance(record[name], str):
            return f"SenML {name} must be a text, not {json_type(record[name])}"
        # Every record after it repeats the text, so that a long one would cost as much again each time.
        if len(record.get(name, "")) > _LONGEST_NAME:
            return f"SenML {name} has at most {_LONGEST_NAME} characters"
    if record.get("bver", 0) > _VERSION:
        return f"SenML of version {record['bver']}, at most {_VERSION} is known"
    return None


def _message(record: dict[str, Any], base: _Base, context: Context) -> Part | None:
    """None for a record that only sets base fields."""
    must_know = next((name for name in record if name.endswith("_")), None)
    if must_know is not None:
        return Unusable("schema", f"SenML field {must_know[:40]!r} must be understood and is not")
    value = next((record[name] for name in ("v", "vs", "vb", "vd") if name in record), None)
    if value is None:
        only_base = all(name in ("bn", "bt", "bu", "bv", "bs", "bver") for name in record)
        return None if only_base else Unusable("schema", "SenML record without v, vs, vb or vd")
    own_name = record.get("n", "")
    if not isinstance(own_name, str) or len(base.name) + len(own_name) > _LONGEST_NAME:
        return Unusable("schema", f"SenML names are texts of at most {_LONGEST_NAME} characters")
    name = (base.name + own_name).replace(":", "/").rpartition("/")[2]
    time = _time(record.get("t", 0), base.time, context)
    if isinstance(time, Unusable):
        return time
    if "v" in record and not isinstance(value, bool):
        value = _in_the_hubs_unit(value, name, record.get("u", base.unit), base.value, context)
    return value if isinstance(value, Unusable) else {"time": time, "values": {name: value}}


def _time(own: Any, base: float, context: Context) -> datetime | Unusable | None:
    """None where the record says nothing but "now"."""
    seconds = number(own)
    if seconds is None:
        return Unusable("time", f"SenML t must be a number: {shown(own)[:40]}")
    seconds += base
    if seconds == 0:
        return None
    absolute = seconds >= ABSOLUTE_FROM
    if context.retained and not absolute:
        return Unusable("time", RETAINED)
    try:
        return (_EPOCH if absolute else context.received_at) + timedelta(seconds=seconds)
    except (OverflowError, ValueError):
        return Unusable("time", f"SenML time out of range: {seconds}")


def _in_the_hubs_unit(value: Any, name: str, unit: Any, base: float, context: Context) -> Any:
    measured = number(value)
    if measured is None:
        return value
    # A logger's sign for "missing" is one before its unit is converted.
    for sign in (measured, measured + base):
        if is_sentinel(sign):
            return sign
    observed = context.observed(name)
    # Where the catalogue maps the field, its scale says what the number is.
    if unit is None or observed is None or context.is_mapped(name):
        return measured + base
    scale = conversion(unit, observed) if isinstance(unit, str) else None
    if scale is None:
        return Unusable(
            "schema", f"{name} is measured in {observed.unit or 'no unit'}, not {shown(unit)[:40]}"
        )
    return (measured + base) * scale[0] + scale[1]
