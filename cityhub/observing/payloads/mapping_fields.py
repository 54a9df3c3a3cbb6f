"""A vendor's field names and the properties they stand for, as a catalogue writes them down in JSON."""

import json
import unicodedata
from collections.abc import Mapping
from typing import Any, NamedTuple

from cityhub.kinds import DEVICE_PROPERTIES, KINDS
from cityhub.observing.json_values import json_type, number

# What a mapping may name besides properties: where the time and the sequence number are.
ENVELOPE = ("time", "seq")
# The name under which a mapping leaves out whatever it does not list and the kind does not measure: {"*": null}.
REST = "*"
LONGEST_NAME = 200
MOST_FIELDS = 200
# What is summed up: of these a device may send the running total.
_AMOUNTS = frozenset(
    name
    for kind in KINDS.values()
    for name, observed in kind.properties.items()
    if observed.aggregation == "sum"
)
_TARGETS = frozenset(
    {*ENVELOPE, *DEVICE_PROPERTIES, *(name for kind in KINDS.values() for name in kind.properties)}
)


class Field(NamedTuple):
    """What a device's field is: value in the property's unit = device's value x `scale` + `offset`.

    `counter`: the device sends the running total of what the property counts, which begins anew at `rolls_over_at`, in
    the device's own unit, if it does.
    """

    property: str
    scale: float = 1.0
    offset: float = 0.0
    counter: bool = False
    rolls_over_at: float | None = None


# By the device's own name; None leaves the field out.
Fields = Mapping[str, Field | None]


class BadMapping(ValueError):
    """The mapping cannot be used; the text says why and where, on one line."""


def key(name: str) -> str:
    """A device's name of a field as a mapping holds it: letters that look alike are one, so that `PM2.5 (μg/m³)` is
    found whichever mu and cube the firmware and the catalogue were typed with.
    """
    return name if name.isascii() else unicodedata.normalize("NFKC", name)


def parse(document: Any) -> Fields:
    """The mapping that a JSON object {"name": "property" | {"property", "scale", "offset"} | null} describes.

    Raises BadMapping.
    """
    if not isinstance(document, dict):
        raise BadMapping(f"must be an object of field names, not {json_type(document)}")
    if len(document) > MOST_FIELDS:
        raise BadMapping(f"has {len(document)} fields, at most {MOST_FIELDS}")
    fields: dict[str, Field | None] = {}
    for written, value in document.items():
        name = key(written)
        if name in fields:
            raise BadMapping(f"field {written[:40]!r}: two names that look the same")
        fields[name] = _field(name, value)
    first_for: dict[str, str] = {}
    for name, field in fields.items():
        if field is not None and first_for.setdefault(field.property, name) != name:
            raise BadMapping(f"{first_for[field.property]!r} and {name!r} both stand for {field.property}")
    return fields


def loads(text: str) -> Fields:
    """As parse, from JSON text. Raises BadMapping."""
    try:
        return parse(json.loads(text))
    except BadMapping:
        raise
    except (ValueError, RecursionError):
        raise BadMapping("is no JSON") from None


def dumps(fields: Fields) -> str:
    """The mapping as compact JSON text, the same text for the same mapping."""
    document = {name: None if field is None else _written(field) for name, field in fields.items()}
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def _written(field: Field) -> dict[str, Any]:
    # What counters have is written only for these, so that other mappings keep the text that they have.
    return {
        key: value
        for key, value in field._asdict().items()
        if field.counter or key not in ("counter", "rolls_over_at")
    }


def _field(name: str, value: Any) -> Field | None:
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise BadMapping(f"field {name[:40]!r}: a name has 1 to {LONGEST_NAME} printable characters")
    if value is None:
        return None
    if name == REST:
        raise BadMapping(f"field {name!r} is the rest, which can only be left out: null")
    if isinstance(value, str):
        value = {"property": value}
    if not isinstance(value, dict):
        raise BadMapping(f"field {name!r}: must be a property, an object or null, not {json_type(value)}")
    unknown = sorted(value.keys() - set(Field._fields))
    if unknown:
        raise BadMapping(f"field {name!r}: unknown {unknown[0]!r}; known are {', '.join(Field._fields)}")
    target = value.get("property")
    if not isinstance(target, str) or target not in _TARGETS:
        raise BadMapping(f"field {name!r}: there is no property {target!r}")
    scale, offset = number(value.get("scale", 1)), number(value.get("offset", 0))
    if scale is None or offset is None or scale == 0:
        raise BadMapping(f"field {name!r}: scale and offset must be numbers, scale not 0")
    if target in ENVELOPE and (scale, offset) != (1, 0):
        raise BadMapping(f"field {name!r}: {target} cannot be scaled")
    return Field(target, scale, offset, *_counter(name, value, Field(target, scale, offset)))


def _counter(name: str, value: dict[str, Any], field: Field) -> tuple[bool, float | None]:
    """What the field's description says of a counter."""
    counter, rolls_over_at = value.get("counter", False), value.get("rolls_over_at")
    if not isinstance(counter, bool):
        raise BadMapping(f"field {name!r}: counter must be true or false")
    if counter and (field.property not in _AMOUNTS or field.offset != 0 or field.scale < 0):
        amounts = " or ".join(sorted(_AMOUNTS))
        raise BadMapping(f"field {name!r}: a counter is of {amounts}, with a scale above 0 and no offset")
    if rolls_over_at is None:
        return counter, None
    end = number(rolls_over_at)
    if not counter or end is None or end <= 0:
        raise BadMapping(f"field {name!r}: rolls_over_at is a counter's, a number above 0")
    return counter, end
