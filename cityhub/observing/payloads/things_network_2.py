"""The Things Network v2, the predecessor of The Things Stack: its uplink message."""

from collections.abc import Iterator
from typing import Any

from cityhub.observing.payloads.chirpstack import best_rssi
from cityhub.observing.payloads.named_fields import flat
from cityhub.observing.payloads.parts import Context, Part, Unusable


def recognise(document: Any, context: Context) -> bool:  # noqa: ARG001
    """Every message names the device and the application it belongs to."""
    return isinstance(document, dict) and "dev_id" in document and "app_id" in document


def normalise(document: dict[str, Any], context: Context) -> Iterator[Part]:
    """The values of `payload_fields`, at the time the network server heard the uplink."""
    fields = document.get("payload_fields")
    if not isinstance(fields, dict):
        yield Unusable(
            "schema",
            "a message of The Things Network v2 without payload_fields; only uplinks carry observations, and their"
            " application needs a payload decoder",
        )
        return
    metadata = document.get("metadata")
    heard = metadata if isinstance(metadata, dict) else {}
    envelope = {"time": heard.get("time"), "rssi": best_rssi(heard.get("gateways"))}
    if "counter" in document:
        envelope["seq"] = document["counter"]
    yield from flat(fields, context, envelope, extras=True)
