"""Sessions as the staff finds and corrects them. Whole plates stay inside: what is shown and kept of them is masked."""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import psycopg
from psycopg.rows import class_row

from cityhub.errors import InvalidInput, RuleBroken
from cityhub.parking.plates import Plate, masked
from cityhub.parking.sessions import CORRECTED_FOR, LONGEST_MINUTES, Session
from cityhub.personal import is_plate_or_phone
from cityhub.store import audit, places, sessions
from cityhub.store.queries import load

_SQL = load(__file__)
# What is older can have ended too long ago only.
_LOOKED_BACK = CORRECTED_FOR + timedelta(minutes=2 * LONGEST_MINUTES)
# Why; free text could hold a plate, and stands for ever.
REASONS = ("driver", "attendant", "sign", "complaint")
_CASE = re.compile(r"[A-Za-z0-9/.-]{0,30}")


@dataclass(frozen=True, slots=True)
class Found:
    """A session in a list. `plate`: masked, None where it was erased; times are aware, `to_time` None while it runs."""

    id: str
    place_id: str
    name_vi: str
    name_en: str
    state: str
    plate: str | None
    bay_id: str | None
    from_time: datetime
    to_time: datetime | None


@dataclass(frozen=True, slots=True)
class Correction:
    """Another plate, another bay, or both, for one of REASONS; `case`: the number of a complaint, or nothing.

    `seen`: how many segments the session had when somebody looked at it.
    """

    plate: Plate | None
    bay_id: str | None
    reason: str
    case: str
    seen: int


def find(
    conn: psycopg.Connection, now: datetime, *, plate: Plate | None = None, receipt: str | None = None
) -> list[Found]:
    """The sessions of the last days that a plate has or had, or that a receipt is of; the newest first."""
    row = {"plate": None if plate is None else plate.text, "receipt": receipt, "since": now - _LOOKED_BACK}
    with conn.cursor(row_factory=class_row(Found)) as cursor:
        found = cursor.execute(_SQL["find"], row).fetchall()
    return [replace(one, plate=_shown(one.plate)) for one in found]


def correct(conn: psycopg.Connection, id: str, asked: Correction, who: str, now: datetime) -> Session:
    """A segment with what is right from now on, and a line in the trail; nothing is overwritten.

    Raises NotFound, InvalidInput (`reason`, `case`, `bay_id`; `plate` for what changes nothing), RuleBroken
    (`not_active`, `too_late`; `changed` where somebody else was faster).
    """
    if asked.reason not in REASONS:
        raise InvalidInput("reason", f"must be one of {', '.join(REASONS)}")
    session = sessions.by_id(conn, id)
    held = session.to_correct_by_staff(now)
    if len(session.segments) != asked.seen:
        raise RuleBroken("changed", "this session was changed meanwhile; look at it again")
    places.check_bay(conn, places.get(conn, session.place_id), asked.bay_id)
    plate = None if asked.plate is None or asked.plate.text == held.plate else asked.plate.text
    bay_id = None if asked.bay_id == held.bay_id else asked.bay_id
    if plate is None and bay_id is None:
        raise InvalidInput("plate", "nothing would change")
    why = f"{asked.reason} {_case(asked.case)}".strip()
    segment = session.follow(
        held, "bay" if plate is None else "plate", now, plate=plate, bay_id=bay_id, made_by=who, reason=why
    )
    sessions.append(conn, session, segment)
    audit.add(
        conn,
        who,
        "session corrected",
        f"session:{id}",
        before={"plate": _shown(held.plate), "bay": held.bay_id},
        after={"plate": _shown(segment.plate), "bay": segment.bay_id, "segment": segment.n},
        why=why,
    )
    return sessions.by_id(conn, id)


def _case(text: str) -> str:
    if not _CASE.fullmatch(text):
        raise InvalidInput("case", "a number has letters, digits, dots, hyphens and slashes")
    # Of several that are joined each may be one.
    if any(map(is_plate_or_phone, (text, *text.split("/")))):
        raise InvalidInput("case", "this is a plate or a phone number; the trail keeps none")
    return text


def _shown(plate: str | None) -> str | None:
    return None if plate is None else masked(plate)
