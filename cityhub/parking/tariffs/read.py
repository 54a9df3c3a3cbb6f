"""Reads tariff files: YAML, checked as a whole, each fault told with the line of the file where it stands."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import yaml

from cityhub.errors import FileError
from cityhub.parking.tariffs.checks import faults_of
from cityhub.parking.tariffs.model import TariffFile

_PATTERN = "tariff-*.yaml"
_WHOLE = re.compile(r"[+-]?\d[\d_]*", re.ASCII)
_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}
_MOST_BYTES = 1_000_000
# The end of msgspec's message for a value: where it stands, such as $.rate_tables[0].lines[1].price
_PLACE = re.compile(r" - at `(?:key in )?\$(?P<path>[^`]*)`$")
_UNKNOWN = re.compile(r"unknown field `(?P<name>[^`]*)`")

# Where a value stands in a file: fields and numbers, from the outside in.
Path_ = tuple[str | int, ...]


def files_in(directory: Path) -> list[Path]:
    """The tariff files of a catalogue folder, by name."""
    return sorted(directory.glob(_PATTERN))


def read(file: Path) -> TariffFile:
    """One zone's tariff. Raises FileError for the first fault, with the line where it stands."""
    try:
        content = file.read_bytes()
        text = content.decode("utf-8-sig")
    except OSError as exc:
        raise FileError(file.name, f"cannot be read: {exc.strerror}") from exc
    except UnicodeDecodeError as exc:
        raise FileError(file.name, "is not UTF-8 text; save it as UTF-8") from exc
    if len(content) > _MOST_BYTES:
        raise FileError(file.name, f"is larger than {_MOST_BYTES} bytes")
    return parse(text, file.name)


def parse(text: str, name: str) -> TariffFile:
    """The tariff that `text` tells; `name` stands in errors. Raises FileError as `read`."""
    lines: dict[Path_, int] = {}
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        document = None if root is None else _plain(root, (), lines)
    except yaml.MarkedYAMLError as exc:
        line = None if exc.problem_mark is None else exc.problem_mark.line + 1
        raise FileError(name, f"is no YAML: {exc.problem}", line=line) from exc
    except yaml.YAMLError as exc:
        raise FileError(name, "is no YAML: it holds a character that no text has") from exc
    except RecursionError as exc:
        raise FileError(name, "is nested too deeply") from exc
    except _Refused as exc:
        raise FileError(name, exc.problem, line=exc.line) from exc
    if not isinstance(document, dict):
        raise FileError(name, "must hold zone, rate_tables and permits")
    try:
        found = msgspec.convert(document, TariffFile)
    except msgspec.ValidationError as exc:
        raise _misfit(str(exc), name, lines) from exc
    faults = list(faults_of(found))
    if faults:
        path, problem = faults[0]
        others = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        raise FileError(name, problem + others, line=_line(path, lines))
    tables = tuple(msgspec.structs.replace(table, zone=found.zone) for table in found.rate_tables)
    return msgspec.structs.replace(found, rate_tables=tables)


class _Refused(Exception):
    def __init__(self, line: int, problem: str) -> None:
        super().__init__(problem)
        self.line, self.problem = line, problem


def _plain(node: yaml.Node, path: Path_, lines: dict[Path_, int]) -> Any:
    """The value of a node: whole numbers, true, false, null, and text for all else. 18:00 is no number."""
    line = node.start_mark.line + 1
    lines.setdefault(path, line)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(child, (*path, number), lines) for number, child in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        found: dict[str, Any] = {}
        for key, value in node.value:
            name = str(key.value)
            key_line = key.start_mark.line + 1
            if name in found:
                raise _Refused(key_line, f"{name!r} stands there twice")
            lines[*path, name] = key_line
            found[name] = _plain(value, (*path, name), lines)
        return found
    text = str(node.value)
    if node.style is None:
        if text.lower() in _WORDS:
            return _WORDS[text.lower()]
        if _WHOLE.fullmatch(text) and len(text) < 20:
            return int(text)
    return text


def _misfit(message: str, name: str, lines: Mapping[Path_, int]) -> FileError:
    """A fault of form in words, with its line."""
    match = _PLACE.search(message)
    path: Path_ = ()
    problem = message
    if match is not None:
        problem = message[: match.start()]
        pieces = re.findall(r"\.(\w+)|\[(\d+)\]", match["path"])
        path = tuple(field or int(number) for field, number in pieces)
    if unknown := _UNKNOWN.search(problem):
        path = (*path, unknown["name"])
    where = str(path[-1]) + ": " if path and isinstance(path[-1], str) and not unknown else ""
    return FileError(name, where + problem[:1].lower() + problem[1:], line=_line(path, lines))


def _line(path: Path_, lines: Mapping[Path_, int]) -> int | None:
    """The line of a value, or of the nearest thing around it that is there."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path)
