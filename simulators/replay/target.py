"""Which sensor a series of a file is published as: its default one, or what `--to` says."""

import codecs
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from cityhub.errors import FileError, InvalidInput
from cityhub.observing.topics import SENSOR_ID
from simulators.replay.files import content
from simulators.replay.record import Captured, Record


@dataclass(frozen=True, slots=True)
class Target:
    """`everything`: the one sensor for a file with one series. `by_key`: sensors by the file's own names."""

    everything: str | None
    by_key: Mapping[str, str]

    def sensor(self, record: Record | Captured) -> str:
        """The sensor that `record` is published as."""
        if self.everything is not None:
            return self.everything
        return self.by_key.get(record.key, record.sensor_id)


def target(to: str | None) -> Target:
    """Read `--to`: a sensor id, `KEY=sensor,KEY=sensor` or a JSON object file; InvalidInput or FileError."""
    if to is None:
        return Target(None, {})
    if "=" in to:
        return Target(None, _checked(dict(_pair(part) for part in to.split(","))))
    if SENSOR_ID.fullmatch(to) and not Path(to).is_file():
        return Target(to, {})
    path = Path(to)
    if path.suffix != ".json" and not path.is_file():
        raise InvalidInput(
            "to", f"{to!r} is no sensor id (a-z, 0-9, hyphens), no KEY=sensor map, no JSON file"
        )
    written = content(path).removeprefix(codecs.BOM_UTF8)
    try:
        return Target(None, _checked(msgspec.json.decode(written, type=dict[str, str])))
    except (msgspec.MsgspecError, UnicodeDecodeError) as exc:
        raise FileError(str(path), f'is no JSON object like {{"KEY": "sensor-id"}}: {exc}') from None


def _pair(part: str) -> tuple[str, str]:
    key, equals, sensor_id = part.rpartition("=")
    if not equals or not key.strip():
        raise InvalidInput("to", f"{part!r} is not KEY=sensor")
    return key.strip(), sensor_id.strip()


def _checked(by_key: Mapping[str, str]) -> Mapping[str, str]:
    for key, sensor_id in by_key.items():
        if not SENSOR_ID.fullmatch(sensor_id):
            raise InvalidInput("to", f"{key}={sensor_id}: a sensor id has a-z, 0-9 and hyphens, 3 to 64 long")
    return by_key
