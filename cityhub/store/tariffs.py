"""Tariffs: versions that are added and never rewritten, and the permits that a zone sells."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Lock

import msgspec
import psycopg
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from cityhub.catalogue import HANOI_CATALOGUE
from cityhub.errors import Conflict, RuleBroken
from cityhub.parking.tariffs import RateTable, Schedule, TariffFile, files_in, read
from cityhub.store.queries import load

_SQL = load(__file__)

_Versions = tuple[tuple[str, datetime], ...]
# What was read last of each zone; a version says for ever the same.
_schedules: dict[str, tuple[_Versions, Schedule]] = {}
_lock = Lock()


class TariffRewritten(Conflict):
    """A version that is loaded would say something else."""


def save_all(conn: psycopg.Connection, directory: Path | None = None) -> int:
    """Save every tariff file of a catalogue folder (None: Hanoi's) as `save` does. Raises FileError for a bad one."""
    files = [read(file) for file in files_in(directory or HANOI_CATALOGUE)]
    return sum(save(conn, file) for file in files)


def save(conn: psycopg.Connection, file: TariffFile) -> int:
    """Add what is new of a tariff within the caller's transaction; returns how many rows are new or changed.

    Raises TariffRewritten where a version is loaded already and says something else, or another begins on its day.
    """
    changed = 0
    for table in file.rate_tables:
        row = {"version": table.version, "zone": file.zone, "valid_from": table.begins_at}
        other = conn.execute(_SQL["other_of_day"], row).fetchone()
        if other is not None:
            raise TariffRewritten(
                f"tariff {table.version} begins on {table.valid_from}, as {other[0]} does, which is loaded already",
                "tariff_begins_once",
            )
        added = conn.execute(_SQL["add"], {**row, "document": Jsonb(msgspec.to_builtins(table))}).rowcount
        changed += added
        # Compared as tables, so that a later version of the hub may know more fields.
        if not added and _table(conn, table.version) != table:
            raise TariffRewritten(
                f"tariff {table.version} is loaded and says something else;"
                " a version is never rewritten, so give the new prices a version and a valid_from of their own",
                "tariff_pkey",
            )
    if file.name_vi is not None:
        zone = {"id": file.zone, "name_vi": file.name_vi, "name_en": file.name_en}
        changed += conn.execute(_SQL["save_zone"], zone).rowcount
    one_time = {
        "id": f"{file.zone}-one-time",
        "type": "one_time",
        "name_vi": "Đỗ xe theo giờ, theo lượt",
        "name_en": "Parking by the hour or the turn",
        "zone": file.zone,
        "vehicle": None,
        "months": None,
        "price": None,
        "valid_from": file.rate_tables[0].valid_from,
        "valid_to": None,
        "illustrative": False,
    }
    permits = [{**msgspec.structs.asdict(one), "type": "permit", "zone": file.zone} for one in file.permits]
    with conn.cursor() as cursor:
        cursor.executemany(_SQL["save_right"], [one_time, *permits])
        return changed + max(cursor.rowcount, 0)


def _table(conn: psycopg.Connection, version: str) -> RateTable:
    [(document,)] = conn.execute(_SQL["document"], {"version": version}).fetchall()
    return msgspec.convert(document, RateTable)


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone with a tariff; `version`: what holds now, None: none yet. Named by its id where no file names it."""

    id: str
    name_vi: str
    name_en: str
    version: str | None


def zones(conn: psycopg.Connection, now: datetime) -> list[Zone]:
    """Every zone that has a tariff, by id, at `now` (aware)."""
    with conn.cursor(row_factory=class_row(Zone)) as cursor:
        return cursor.execute(_SQL["zones"], {"now": now}).fetchall()


def schedule(conn: psycopg.Connection, zone: str) -> Schedule:
    """All versions of a zone's tariff. Raises RuleBroken (`no_tariff`) for a zone without any."""
    versions: _Versions = tuple(conn.execute(_SQL["versions"], {"zone": zone}).fetchall())
    if not versions:
        raise RuleBroken("no_tariff", f"zone {zone[:40]} has no tariff")
    with _lock:
        known = _schedules.get(zone)
    if known is not None and known[0] == versions:
        return known[1]
    documents = conn.execute(_SQL["documents"], {"zone": zone})
    found = Schedule(zone, [msgspec.convert(document, RateTable) for (document,) in documents])
    with _lock:
        _schedules[zone] = (versions, found)
    return found
