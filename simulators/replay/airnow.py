"""AirNow's hourly PM2.5 of the US Embassy in Hanoi (layouts of 2016 and of 2017 and later).

`Date (LT)` is local time, UTC+7; `Raw Conc.` is µg/m³; `QC Name` is Valid, Invalid or Missing. A missing value is
published as -999, as the instrument writes it; an invalid one with the device's own fault flag.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import TextIO

from simulators.replay.files import Header, header
from simulators.replay.record import Problem, Record, Row, number

_LOCAL = timezone(timedelta(hours=7))
_COLUMNS = ("Site", "Parameter", "Date (LT)", "Raw Conc.", "Conc. Unit", "Duration", "QC Name")
_MISSING = -999.0
_SENSOR = "air-us-embassy"


def read(text: TextIO, file: str) -> Iterator[Row]:
    """One record a row, kind air, property pm2_5. Raises FileError when it is no AirNow file."""
    names, below = header(text, file, "AirNow")
    names.require(_COLUMNS, "AirNow")
    for row, cells in below:
        result = cells if isinstance(cells, Problem) else _record(names, row, cells)
        if isinstance(result, Problem):
            yield Row(row, problems=(result,))
        else:
            yield Row(row, (result,))


def _record(names: Header, row: int, cells: list[str]) -> Record | Problem:
    wrong = names.fits(row, cells)
    if wrong is not None:
        return wrong
    parameter, unit, duration = (
        names.cell(cells, column) for column in ("Parameter", "Conc. Unit", "Duration")
    )
    if not parameter.startswith("PM2.5"):
        return Problem(row, "Parameter", "is not PM2.5", parameter)
    if unit.upper() != "UG/M3":
        return Problem(row, "Conc. Unit", "is not UG/M3", unit)
    if duration != "1 Hr":
        return Problem(row, "Duration", "is not 1 Hr", duration)
    written = names.cell(cells, "Date (LT)")
    try:
        time = datetime.strptime(written, "%Y-%m-%d %I:%M %p").replace(tzinfo=_LOCAL)
    except ValueError:
        return Problem(row, "Date (LT)", "is no time like 2016-03-01 01:00 AM", written)
    quality = names.cell(cells, "QC Name")
    raw = names.cell(cells, "Raw Conc.")
    value = _MISSING if quality == "Missing" else number(raw)
    if quality not in ("Valid", "Invalid", "Missing"):
        return Problem(row, "QC Name", "is not Valid, Invalid or Missing", quality)
    if value is None:
        return Problem(row, "Raw Conc.", "is not a number", raw)
    extra = {"fault": True} if quality == "Invalid" else {}
    return Record(names.cell(cells, "Site"), _SENSOR, "air", time, {"pm2_5": value}, extra)
