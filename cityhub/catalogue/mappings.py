"""mappings.json of a catalogue folder: vendors' field names, each mapping under a name that sensors refer to."""

import json
from collections.abc import Mapping
from pathlib import Path

from cityhub.errors import FileError
from cityhub.kinds import DEVICE_PROPERTIES
from cityhub.observing import json_text
from cityhub.observing.payloads import mapping_fields
from cityhub.observing.payloads.mapping_fields import BadMapping, Fields

FILE = "mappings.json"
# The attribute of a sensor (column attr_mapping) that names its mapping.
ATTRIBUTE = "mapping"


def read_mappings(directory: Path) -> Mapping[str, Fields]:
    """The mappings in the folder, by name; none when it has no such file. Raises FileError."""
    try:
        document = json.loads((directory / FILE).read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return {}
    except OSError as exc:
        raise FileError(FILE, f"cannot be read: {exc.strerror}") from exc
    except UnicodeDecodeError as exc:
        raise FileError(FILE, "is not UTF-8 text; save it as UTF-8") from exc
    except json.JSONDecodeError as exc:
        raise FileError(FILE, f"is {json_text.words(exc)}") from exc
    except (ValueError, RecursionError) as exc:
        raise FileError(FILE, "is no JSON: nested too deeply, or a number of thousands of digits") from exc
    if not isinstance(document, dict):
        raise FileError(FILE, 'must be an object of mappings: {"name": {"field": "property"}}')
    found: dict[str, Fields] = {}
    for name, fields in document.items():
        try:
            found[name] = mapping_fields.parse(fields)
        except BadMapping as exc:
            raise FileError(FILE, f"mapping {name[:40]!r}: {exc}") from exc
    return found


def fault_of(cell: str, mappings: Mapping[str, Fields], properties: Mapping[str, object]) -> str | None:
    """What is wrong with a sensor's reference to a mapping; `properties` are those of its kind."""
    if cell not in mappings:
        return f"no mapping {cell[:40]!r} in {FILE}"
    common = {*mapping_fields.ENVELOPE, *DEVICE_PROPERTIES}
    for name, field in mappings[cell].items():
        if field is not None and field.property not in properties and field.property not in common:
            return (
                f"mapping {cell!r}: {name!r} stands for {field.property}, which is no property of this kind"
            )
    return None


def resolved(attributes: Mapping[str, str], mappings: Mapping[str, Fields]) -> Mapping[str, str]:
    """The attributes with the mapping itself, as JSON text, where its name was."""
    if ATTRIBUTE not in attributes:
        return attributes
    return {**attributes, ATTRIBUTE: mapping_fields.dumps(mappings[attributes[ATTRIBUTE]])}
