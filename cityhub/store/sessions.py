"""Sessions: asked for, paid, made longer, stopped, corrected. All within the caller's transaction."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from cityhub.errors import Conflict, InvalidInput, NotFound, RuleBroken
from cityhub.parking import offers
from cityhub.parking import sessions as rules
from cityhub.parking.plates import Plate
from cityhub.parking.sessions import GRACE, PAY_WITHIN, Mode, Segment, Session, check_minutes
from cityhub.parking.tariffs import Quote, quote, unused
from cityhub.parking.tariffs.calendar import day_kind
from cityhub.store import places, rights, tariffs
from cityhub.store.queries import load

_SQL = load(__file__)
# A start-stop stay is seldom longer.
_COVERED_FOR = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a driver asks for. `minutes` None: start-stop.

    `phone` (E.164) is kept for a reminder only, until that was sent; `wording`: the version of what its driver read.
    """

    place_id: str
    plate: Plate
    vehicle: str
    minutes: int | None
    bay_id: str | None = None
    phone: str | None = None
    wording: str = "api-1"


class SessionLapsed(Conflict):
    """Its time to be paid for is over, or what was to be paid was replaced meanwhile."""


def begin(conn: psycopg.Connection, asked: Asked, now: datetime, token: str) -> Session:
    """A new session from `now` (aware) on, known by `token`, which nobody can guess.

    Raises NotFound, InvalidInput, RuleBroken (as `offers.check` and `quote`; `has_permit` for a start-stop session).
    """
    place = places.get(conn, asked.place_id)
    mode: Mode = "prepaid" if asked.minutes is not None else "start_stop"
    if asked.minutes is None and rights.covers(
        conn, asked.plate.text, asked.vehicle, (place.id, place.zone), now, now + _COVERED_FOR
    ):
        # It would cost money at its end, for what is paid for already.
        raise RuleBroken("has_permit", "this plate has a right to park here: nothing has to be paid")
    # Nobody knows how long a start-stop session lasts: the place has to be open as it begins.
    length = timedelta(minutes=1) if asked.minutes is None else check_minutes(asked.minutes)
    zone = offers.check(place, asked.vehicle, now, length, now)
    places.check_bay(conn, place, asked.bay_id)
    end = None if asked.minutes is None else now + length
    price = None if end is None else quote(tariffs.schedule(conn, zone), asked.vehicle, now, end)
    first = rules.begin(asked.plate.text, asked.bay_id, now, end, price)
    id = str(uuid4())
    begun = Session(
        id, token, mode, place.id, asked.vehicle, zone, first.session_state, _pay_by(first), now, (first,)
    )
    about = {"token": token, "mode": mode, "place_id": place.id, "vehicle": asked.vehicle, "zone": zone}
    conn.execute(_SQL["add"], {**_row(id, first, begun.pay_by), **about})
    if asked.phone is not None and asked.minutes is not None:
        # Of a stay without an end nobody can be reminded.
        remind_by_phone(conn, id, asked.phone, asked.wording, now)
    return begun


def has_permit(conn: psycopg.Connection, session: Session) -> bool:
    """Does a session wait to be paid for although its plate may park there by right, all of the time asked for?"""
    first = session.first
    if session.state != "awaiting_payment" or first.plate is None or first.to_time is None:
        return False
    where = (session.place_id, session.zone)
    return rights.covers(conn, first.plate, session.vehicle, where, first.from_time, first.to_time)


def by_token(conn: psycopg.Connection, token: str, *, lock: bool = False) -> Session:
    """The session of a link; raises NotFound, which does not repeat the token."""
    return _found(conn, _SQL["by_token_locked"] if lock else _SQL["by_token"], {"token": token})


def by_id(conn: psycopg.Connection, id: str) -> Session:
    """The session, held until the transaction ends; raises NotFound."""
    return _found(conn, _SQL["by_id_locked"], {"id": id})


def extend(conn: psycopg.Connection, token: str, minutes: int, now: datetime) -> Session:
    """So many minutes more, going on in the tariff's steps; what it costs waits for its payment, for a while.

    What waited before is replaced. Raises NotFound, InvalidInput, RuleBroken.
    """
    session = by_token(conn, token, lock=True)
    held = session.to_prolong(now)
    assert held.to_time is not None  # noqa: S101 - what can be prolonged has an end
    end = held.to_time + check_minutes(minutes)
    place = places.get(conn, session.place_id)
    if not place.is_open_throughout(held.to_time, end, day_kind):
        raise RuleBroken("closed", f"{place.id} is not open all of that time")
    price = quote(tariffs.schedule(conn, session.zone), session.vehicle, session.first.from_time, end)
    _drop_waiting(conn, session)
    longer = session.follow(held, "extension", now, price=price, to_time=end)
    _add(conn, session.id, longer, _pay_by(longer))
    return by_token(conn, token)


def stop(
    conn: psycopg.Connection,
    token: str,
    now: datetime,
    *,
    made_by: str = "driver",
    noted_at: datetime | None = None,
) -> tuple[Session, int]:
    """The end, now; and what is to be given back (VND). A start-stop session then waits for its payment.

    `made_by`: `sensor` where a bay's sensor saw the car leave at `now` (aware), which is known only at `noted_at`.
    """
    session = by_token(conn, token, lock=True)
    held = session.to_stop(now)
    _drop_waiting(conn, session)
    schedule = tariffs.schedule(conn, session.zone)
    vehicle, start = session.vehicle, session.first.from_time
    used = quote(schedule, vehicle, start, now, is_limited=False)
    back = 0
    if held.to_time is not None:
        # What it costs in the end is what was paid less what the tariff gives back.
        back = unused(schedule, vehicle, start, held.to_time, now)
        used = Quote(held.amount - back, used.lines, used.tariff_version)
    end = session.follow(held, "stop", noted_at or now, price=used, to_time=now, made_by=made_by)
    _add(conn, session.id, end, None)
    return by_token(conn, token), back


