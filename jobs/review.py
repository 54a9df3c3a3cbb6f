"""A second look at readings that are stored: what their neighbours measured in the same hour, now that all of it is in,
and how each device did by the day.

The public record keeps every value; what the look finds is a flag and a line on record. A person's word about the
flag stands: where somebody set or cleared `neighbour` by hand, the review leaves those hours alone.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import psycopg

from cityhub.config import Settings
from cityhub.logs import get_logger
from cityhub.observing.neighbours import RULES, Comparison, Rule, compare, words
from cityhub.observing.quality import NEIGHBOUR
from cityhub.store import connect, corrections, health, neighbours, session
from cityhub.store.corrections import Correction
from cityhub.store.neighbours import PastFlag

# In the record this name is the review's; no person may take it.
MADE_BY = "review"
HOURS = 6
_TOO_FEW = "the sensor or its neighbours have too few good readings left to compare"
_HOUR = timedelta(hours=1)
# Hours do not know of each other, so a long look back is taken in pieces that fit into memory.
_PIECE = 24 * _HOUR

_log = get_logger()

# A datastream and the beginning of an hour.
_Key = tuple[int, datetime]


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What a review did: sensors' hours compared, and readings whose flag it set or cleared."""

    compared: int
    marked: int
    cleared: int


@dataclass(slots=True)
class _Findings:
    """Comparisons of a span by datastream and hour, and those that stand apart."""

    all: dict[_Key, tuple[Rule, Comparison]] = field(default_factory=dict)
    apart: set[_Key] = field(default_factory=set)


def review(conn: psycopg.Connection, now: datetime, hours: int = HOURS) -> Reviewed | None:
    """Look again at the last `hours` whole hours before `now` (aware), and count how devices did by the day.

    None when another review is under way. The connection in autocommit: each correction and each day commits by itself,
    so ingest never waits for more than one, and neither of the two looks is lost when the other fails. Running it again
    changes nothing unless readings came meanwhile.
    """
    with neighbours.only_one(conn) as mine:
        if not mine:
            return None
        end = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        try:
            return _look_back(conn, end - hours * _HOUR, end)
        finally:
            health.refresh(conn, now)


def _look_back(conn: psycopg.Connection, start: datetime, end: datetime) -> Reviewed:
    compared = marked = cleared = 0
    while start < end:
        done = _compare_neighbours(conn, start, min(start + _PIECE, end))
        compared += done.compared
        marked += done.marked
        cleared += done.cleared
        start += _PIECE
    return Reviewed(compared, marked, cleared)


def _compare_neighbours(conn: psycopg.Connection, start: datetime, end: datetime) -> Reviewed:
    found = _findings(conn, start, end)
    said = neighbours.past_flags(conn, start, end, MADE_BY)
    settled = [one for one in said if one.made_by != MADE_BY]
    marked_before = {(one.datastream_id, one.start) for one in said if one.made_by == MADE_BY}
    marked = cleared = 0
    for key in sorted(found.apart | {key for key in marked_before if start <= key[1] < end}):
        if _is_settled(key, settled):
            continue
        known = found.all.get(key)
        reason = _TOO_FEW if known is None else words(*known)
        if key in found.apart:
            marked += corrections.apply(conn, _correction(key, reason, set_bits=NEIGHBOUR))
        else:
            cleared += corrections.apply(conn, _correction(key, reason, cleared_bits=NEIGHBOUR))
    return Reviewed(len(found.all), marked, cleared)


def _findings(conn: psycopg.Connection, start: datetime, end: datetime) -> _Findings:
    found = _Findings()
    for (rule, _listed), measured in neighbours.measured(conn, RULES, start, end).items():
        for comparison in compare(rule, measured):
            key = (comparison.datastream_id, comparison.hour)
            found.all[key] = (rule, comparison)
            if comparison.differs:
                found.apart.add(key)
    return found


def _is_settled(key: _Key, settled: Iterable[PastFlag]) -> bool:
    id, hour = key
    return any(one.datastream_id == id and one.start < hour + _HOUR and one.end > hour for one in settled)


def _correction(key: _Key, reason: str, *, set_bits: int = 0, cleared_bits: int = 0) -> Correction:
    id, hour = key
    return Correction(id, hour, hour + _HOUR, MADE_BY, reason, set_bits, cleared_bits)


def run(settings: Settings) -> None:
    """The task: look again at the last hours."""
    url = settings.require("database_url")
    with connect(url, "cityhub-review", session.JOBS, autocommit=True) as conn:
        done = review(conn, datetime.now(UTC))
    if done is None:
        _log.info("another review is under way, this one is left out")
    elif done.marked or done.cleared:
        _log.info("reviewed", compared=done.compared, marked=done.marked, cleared=done.cleared)
    else:
        _log.debug("reviewed, nothing to change", compared=done.compared)
