"""The demo's laboratory: its samples are told to the hub over HTTP, as a real one's would be."""

import json
import urllib.error
import urllib.request
from datetime import datetime

from cityhub.errors import ServiceError
from cityhub.kinds import KINDS
from simulators.city.laboratory import METHOD, NAME, Finding, findings

_KNOWN = 409


def tell(base: str, key: str, seed: int, now: datetime) -> int:
    """How many samples the hub at the URL `base` took, those that it knew included. `now` is aware. ServiceError.

    A sample that it knows with other figures, as after an update of the simulator, stays as it is.
    """
    from cityhub.catalogue import read  # noqa: PLC0415 - takes a while to import

    stations = [sensor.id for sensor in read().sensors if sensor.kind == "water"]
    taken = 0
    for finding in findings(seed, sorted(stations), now):
        address = f"{base}api/v1/water/{finding.station_id}/samples"
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        request = urllib.request.Request(address, json.dumps(_body(finding)).encode(), headers)  # noqa: S310 - ours
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - ours
                taken += answer.status in (200, 201)
        except urllib.error.HTTPError as error:
            if error.code != _KNOWN:
                raise ServiceError(f"the hub did not take a sample of water: {error}") from error
    return taken


def _body(finding: Finding) -> dict[str, object]:
    properties = KINDS["water"].properties
    return {
        "sampled_at": finding.time.isoformat(),
        "laboratory": NAME,
        "reference": finding.reference,
        "results": [
            {"parameter": name, "value": value, "unit": properties[name].unit, "method": METHOD}
            for name, value in finding.values.items()
        ],
    }
