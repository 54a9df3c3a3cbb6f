"""The Things Stack v3: the uplink message of its MQTT server and webhooks (its documentation, Data Formats)."""

from collections.abc import Iterator
from typing import Any

from cityhub.observing.payloads.chirpstack import best_rssi
from cityhub.observing.payloads.named_fields import flat
from cityhub.observing.payloads.parts import Context, Part, Unusable


def recognise(document: Any, context: Context) -> bool:  # noqa: ARG001
    """Every message names its end device; an uplink is one of several."""
    return isinstance(document, dict) and (
        isinstance(document.get("end_device_ids"), dict) or isinstance(document.get("uplink_message"), dict)
    )


def normalise(document: dict[str, Any], context: Context) -> Iterator[Part]:
    """The values of `decoded_payload`, at the time the network server heard the uplink."""
    uplink = document.get("uplink_message")
    if not isinstance(uplink, dict):
        yield Unusable("schema", "no uplink_message; only uplinks carry observations")
        return
    fields = uplink.get("decoded_payload")
    if not isinstance(fields, dict):
        yield Unusable("schema", "no decoded_payload in the uplink; give the device a payload formatter")
        return
    envelope = {
        "time": uplink.get("received_at") or document.get("received_at"),
        "rssi": best_rssi(uplink.get("rx_metadata")),
        # Empty fields are left out of these messages: the first uplink of a session has no f_cnt.
        "seq": uplink.get("f_cnt", 0),
    }
    yield from flat(fields, context, envelope, extras=True)
