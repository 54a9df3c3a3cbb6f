"""Beijing's hourly multi-site air quality (UCI 501): gases and particles in µg/m³, CO too, °C, rain in mm.

Times are local, UTC+8. Each station is an air sensor and a rain gauge. `NA` or a blank is not measured.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone
from types import MappingProxyType
from typing import TextIO

from simulators.replay.files import Header, header
from simulators.replay.record import Problem, Record, Row, number, slug

_LOCAL = timezone(timedelta(hours=8))
AIR: Mapping[str, str] = MappingProxyType(
    {
        "PM2.5": "pm2_5",
        "PM10": "pm10",
        "SO2": "so2",
        "NO2": "no2",
        "CO": "co",
        "O3": "o3",
        "TEMP": "temperature",
    }
)
_RAIN = "RAIN"
_CLOCK = ("year", "month", "day", "hour")


def read(text: TextIO, file: str) -> Iterator[Row]:
    """An air and a rain record a row, as far as something was measured. Raises FileError for another format."""
    names, below = header(text, file, "PRSA")
    names.require((*_CLOCK, *AIR, _RAIN, "station"), "PRSA")
    for row, cells in below:
        yield Row(row, problems=(cells,)) if isinstance(cells, Problem) else _row(names, row, cells)


def _row(names: Header, row: int, cells: list[str]) -> Row:
    wrong = names.fits(row, cells)
    if wrong is not None:
        return Row(row, problems=(wrong,))
    written = [names.cell(cells, column) for column in _CLOCK]
    try:
        time = datetime(*(int(part) for part in written), tzinfo=_LOCAL)  # type: ignore[misc,arg-type]
    except ValueError:
        return Row(
            row, problems=(Problem(row, "hour", "year, month, day, hour are no time", " ".join(written)),)
        )
    station = names.cell(cells, "station")
    sensor_id = f"prsa-{slug(station)}"
    if not slug(station):
        return Row(row, problems=(Problem(row, "station", "names no station", station),))
    problems: list[Problem] = []
    air = {
        name: value
        for column, name in AIR.items()
        if (value := _value(names, row, cells, column, problems)) is not None
    }
    rain = _value(names, row, cells, _RAIN, problems)
    records = []
    if air:
        records.append(Record(station, sensor_id, "air", time, air))
    if rain is not None:
        records.append(Record(f"{station}-rain", f"{sensor_id}-rain", "rain", time, {"rain": rain}))
    return Row(row, tuple(records), tuple(problems))


def _value(names: Header, row: int, cells: list[str], column: str, problems: list[Problem]) -> float | None:
    text = names.cell(cells, column)
    if text in ("NA", ""):
        return None
    value = number(text)
    if value is None:
        problems.append(Problem(row, column, "is neither a number nor NA", text))
    return value
