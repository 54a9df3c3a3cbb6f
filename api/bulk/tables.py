"""Parquet and GeoParquet out of the CSV file of a month, a block at a time."""

import io
import json
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api import parquet
from api.bulk.months import Month
from api.terms import Terms
from cityhub.kinds import KINDS, KindName
from cityhub.model import SensorRow
from cityhub.rfc3339 import local_time

if TYPE_CHECKING:
    import pyarrow

# Of the CSV file, which makes row groups of some seventy thousand rows.
_BLOCK_BYTES = 4 * 1024 * 1024
# GeoParquet 1.1; without `crs` coordinates are longitude and latitude in WGS84 (OGC:CRS84).
_GEO_VERSION = "1.1.0"


@dataclass(frozen=True, slots=True)
class Content:
    """What is in a file: readings of a kind and month, of these sensors."""

    kind: KindName
    month: Month
    rows: int
    sensors: Sequence[SensorRow]
    terms: Terms

    def metadata(self) -> dict[str, str]:
        """What the file says of itself."""
        kind = KINDS[self.kind]
        return {
            "kind": self.kind,
            "title": f"{kind.name_vi} ({kind.name_en}), {self.month}",
            "start": local_time(self.month.start),
            "end": local_time(self.month.end),
            "rows": str(self.rows),
            "units": "; ".join(f"{one.name}: {one.unit or '1'}" for one in kind.properties.values()),
            **self.terms.metadata(),
        }


def write_parquet(table: Path, file: Path, content: Content) -> None:
    """The readings as they are in the CSV file `table`."""
    _write(table, file, content, lambda rows: rows, {})


def write_geoparquet(table: Path, file: Path, content: Content) -> None:
    """The readings, each with its sensor's name and place."""
    import pyarrow  # noqa: PLC0415
    import pyarrow.compute as pc  # noqa: PLC0415

    sensors = {sensor.id: sensor for sensor in content.sensors}

    def placed(rows: "pyarrow.Table") -> "pyarrow.Table":
        # Of each block only the sensors that are in it are looked up, and each row points to its own.
        ids = rows.column("sensor_id").combine_chunks().dictionary_encode()
        found = [sensors[id] for id in ids.dictionary.to_pylist()]
        columns: list[tuple[str, pyarrow.Array]] = [
            ("name", pyarrow.array([one.name_vi for one in found], "string")),
            ("name_en", pyarrow.array([one.name_en for one in found], "string")),
            ("illustrative", pyarrow.array([one.illustrative for one in found], "bool")),
            ("geometry", pyarrow.array([wkb(one.lon, one.lat) for one in found], "binary")),
        ]
        for name, values in columns:
            rows = rows.append_column(name, pc.take(values, ids.indices))
        return rows

    bounds = (
        min(one.lon for one in content.sensors), min(one.lat for one in content.sensors),
        max(one.lon for one in content.sensors), max(one.lat for one in content.sensors),
    )  # fmt: skip
    geometry = {"encoding": "WKB", "geometry_types": ["Point"], "bbox": bounds}
    geo = {"version": _GEO_VERSION, "primary_column": "geometry", "columns": {"geometry": geometry}}
    _write(table, file, content, placed, {"geo": json.dumps(geo)})


def wkb(lon: float, lat: float) -> bytes:
    """A point as well-known binary, little-endian."""
    return struct.pack("<BIdd", 1, 1, lon, lat)


def _write(
    table: Path,
    file: Path,
    content: Content,
    complete: Callable[["pyarrow.Table"], "pyarrow.Table"],
    metadata: dict[str, str],
) -> None:
    import pyarrow.parquet as pq  # noqa: PLC0415

    writer: Any = None
    for block in read(table):
        rows = complete(block)
        if writer is None:
            schema = parquet.described(rows.schema, {**content.metadata(), **metadata})
            writer = pq.ParquetWriter(file, schema, compression="zstd")
        writer.write_table(rows.cast(writer.schema))
    writer.close()


def read(table: Path) -> Iterator["pyarrow.Table"]:
    """The rows of the CSV file, a block at a time; there is at least one.

    pyarrow's own reader of large files reads as far ahead as the disk is fast, up to all of the file.
    """
    import pyarrow  # noqa: PLC0415
    from pyarrow import csv  # noqa: PLC0415

    text = pyarrow.string()
    types = {
        "time": pyarrow.timestamp("us", "Asia/Ho_Chi_Minh"),
        "sensor_id": text,
        "property": text,
        "unit": text,
        "value": pyarrow.float64(),
        "quality": text,
    }
    options = csv.ConvertOptions(column_types=types, timestamp_parsers=[csv.ISO8601])
    with table.open("rb") as lines:
        header = lines.readline()
        while block := lines.read(_BLOCK_BYTES):
            whole = header + block + lines.readline()
            yield csv.read_csv(
                io.BytesIO(whole), csv.ReadOptions(use_threads=False), convert_options=options
            ).combine_chunks()
