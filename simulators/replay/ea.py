"""The Environment Agency's 15-minute readings as a wide table: `dateTime` (UTC) and a column for each station.

`...-rainfall` columns are mm in the 15 minutes, `...-level` columns river levels in m above the station's own zero:
negative levels are real. A blank is not measured.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import NamedTuple, TextIO

from cityhub.errors import FileError
from cityhub.kinds import KindName
from simulators.replay.files import Header, header
from simulators.replay.record import Problem, Record, Row, number, slug


class _Measure(NamedTuple):
    kind: KindName
    property: str


_MEASURES: Mapping[str, _Measure] = MappingProxyType(
    {"-rainfall": _Measure("rain", "rain"), "-level": _Measure("flood", "level")}
)


def read(text: TextIO, file: str) -> Iterator[Row]:
    """A record for each filled cell. A column of another measure is told once; FileError when none is known."""
    names, below = header(text, file, "Environment Agency")
    names.require(("dateTime",), "Environment Agency")
    columns: dict[str, _Measure] = {}
    unknown = []
    for name in names.names:
        measure = next((m for suffix, m in _MEASURES.items() if name.endswith(suffix)), None)
        if measure is not None:
            columns[name] = measure
        elif name != "dateTime":
            unknown.append(Problem(1, name, "is neither a -rainfall nor a -level column"))
    if not columns:
        raise FileError(file, "is no Environment Agency file: no column ends with -rainfall or -level")
    if unknown:
        yield Row(1, problems=tuple(unknown))
    for row, cells in below:
        yield Row(row, problems=(cells,)) if isinstance(cells, Problem) else _row(names, columns, row, cells)


def _row(names: Header, columns: Mapping[str, _Measure], row: int, cells: list[str]) -> Row:
    wrong = names.fits(row, cells)
    if wrong is not None:
        return Row(row, problems=(wrong,))
    written = names.cell(cells, "dateTime")
    try:
        time = datetime.fromisoformat(written)
    except ValueError:
        return Row(row, problems=(Problem(row, "dateTime", "is no time like 2025-08-16T00:15:00", written),))
    time = time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    records, problems = [], []
    for column, measure in columns.items():
        text = names.cell(cells, column)
        if text == "":
            continue
        value = number(text)
        if value is None:
            problems.append(Problem(row, column, "is not a number", text))
        else:
            sensor_id = f"ea-{slug(column)}"
            records.append(Record(column, sensor_id, measure.kind, time, {measure.property: value}))
    return Row(row, tuple(records), tuple(problems))