def reopen(conn: psycopg.Connection, token: str, now: datetime, *, made_by: str = "driver") -> Session:
    """A start-stop session that a sensor ended goes on as if it had not. Raises NotFound, RuleBroken."""
    session = by_token(conn, token, lock=True)
    held = session.to_reopen(now)
    [(is_being_paid,)] = conn.execute(_SQL["is_being_paid"], {"id": session.id, "now": now}).fetchall()
    if is_being_paid:
        raise RuleBroken("being_paid", "a payment for its end is under way")
    _drop_waiting(conn, session)
    _add(conn, session.id, session.follow(held, "reopening", now, made_by=made_by), None)
    return by_token(conn, token)


def correct(
    conn: psycopg.Connection,
    token: str,
    now: datetime,
    *,
    plate: Plate | None = None,
    bay_id: str | None = None,
) -> Session:
    """Another plate or bay, once and for nothing. Raises NotFound, InvalidInput, RuleBroken (`corrected_before`).

    What is so already is no correction: it adds nothing, and the one for nothing is kept.
    """
    if (plate is None) == (bay_id is None):
        raise InvalidInput("plate", "give either a plate or a bay_id")
    session = by_token(conn, token, lock=True)
    held = session.to_correct(now)
    places.check_bay(conn, places.get(conn, session.place_id), bay_id)
    if (bay_id == held.bay_id) if plate is None else (plate.text == held.plate):
        return session
    corrected = (
        session.follow(held, "bay", now, bay_id=bay_id)
        if plate is None
        else session.follow(held, "plate", now, plate=plate.text)
    )
    # What waits for its payment meanwhile waits as long as before.
    _add(conn, session.id, corrected, session.pay_by)
    return by_token(conn, token)


def append(conn: psycopg.Connection, session: Session, segment: Segment) -> None:
    """A segment that changes neither what its session is nor what it waits for. The caller holds the session."""
    row = _row(session.id, segment, session.pay_by)
    conn.execute(_SQL["add_segment"], {**row, "session_state": session.state})


def paid(conn: psycopg.Connection, session_id: str, n: int, now: datetime) -> Session:
    """Segment `n` is paid for at `now` (aware): it holds from now on. Returns the session as it was.

    Raises SessionLapsed when nothing waits for that money any more. What comes late still counts until somebody has
    noted that it lapsed: its payment was begun in time.
    """
    session = by_id(conn, session_id)
    waiting = session.waiting
    if waiting is None or waiting.n != n:
        raise SessionLapsed("what this payment was for is not waited for any more")
    state = "ended" if waiting.kind == "stop" else "active"
    conn.execute(_SQL["hold_segment"], {"session_id": session_id, "n": n, "state": state})
    if (following := session.settle(n, now)) is not None:
        _add(conn, session_id, following, None)
    return session


def wait_until(conn: psycopg.Connection, session_id: str, pay_by: datetime) -> None:
    """A payment was begun that may take until `pay_by` (aware)."""
    conn.execute(_SQL["wait_until"], {"session_id": session_id, "pay_by": pay_by})


def lapse(conn: psycopg.Connection, now: datetime) -> int:
    """What nobody paid for until `now` (aware) lapses, whole sessions and extensions; how many."""
    return conn.execute(_SQL["lapse"], {"now": now}).rowcount


def remind_by_phone(
    conn: psycopg.Connection, session_id: str, phone: str, wording: str, now: datetime
) -> None:
    """The driver agreed at `now` (aware) to be reminded by `phone` (E.164), having read `wording`, a version."""
    row = {"session_id": session_id, "phone": phone, "wording": wording, "now": now}
    conn.execute(_SQL["remind_by_phone"], row)


def remind_again(conn: psycopg.Connection, session_id: str, phone: str) -> bool:
    """Keep the phone (E.164) once more, where the driver of this session agreed to it before; False where not."""
    return conn.execute(_SQL["remind_again"], {"session_id": session_id, "phone": phone}).rowcount > 0


def forget_phones(conn: psycopg.Connection, now: datetime, before: datetime) -> int:
    """Erase the phones of stays that are over at `now` (aware), and of all begun before `before`; how many."""
    return conn.execute(_SQL["forget_phones"], {"over": now - GRACE, "before": before}).rowcount


def _pay_by(segment: Segment) -> datetime | None:
    """Until when a segment that begins or prolongs a session can be paid for; None for what does not wait."""
    return segment.created_at + PAY_WITHIN if segment.state == "awaiting_payment" else None


def _drop_waiting(conn: psycopg.Connection, session: Session) -> None:
    """Whoever pays for it all the same has paid for nothing: settlement parks that money for a person."""
    conn.execute(_SQL["drop_waiting"], {"session_id": session.id})


def _add(conn: psycopg.Connection, session_id: str, segment: Segment, pay_by: datetime | None) -> None:
    conn.execute(_SQL["add_segment"], _row(session_id, segment, pay_by))


def _row(session_id: str, segment: Segment, pay_by: datetime | None) -> dict[str, Any]:
    return {
        **asdict(segment),
        "quote": Jsonb(segment.quote),
        "session_id": session_id,
        "session_state": segment.session_state,
        "pay_by": pay_by,
    }


def _found(conn: psycopg.Connection, query: Any, parameters: dict[str, str]) -> Session:
    with conn.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(query, parameters).fetchone()
        if row is None:
            raise NotFound("session", "of this link")
        found = cursor.execute(_SQL["segments"], {"id": row["id"]}).fetchall()
    return Session(**row, segments=tuple(Segment(**segment) for segment in found))
