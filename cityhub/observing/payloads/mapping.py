"""A message's fields under the hub's names: by the sensor's mapping, device values at the top level."""

import math
from collections.abc import Iterator
from typing import Any

from cityhub.kinds import DEVICE_PROPERTIES
from cityhub.observing.json_values import number
from cityhub.observing.payloads.mapping_fields import ENVELOPE, Field
from cityhub.observing.payloads.parts import Context, Extra, Part, RunningTotal, Unusable
from cityhub.observing.quality import is_sentinel

_TOP_LEVEL = frozenset({*ENVELOPE, *DEVICE_PROPERTIES})


def rename(message: Part, context: Context) -> Iterator[Part]:
    """The message with the names of `values` mapped. Names that no mapping knows stay; two for one are told.

    What the message says at its top level (a network server's rssi) goes before the same thing among the values,
    unless the mapping names it.
    """
    if not isinstance(message, dict) or not isinstance(message.get("values"), dict):
        yield message
        return
    values: dict[str, Any] = {}
    renamed = message | {"values": values}
    for name, value in message["values"].items():
        field = context.field(name)
        target = context.target(name)
        if target is None:
            continue
        if context.leaves_out(name):
            yield Extra(name)
            continue
        measured = value if field is None else _scaled(value, field, context)
        if target in _TOP_LEVEL and (field is not None or target in DEVICE_PROPERTIES):
            if field is not None or renamed.get(target) is None:
                renamed[target] = measured
        elif target in values:
            yield Unusable("schema", f"two values for {target}")
        else:
            values[target] = measured
    fault = message.get("fault")
    if context.mapping is not None and isinstance(fault, list):
        renamed["fault"] = [context.target(name) or "" if isinstance(name, str) else name for name in fault]
    yield renamed


def _scaled(value: Any, field: Field, context: Context) -> Any:
    observed = context.properties.get(field.property)
    if isinstance(value, bool) and observed is not None and observed.is_state:
        value = int(value)
    measured = number(value)
    # A logger's sign for "missing" is one before it is scaled, and no total either.
    if measured is None or is_sentinel(measured):
        return value
    if (field.scale, field.offset) != (1, 0):
        measured = number(measured * field.scale + field.offset)
    if measured is None:
        return math.inf
    if not field.counter:
        return measured
    end = None if field.rolls_over_at is None else field.rolls_over_at * field.scale
    return RunningTotal(measured, end)
