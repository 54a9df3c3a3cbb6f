"""People's own data: shown to them, erased for them, and erased when its time is over.

Where a plate is erased its token stands, so that counts, money and disputes stay whole. The books hold neither.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, LiteralString

import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from cityhub.parking import plates
from cityhub.parking.sessions import GRACE
from cityhub.parking.tariffs.calendar import day_kind
from cityhub.privacy import Request, Subject, deadlines
from cityhub.rfc3339 import at_local_time
from cityhub.store.queries import load

_SQL = load(__file__)
_PORTION = 2_000


@dataclass(frozen=True, slots=True)
class Keys:
    """`plates`: makes the tokens of plates; `phones`: those of phones, None where no messages are taken."""

    plates: bytes
    phones: bytes | None = None

    def sender(self, subject: Subject) -> bytes | None:
        """What a phone's messages are known by."""
        return subject.token(self.phones) if subject.kind == "phone" and self.phones is not None else None


@dataclass(frozen=True, slots=True)
class Entry:
    """One request of the register; days are of Vietnam's calendar."""

    kind: Request
    subject: str
    asked_at: datetime
    answer_by: date
    do_by: date
    done_at: datetime
    made_by: str
    found: Mapping[str, int]


def export(conn: psycopg.Connection, subject: Subject, keys: Keys) -> dict[str, list[dict[str, Any]]]:
    """All that is kept about a plate or a phone, by table. Links that are keys are not in it."""
    is_plate = subject.kind == "plate"
    row = {
        "plate": subject.text if is_plate else None,
        "token": subject.token(keys.plates) if is_plate else None,
        "phone": None if is_plate else subject.text,
        "sender": keys.sender(subject),
    }
    found = {"sessions": _rows(conn, _SQL["sessions"], row), "rights": _rows(conn, _SQL["rights"], row)}
    ids = {
        "ids": [one["id"] for one in found["sessions"]],
        "right_ids": [one["id"] for one in found["rights"]],
    }
    more = {"segments": _SQL["segments"], "payments": _SQL["payments"], "consents": _SQL["consents"]}
    return {**found, **{name: _rows(conn, query, ids) for name, query in more.items()}}


def erase(conn: psycopg.Connection, subject: Subject, keys: Keys, now: datetime) -> dict[str, int]:
    """Erase a plate where it is not needed any more, a phone everywhere; counts of what was erased and kept.

    A plate is needed while its car stands there by right, or owes. Within the caller's transaction; `now` is aware.
    """
    if subject.kind == "phone":
        row = {"phone": subject.text, "token": keys.sender(subject), "now": now}
        steps = (_SQL["erase_phone"], _SQL["erase_replies"], _SQL["forget_sender"], _SQL["forget_receipt"])
        return {"erased": sum(conn.execute(step, row).rowcount for step in steps), "kept": 0}
    # For a while after its end a car may still be asked about, and its driver may make the stay longer.
    erased = _erase(conn, {subject.text: subject.token(keys.plates)}, now - GRACE)
    conn.execute(_SQL["erase_answers"], {"written": f'"plate":"{subject.text}"'})
    [(sessions, rights)] = conn.execute(_SQL["kept"], {"plate": subject.text}).fetchall()
    return {"erased": erased, "kept": sessions + rights}


def erase_old_plates(conn: psycopg.Connection, key: bytes, before: datetime) -> int:
    """Erase plates of what was over before `before` (aware); how many rows. Commits as it goes."""
    total = 0
    while True:
        row = {"before": before, "plate": None, "portion": _PORTION}
        found = [plate for (plate,) in conn.execute(_SQL["over_plates"], row)]
        if not found:
            conn.commit()
            return total
        total += _erase(conn, {plate: plates.token(plate, key) for plate in found}, before)
        conn.commit()


def enter(
    conn: psycopg.Connection,
    kind: Request,
    subject: Subject,
    keys: Keys,
    found: Mapping[str, int],
    *,
    asked_at: datetime,
    now: datetime,
    made_by: str,
) -> tuple[date, date]:
    """Enter a request that was done at `now` into the register; by when it had to be answered, and done."""
    day = at_local_time(asked_at).date()
    answer_by, do_by = deadlines(kind, day, lambda day: day_kind(day) == "working_day")
    row = {
        "kind": kind,
        "subject": subject.kind,
        "token": subject.token(keys.plates),
        "asked_at": asked_at,
        "answer_by": answer_by,
        "do_by": do_by,
        "now": now,
        "made_by": made_by,
        "found": Jsonb(dict(found)),
    }
    conn.execute(_SQL["enter"], row)
    return answer_by, do_by


def requests(conn: psycopg.Connection, limit: int) -> list[Entry]:
    """The register, the newest first."""
    return [Entry(*row) for row in conn.execute(_SQL["requests"], {"limit": limit})]


def _erase(conn: psycopg.Connection, tokens: Mapping[str, bytes], before: datetime) -> int:
    row = {"plates": list(tokens), "tokens": list(tokens.values()), "before": before}
    return sum(conn.execute(step, row).rowcount for step in (_SQL["erase_segments"], _SQL["erase_rights"]))


def _rows(
    conn: psycopg.Connection, query: LiteralString, parameters: Mapping[str, Any]
) -> list[dict[str, Any]]:
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query, parameters).fetchall()
