"""`python -m api.bulk KIND MONTH FORMAT FOLDER PARENT`: makes one file of readings. Started by the API.

A program of its own: the API answers on while it works, and what it takes in memory is given back.
"""

import fcntl
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from signal import SIGKILL
from typing import cast

import psycopg

from api.bulk.files import BUSY, file_name
from api.bulk.geopackage import write_geopackage
from api.bulk.months import Format, Month
from api.bulk.tables import Content, write_geoparquet, write_parquet
from api.terms import Terms
from cityhub import logs
from cityhub.config import Settings, settings
from cityhub.kinds import KindName
from cityhub.parent import follow_parent
from cityhub.store import bulk, connect, sensors, session

_WRITERS: Mapping[str, Callable[[Path, Path, Content], None]] = {
    "parquet": write_parquet,
    "geoparquet": write_geoparquet,
    "gpkg": write_geopackage,
}


def make(settings: Settings, kind: KindName, month: Month, format: Format, folder: Path) -> Path:
    """The file, under its final name once it is whole. What is stored while it is made is not in it."""
    url = settings.read_database_url.get_secret_value() or settings.require("database_url")
    with connect(url, "cityhub-bulk", session.JOBS) as conn, conn.transaction():
        bulk.one_moment(conn)
        stamp = bulk.stamp(conn, kind, month.start, month.end)
        content = Content(kind, month, stamp.rows, sensors.of_kind(conn, kind), Terms.of(settings))
        table = folder / file_name(kind, month, stamp.digest, "csv")
        if not table.exists():
            _whole(table, lambda part: _write_csv(part, conn, kind, month))
    if format == "csv":
        return table
    made = folder / file_name(kind, month, stamp.digest, format)
    _whole(made, lambda part: _WRITERS[format](table, part, content))
    return made


def _whole(file: Path, write: Callable[[Path], None]) -> None:
    part = file.with_name(f".{file.name}.part")
    try:
        part.unlink(missing_ok=True)
        write(part)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


def main() -> int:
    """One file, unless another program makes one in this folder."""
    kind, month, format, folder, parent = sys.argv[1:]
    follow_parent(int(parent), SIGKILL)
    os.nice(10)
    logs.configure(settings(), "bulk")
    with (Path(folder) / ".lock").open("wb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return BUSY
        # Of makers that were killed.
        for left in Path(folder).glob(".*.part"):
            with suppress(OSError):
                left.unlink()
        make(settings(), kind, Month.parse(month), cast(Format, format), Path(folder))
    return 0


def _write_csv(part: Path, conn: psycopg.Connection, kind: KindName, month: Month) -> None:
    with part.open("wb") as file:
        for piece in bulk.csv(conn, kind, month.start, month.end):
            file.write(piece)


if __name__ == "__main__":
    sys.exit(main())
