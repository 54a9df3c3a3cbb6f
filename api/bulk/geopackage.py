"""A GeoPackage (OGC 12-128) out of the CSV file of a month, a portion of rows at a time.

Readings lie once in the table `readings`; the layer `observations` is a view that gives each the place of its sensor.
"""

import csv
import sqlite3
import struct
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from api.bulk.tables import Content, wkb
from cityhub.store.queries import load

_SQL = load(__file__)
_PORTION = 50_000
# "GPKG" and version 1.3.0, as the standard asks for.
_APPLICATION_ID, _USER_VERSION = 0x47504B47, 10300
_WGS84 = 4326


def write_geopackage(table: Path, file: Path, content: Content) -> None:
    """The layers `sensors` and `observations`."""
    with sqlite3.connect(file, isolation_level=None) as base:
        # A file that is not whole is thrown away.
        base.executescript(_SQL["create"])
        base.execute("BEGIN")
        base.executemany(
            _SQL["sensor"],
            (
                (one.id, one.name_vi, one.name_en, one.basis, one.illustrative, _geometry(one.lon, one.lat))
                for one in content.sensors
            ),
        )
        rows = _rows(table)
        while portion := list(islice(rows, _PORTION)):
            base.executemany(_SQL["reading"], portion)
        told = "\n".join(f"{key}: {words}" for key, words in content.metadata().items())
        places = [(one.lon, one.lat) for one in content.sensors]
        bounds = (
            min(lon for lon, _ in places), min(lat for _, lat in places),
            max(lon for lon, _ in places), max(lat for _, lat in places),
        )  # fmt: skip
        title = content.metadata()["title"]
        for layer, kind in (
            ("observations", "features"),
            ("sensors", "features"),
            ("readings", "attributes"),
        ):
            base.execute(_SQL["layer"], (layer, kind, f"{title}: {layer}", told, *bounds))
        base.execute("COMMIT")
    base.close()


def _rows(table: Path) -> Iterator[tuple[str, str, str, str, float, str | None]]:
    with table.open(encoding="utf-8", newline="") as lines:
        reader = csv.reader(lines)
        next(reader)
        for time, sensor_id, name, unit, value, quality in reader:
            yield time, sensor_id, name, unit, float(value), quality or None


def _geometry(lon: float, lat: float) -> bytes:
    """A point in the form of a GeoPackage: its header, then well-known binary."""
    return b"GP" + struct.pack("<BBi", 0, 1, _WGS84) + wkb(lon, lat)
