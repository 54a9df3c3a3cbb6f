"""ChirpStack v4: the uplink event of its integrations, as JSON (integration.proto, UplinkEvent)."""

from collections.abc import Iterator
from typing import Any

from cityhub.observing.json_values import number
from cityhub.observing.payloads.named_fields import flat
from cityhub.observing.payloads.parts import Context, Part, Unusable


def recognise(document: Any, context: Context) -> bool:  # noqa: ARG001
    """Every event of ChirpStack says which device it is about."""
    device = document.get("deviceInfo") if isinstance(document, dict) else None
    return isinstance(device, dict) and "devEui" in device


def normalise(document: dict[str, Any], context: Context) -> Iterator[Part]:
    """The values of `object`, at the uplink's time, with the signal of the gateway that heard it best."""
    fields = document.get("object")
    if not isinstance(fields, dict):
        yield Unusable("schema", "no decoded object in the uplink; give the device profile a codec")
        return
    envelope = {"time": document.get("time"), "rssi": best_rssi(document.get("rxInfo"))}
    if "fCnt" in document:
        envelope["seq"] = document["fCnt"]
    yield from flat(fields, context, envelope, extras=True)


def best_rssi(gateways: Any) -> float | None:
    """The strongest `rssi` (dBm) of the gateways that heard the message; None when none says."""
    if not isinstance(gateways, list):
        return None
    signals = (number(gateway.get("rssi")) for gateway in gateways if isinstance(gateway, dict))
    return max((signal for signal in signals if signal is not None), default=None)
