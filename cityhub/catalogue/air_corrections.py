"""corrections.json of a catalogue folder: corrections of low-cost sensors, each under a name that stations refer to."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from cityhub.catalogue import air_stations
from cityhub.catalogue.air_stations import Correction
from cityhub.errors import FileError

FILE = "corrections.json"


def read_corrections(directory: Path) -> Mapping[str, Correction]:
    """The corrections in the folder, by name; none when it has no such file. Raises FileError."""
    try:
        text = (directory / FILE).read_bytes()
    except FileNotFoundError:
        return {}
    except OSError as exc:
        raise FileError(FILE, f"cannot be read: {exc.strerror}") from exc
    try:
        found = msgspec.json.decode(text.removeprefix(b"\xef\xbb\xbf"), type=list[Correction])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as exc:
        raise FileError(FILE, f"must be a list of corrections: {exc}") from exc
    for one in found:
        if one.fitted_to < one.fitted_from:
            raise FileError(FILE, f"correction {one.name[:40]!r}: its fitted period ends before it begins")
    return {one.name: one for one in found}


def faults_of(
    attributes: Mapping[str, str], corrections: Mapping[str, Correction]
) -> Iterator[tuple[str, str]]:
    """What is wrong with an air station's attributes, by name."""
    yield from air_stations.faults_of(attributes)
    name = attributes.get(air_stations.CORRECTION)
    if name is not None and name not in corrections:
        yield air_stations.CORRECTION, f"no correction {name[:40]!r} in {FILE}"


def resolved(attributes: Mapping[str, str], corrections: Mapping[str, Correction]) -> Mapping[str, str]:
    """The attributes with the correction itself, as JSON text, where its name was."""
    name = attributes.get(air_stations.CORRECTION)
    if name is None or name not in corrections:
        return attributes
    return {**attributes, air_stations.CORRECTION: msgspec.json.encode(corrections[name]).decode()}
