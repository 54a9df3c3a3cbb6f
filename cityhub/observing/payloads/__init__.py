"""What devices send in other shapes than the hub's own, brought to the hub's own: a row of FORMATS each.

Every format is two pure functions. `recognise` looks at the shape alone, `normalise` gives messages as the hub
defines them (`time`, `values`, `rssi`, `seq`) and, for parts that cannot be used, the reason.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from cityhub.observing.payloads import (
    chirpstack,
    chirpstack_3,
    mapping,
    named_fields,
    plain,
    senml,
    things_network_2,
    things_stack,
)
from cityhub.observing.payloads.parts import RETAINED, Context, Extra, Part, RunningTotal, Unusable

__all__ = [
    "FORMATS",
    "RETAINED",
    "Context",
    "Extra",
    "Format",
    "Part",
    "RunningTotal",
    "Unusable",
    "format_of",
    "read",
]


@dataclass(frozen=True, slots=True)
class Format:
    """A way to write observations."""

    name: str
    recognise: Callable[[Any, Context], bool]
    normalise: Callable[[Any, Context], Iterator[Part]]


# The first that recognises a document reads it.
FORMATS: tuple[Format, ...] = (
    Format("plain", plain.recognise, plain.normalise),
    Format("senml", senml.recognise, senml.normalise),
    Format("chirpstack", chirpstack.recognise, chirpstack.normalise),
    Format("things_stack", things_stack.recognise, things_stack.normalise),
    Format("chirpstack_3", chirpstack_3.recognise, chirpstack_3.normalise),
    Format("things_network_2", things_network_2.recognise, things_network_2.normalise),
    Format("named_fields", named_fields.recognise, named_fields.normalise),
)


def read(document: Any, context: Context) -> Iterator[Part]:
    """The messages in a JSON document of any format, field names mapped; what no format knows comes as it is."""
    format = format_of(document, context)
    if format is not None:
        yield from _mapped(format.normalise(document, context), context)
    elif isinstance(document, list):
        for item in document:
            if context.mapping is None and isinstance(item, dict) and "values" in item:
                yield item
            else:
                yield from _read_one(item, context)
    else:
        yield from _own(document, context)


def _read_one(item: Any, context: Context) -> Iterator[Part]:
    # A list within the list is no message of any format.
    format = None if isinstance(item, list) else format_of(item, context)
    if format is None:
        yield from _own(item, context)
    else:
        yield from _mapped(format.normalise(item, context), context)


def format_of(document: Any, context: Context) -> Format | None:
    """The format that reads the document; None for the hub's own, and for what none knows."""
    if context.property is None and isinstance(document, dict) and "values" in document:
        return None
    return next((format for format in FORMATS if format.recognise(document, context)), None)


def _own(message: Any, context: Context) -> Iterator[Part]:
    if context.mapping is None:
        yield message
    else:
        yield from mapping.rename(message, context)


def _mapped(parts: Iterator[Part], context: Context) -> Iterator[Part]:
    for part in parts:
        if isinstance(part, Unusable | Extra):
            yield part
        else:
            yield from mapping.rename(part, context)
