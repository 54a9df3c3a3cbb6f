"""ChirpStack v3 and what follows it (gateways with a network server of their own): its uplink event as JSON."""

from collections.abc import Iterator
from typing import Any

from cityhub.observing import json_text
from cityhub.observing.payloads.chirpstack import best_rssi
from cityhub.observing.payloads.named_fields import flat
from cityhub.observing.payloads.parts import Context, Part, Unusable


def recognise(document: Any, context: Context) -> bool:  # noqa: ARG001
    """Every event names the device and the application it belongs to; v4 has them within `deviceInfo`."""
    return isinstance(document, dict) and "devEUI" in document and "applicationID" in document


def normalise(document: dict[str, Any], context: Context) -> Iterator[Part]:
    """The values of `object`, or of `objectJSON`, which is the same as a text, at the uplink's time."""
    fields = _decoded(document)
    if not isinstance(fields, dict):
        yield Unusable(
            "schema",
            "a ChirpStack v3 message without a decoded object; only uplinks carry observations, and their device"
            " profile needs a codec",
        )
        return
    envelope = {"time": _time(document), "rssi": best_rssi(document.get("rxInfo"))}
    if "fCnt" in document:
        envelope["seq"] = document["fCnt"]
    yield from flat(fields, context, envelope, extras=True)


def _decoded(document: dict[str, Any]) -> Any:
    if isinstance(document.get("object"), dict):
        return document["object"]
    text = document.get("objectJSON")
    try:
        return json_text.read(text.encode("utf-8", "replace")) if isinstance(text, str) else None
    except json_text.BadJson:
        return None


def _time(document: dict[str, Any]) -> Any:
    """When the network server heard it; else the first gateway that knows the time; None where nobody says."""
    for name in ("time", "publishedAt"):
        if document.get(name):
            return document[name]
    gateways = document.get("rxInfo")
    heard = gateways if isinstance(gateways, list) else []
    return next((one["time"] for one in heard if isinstance(one, dict) and one.get("time")), None)
