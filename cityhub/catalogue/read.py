"""Reads a folder of catalogue files into one checked Catalogue. Nothing is returned unless all of it is good."""

import csv
import difflib
import io
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cityhub.catalogue import air_corrections, mappings
from cityhub.catalogue.air_stations import Correction
from cityhub.catalogue.cells import BadCell, shown, text
from cityhub.catalogue.model import Catalogue, Place, Sensor
from cityhub.catalogue.tables import ATTRIBUTE, TABLES, Table
from cityhub.errors import FileError
from cityhub.kinds import KINDS
from cityhub.observing.payloads.mapping_fields import Fields

HANOI_CATALOGUE = Path(__file__).with_name("hanoi")
REPLAY_CATALOGUE = Path(__file__).with_name("replay")


@dataclass(frozen=True, slots=True)
class _Row:
    """A good row: where it stands and its parsed cells."""

    table: Table
    number: int
    values: Mapping[str, Any]
    attributes: Mapping[str, str]

    def error(self, column: str, problem: str) -> FileError:
        return FileError(self.table.file, problem, self.number, column)


def read(directory: Path | None = None) -> Catalogue:
    """Read the catalogue files in `directory` (None: Hanoi's own). Their columns are in docs/data.md.

    Raises FileError for the first fault, naming file, row and column; its text also counts the others.
    """
    directory = HANOI_CATALOGUE if directory is None else directory
    faults: list[FileError] = []
    rows: list[_Row] = []
    for table in _tables_in(directory):
        for result in _rows_of(table, directory):
            if isinstance(result, FileError):
                faults.append(result)
            else:
                rows.append(result)
    fields_by_name = mappings.read_mappings(directory)
    corrections_by_name = air_corrections.read_corrections(directory)
    faults.extend(_faults_between(rows))
    faults.extend(_faults_of_mappings(rows, fields_by_name))
    faults.extend(_faults_of_air(rows, corrections_by_name))
    if faults:
        first = faults[0]
        others = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        raise FileError(first.file, first.problem + others, first.row, first.column)
    return Catalogue(
        places=tuple(_place(row) for row in rows if row.table.is_place),
        sensors=tuple(_sensor(row, fields_by_name, corrections_by_name) for row in rows),
    )


def read_place(cells: Mapping[str, str]) -> tuple[Place, Sensor] | list[tuple[str, str]]:
    """A row of parking_places.csv that somebody writes by hand, by column; or what is wrong, by column and in words.

    What only the other rows could show (an id that is taken) is not looked for.
    """
    table = TABLES["parking_places.csv"]
    rows: list[_Row] = []
    faults: list[FileError] = []
    for result in _parse(table, 1, list(cells), list(cells.values())):
        if isinstance(result, FileError):
            faults.append(result)
        else:
            rows.append(result)
    faults += _faults_between(rows)
    if faults:
        return [(fault.column or "id", fault.problem) for fault in faults]
    return _place(rows[0]), _sensor(rows[0], {}, {})


def _tables_in(directory: Path) -> list[Table]:
    expected = ", ".join(TABLES)
    try:
        found = {path.name for path in directory.iterdir() if path.suffix.lower() == ".csv"}
    except OSError as exc:
        problem = f"is no folder that can be read ({exc.strerror}); give one that holds any of {expected}"
        raise FileError(str(directory), problem) from exc
    unknown = sorted(found - TABLES.keys())
    if unknown:
        raise FileError(unknown[0], f"unknown catalogue file; expected are {expected}")
    if not found:
        raise FileError(str(directory), f"holds no catalogue file; expected are any of {expected}")
    return [table for name, table in TABLES.items() if name in found]


def _rows_of(table: Table, directory: Path) -> Iterator[_Row | FileError]:
    try:
        content = (directory / table.file).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        yield FileError(table.file, "is not UTF-8 text; save it as CSV UTF-8")
        return
    except OSError as exc:
        yield FileError(table.file, f"cannot be read: {exc.strerror}")
        return
    reader = csv.reader(io.StringIO(content, newline=""), strict=True)
    number = 1
    try:
        header = [name.strip() for name in next(reader, [])]
        fault = _header_fault(table, header)
        if fault:
            yield FileError(table.file, fault, 1)
            return
        rows_seen = 0
        for number, cells in enumerate(reader, start=2):
            if any(cell.strip() for cell in cells):
                rows_seen += 1
                yield from _parse(table, number, header, cells)
    except csv.Error as exc:
        yield FileError(table.file, f"is no well-formed CSV: {exc}", number)
        return
    if not rows_seen:
        yield FileError(table.file, "has a header but no rows")


