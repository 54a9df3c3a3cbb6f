"""One value under a topic of its own, {prefix}/{kind}/{sensor_id}/telemetry/{property}."""

from collections.abc import Iterator
from typing import Any

from cityhub.observing.payloads.parts import Context, Part, Unusable


def recognise(document: Any, context: Context) -> bool:  # noqa: ARG001
    """The topic says so, whatever the payload is."""
    return context.property is not None


def normalise(document: Any, context: Context) -> Iterator[Part]:
    """A bare value measured now, an object of `value` and `time`, or a list of these."""
    for item in document if isinstance(document, list) else [document]:
        if not isinstance(item, dict):
            yield {"values": {context.property: item}}
        elif "value" not in item:
            yield Unusable(
                "schema", 'under a property\'s topic write a number or {"value": ..., "time": ...}'
            )
        else:
            envelope = {name: item[name] for name in ("time", "seq") if name in item}
            yield {**envelope, "values": {context.property: item["value"]}}
