"""Objects of named fields: a codec's decoded object, or a vendor's message whose names the catalogue maps."""

from collections.abc import Iterator
from typing import Any

from cityhub.observing.json_values import number
from cityhub.observing.payloads.mapping_fields import LONGEST_NAME
from cityhub.observing.payloads.parts import Context, Extra, Part, Unusable

_OWN = ("time", "seq", "fault")


def recognise(document: Any, context: Context) -> bool:
    """Only a sensor with a mapping may send a bare object of fields."""
    return context.mapping is not None and isinstance(document, dict) and "values" not in document


def normalise(document: dict[str, Any], context: Context) -> Iterator[Part]:
    """One message of all fields; `time`, `seq` and `fault` mean what they mean to the hub unless mapped."""
    mapped = context.mapping or {}
    own = {name: document[name] for name in _OWN if name in document and name not in mapped}
    fields = {name: value for name, value in document.items() if name not in own}
    yield from flat(fields, context, own)


def flat(
    fields: dict[str, Any], context: Context, envelope: dict[str, Any], *, extras: bool = False
) -> Iterator[Part]:
    """`envelope` with the fields as values; objects one level down become `outer_inner`.

    Numbers are values whatever their name. Anything else (a device's name, a list of its alarms) describes the
    device, unless the name is a property's. With `extras`, numbers of no known name are extras where the kind's own
    properties stand beside them: a device of a known format may measure more than the hub stores.
    """
    values: dict[str, Any] = {}
    unknown: dict[str, Any] = {}
    for name, value in _one_level(fields, context):
        if name in values or name in unknown:
            yield Unusable("schema", f"two values for {name}")
        elif context.is_mapped(name) or context.observed(name) is not None:
            values[name] = value
        elif number(value) is not None:
            unknown[name] = value
    if extras and any(context.target(name) in context.properties for name in values):
        for name in unknown:
            yield Extra(name)
    else:
        values |= unknown
    if values:
        yield {**envelope, "values": values}
    else:
        yield Unusable("schema", "no field of the message is a number or a known property")


def _one_level(fields: dict[str, Any], context: Context) -> Iterator[tuple[str, Any]]:
    for name, value in fields.items():
        # Cut, so that a long name before many short ones cannot fill the memory. No property is that long.
        outer = name[:LONGEST_NAME]
        if isinstance(value, dict) and context.target(outer) is None:
            yield outer, None
        elif isinstance(value, dict):
            for inner, nested in value.items():
                yield f"{outer}_{inner}", nested
        else:
            yield outer, value
