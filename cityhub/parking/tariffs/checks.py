"""What is wrong with a tariff whose form is good: gaps, overlaps, prices that fall."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

from cityhub.catalogue.vehicles import VEHICLES
from cityhub.parking.tariffs.calendar import DAY_KINDS, DayKind
from cityhub.parking.tariffs.model import Collection, RateTable, TariffFile, offset

# Where it stands in the file, and what it is.
Fault = tuple[tuple[str | int, ...], str]
_DAY_MINUTES = 24 * 60


def faults_of(file: TariffFile) -> Iterator[Fault]:
    """Every fault of a file, the first of the file first."""
    if (file.name_vi is None) != (file.name_en is None):
        yield (("name_en" if file.name_vi is None else "name_vi"),), "a zone has both names or none"
    versions: set[str] = set()
    for number, table in enumerate(file.rate_tables):
        path = ("rate_tables", number)
        if table.version in versions:
            yield (*path, "version"), f"version {table.version!r} stands there twice"
        versions.add(table.version)
        if table.zone:
            yield (*path, "zone"), "the zone is told once, at the top of the file"
        for fault_path, problem in _faults_of_table(table):
            yield (*path, *fault_path), problem
    for number, (earlier, later) in enumerate(pairwise(file.rate_tables), start=1):
        if later.valid_from <= earlier.valid_from:
            yield ("rate_tables", number, "valid_from"), "must be after that of the rate table before"
    ids: set[str] = set()
    for number, permit in enumerate(file.permits):
        if permit.id in ids:
            yield ("permits", number, "id"), f"permit {permit.id!r} stands there twice"
        ids.add(permit.id)
        if permit.valid_to is not None and permit.valid_to < permit.valid_from:
            yield ("permits", number, "valid_to"), "is before valid_from"
        if permit.vehicle is not None and permit.vehicle not in VEHICLES:
            yield ("permits", number, "vehicle"), _unknown(permit.vehicle)


def _faults_of_table(table: RateTable) -> Iterator[Fault]:
    for number, collection in enumerate(table.collections):
        for place, vehicle in enumerate(collection.vehicles):
            if vehicle not in VEHICLES:
                yield ("collections", number, "vehicles", place), _unknown(vehicle)
        for path, problem in _faults_of_lines(collection):
            yield ("collections", number, *path), problem
        if table.crossing == "carry" and collection.reset == "window" and not collection.is_by_turn:
            yield (
                ("collections", number),
                "`crossing: carry` counts on over the edges of windows: say `reset: stay`",
            )
        if offset(collection.begins) == timedelta(days=1):
            yield ("collections", number, "begins"), "a window begins at 00:00, not at 24:00"
    for vehicle in sorted(table.vehicles):
        yield from _faults_of_windows(table, vehicle)


def _faults_of_lines(collection: Collection) -> Iterator[Fault]:
    """Steps follow each other, end with one that has no end, and never get cheaper."""
    begins, before = 0, 0.0
    for number, line in enumerate(collection.lines):
        path = ("lines", number)
        is_last = number == len(collection.lines) - 1
        if line.price < 0:
            yield (*path, "price"), "the price falls below 0"
        if line.increment == "turn":
            if len(collection.lines) > 1:
                yield (*path, "increment"), "a price by the turn has no steps beside it"
            if line.until is not None:
                yield (*path, "until"), "a price by the turn has no end"
            continue
        if is_last and line.until is not None:
            yield (*path, "until"), f"gap: nothing is said of what follows minute {line.until}"
        if not is_last and line.until is None:
            yield path, "overlap: only the last step has no `until`"
            return
        if line.until is not None:
            if line.until <= begins:
                yield (*path, "until"), f"overlap: the step ends where the one before does, minute {begins}"
            elif (line.until - begins) % line.increment:
                yield (*path, "until"), f"the step is no whole number of {line.increment} minutes long"
            begins = max(begins, line.until)
        a_minute = line.price / line.increment
        if a_minute < before:
            yield (*path, "price"), "the price falls: a minute costs less than in the step before"
        before = a_minute


def _faults_of_windows(table: RateTable, vehicle: str) -> Iterator[Fault]:
    """Each minute of each kind of day, after each other kind, belongs to just one window of the class."""
    told: set[tuple[str, int, int]] = set()
    for kind in DAY_KINDS:
        for eve in DAY_KINDS:
            pieces = sorted(_pieces(table, vehicle, kind, eve))
            reached, last = 0, None
            for begins, ends, number in pieces:
                where = number if last is None else max(number, last)
                if begins > reached and ("gap", where, reached) not in told:
                    told.add(("gap", where, reached))
                    yield _window_fault(where, "gap", vehicle, kind, reached, begins)
                elif begins < reached and ("overlap", where, begins) not in told:
                    told.add(("overlap", where, begins))
                    yield _window_fault(where, "overlap", vehicle, kind, begins, min(reached, ends))
                reached, last = max(reached, ends), number
            where = 0 if last is None else last
            if reached < _DAY_MINUTES and ("gap", where, reached) not in told:
                told.add(("gap", where, reached))
                yield _window_fault(where, "gap", vehicle, kind, reached, _DAY_MINUTES)


def _pieces(table: RateTable, vehicle: str, kind: DayKind, eve: DayKind) -> Iterator[tuple[int, int, int]]:
    """Windows of a day of `kind` after one of kind `eve`, cut at midnight: first and last minute, and which one."""
    for number, collection in enumerate(table.collections):
        if vehicle not in collection.vehicles:
            continue
        begins, ends = (_minute(clock) for clock in (collection.begins, collection.ends))
        over_midnight = ends <= begins
        if kind in collection.days:
            yield begins, _DAY_MINUTES if over_midnight else ends, number
        if over_midnight and ends and eve in collection.days:
            yield 0, ends, number


def _window_fault(number: int, what: str, vehicle: str, kind: DayKind, first: int, last: int) -> Fault:
    hours = f"{_clock(first)}-{_clock(last)}"
    words = "no price" if what == "gap" else "two prices"
    return ("collections", number), f"{what}: {words} for {vehicle} at {hours} on a {kind}"


def _unknown(vehicle: str) -> str:
    return f"{vehicle[:40]!r} is no class of vehicles; known are {', '.join(VEHICLES)}"


def _minute(clock: str) -> int:
    return int(offset(clock).total_seconds()) // 60


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