def _header_fault(table: Table, header: list[str]) -> str | None:
    if not any(header):
        return "is empty; the first row must name the columns"
    if len(header) == 1 and ";" in header[0]:
        return "columns are separated by semicolons; save it with commas"
    required = [name for name, column in table.columns.items() if column.required]
    missing = [name for name in required if name not in header]
    if missing:
        return f"required column {missing[0]!r} is missing; required are {', '.join(required)}"
    for name in header:
        attribute = name.startswith(ATTRIBUTE) and len(name) > len(ATTRIBUTE) and name.isprintable()
        if name not in table.columns and not attribute:
            near = difflib.get_close_matches(name, table.columns, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"columns of your own begin with {ATTRIBUTE}"
            return f"unknown column {shown(name)}; {hint}"
    twice = [name for name, times in Counter(header).items() if times > 1]
    return f"column {shown(twice[0])} stands there twice" if twice else None


def _parse(table: Table, number: int, header: list[str], cells: list[str]) -> Iterator[_Row | FileError]:
    if len(cells) != len(header):
        problem = f"has {len(cells)} cells, the header has {len(header)}; quote text that holds commas"
        yield FileError(table.file, problem, number)
        return
    given = {name: cell.strip() for name, cell in zip(header, cells, strict=True) if cell.strip()}
    values: dict[str, Any] = {}
    attributes: dict[str, str] = {}
    faults: list[FileError] = []
    for name, column in table.columns.items():
        try:
            if name in given:
                values[name] = column.parse(given[name])
            elif column.required:
                raise BadCell("must not be blank")
            else:
                values[name] = column.blank
        except BadCell as exc:
            faults.append(FileError(table.file, str(exc), number, name))
    for name in (name for name in given if name not in table.columns):
        try:
            attributes[name.removeprefix(ATTRIBUTE)] = text(given[name])
        except BadCell as exc:
            faults.append(FileError(table.file, str(exc), number, name))
    if faults:
        yield from faults
    else:
        yield _Row(table, number, values, attributes)


def _faults_between(rows: list[_Row]) -> Iterator[FileError]:
    """What no single cell can show: null island, unknown properties, ids given twice, bays without a place."""
    first_with: dict[str, _Row] = {}
    places = {row.values["id"]: row for row in rows if row.table.is_place}
    bays: Counter[str] = Counter()
    for row in rows:
        values = row.values
        if values["lat"] == 0 and values["lon"] == 0:
            yield row.error("lat", "0, 0 lies in the Atlantic; give the real position")
        other = first_with.setdefault(values["id"], row)
        if other is not row:
            where = f"{other.table.file}, row {other.number}"
            yield row.error("id", f"{values['id']!r} is already taken by {where}")
        for name in values.get("properties", ()):
            if name not in KINDS[row.table.kind].properties:
                known = ", ".join(KINDS[row.table.kind].properties)
                yield row.error(
                    "properties", f"{row.table.kind} has no property {shown(name)}; known: {known}"
                )
        if row.table.is_place and (values["zone"] is None) != (values["issuer"] is None):
            yield row.error("zone", "a place that can be paid for has both a zone and an issuer")
        place_id = values.get("place_id")
        if place_id is None:
            continue
        if place_id not in places:
            yield row.error("place_id", f"no place {place_id!r} in parking_places.csv")
            continue
        bays[place_id] += 1
        capacity = places[place_id].values["capacity"]
        if bays[place_id] == capacity + 1:
            yield row.error("place_id", f"{place_id!r} has a capacity of {capacity} and more bays than that")


def _faults_of_mappings(rows: list[_Row], fields_by_name: Mapping[str, Fields]) -> Iterator[FileError]:
    for row in rows:
        name = row.attributes.get(mappings.ATTRIBUTE)
        if name is None:
            continue
        fault = mappings.fault_of(name, fields_by_name, KINDS[row.table.kind].properties)
        if fault is not None:
            yield row.error(ATTRIBUTE + mappings.ATTRIBUTE, fault)


def _faults_of_air(rows: list[_Row], by_name: Mapping[str, Correction]) -> Iterator[FileError]:
    for row in rows:
        if row.table.kind == "air":
            for attribute, problem in air_corrections.faults_of(row.attributes, by_name):
                yield row.error(ATTRIBUTE + attribute, problem)


def _place(row: _Row) -> Place:
    names = (
        *("id", "name_vi", "name_en", "lon", "lat", "basis", "basis_note", "capacity", "illustrative"),
        *("zone", "issuer", "vehicles", "opening"),
    )
    return Place(**{name: row.values[name] for name in names}, attributes=row.attributes)


def _sensor(
    row: _Row, fields_by_name: Mapping[str, Fields], corrections_by_name: Mapping[str, Correction]
) -> Sensor:
    """A place is also a sensor of its own that counts the cars in it."""
    values = row.values
    attributes = mappings.resolved(row.attributes, fields_by_name)
    if row.table.kind == "air":
        attributes = air_corrections.resolved(attributes, corrections_by_name)
    names = (
        *("id", "name_vi", "name_en", "lon", "lat", "basis", "basis_note", "illustrative", "listed"),
        "observed_since",
    )
    return Sensor(
        **{name: values[name] for name in names},
        kind=row.table.kind,
        interval_s=values["interval_s"] or row.table.interval_s,
        properties=values.get("properties") or row.table.properties,
        place_id=values["id"] if row.table.is_place else values.get("place_id"),
        capacity=values.get("capacity"),
        attributes=attributes,
    )
