"""Sessions: asked for, paid, made longer, stopped, corrected. All within the caller's transaction."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import msgspec
import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from cityhub.errors import Conflict, InvalidInput, NotFound, RuleBroken
from cityhub.model import PlaceRow
from cityhub.parking import offers
from cityhub.parking.plates import Plate
from cityhub.parking.sessions import PAY_WITHIN, Kind, Mode, Segment, Session, State, check_minutes
from cityhub.parking.tariffs import Quote, Schedule, quote, unused
from cityhub.parking.tariffs.calendar import day_kind
from cityhub.store import places, tariffs
from cityhub.store.queries import load

_SQL = load(__file__)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a driver asks for. `phone` is kept for a reminder only, until that was sent. `minutes` None: start-stop."""

    place_id: str
    plate: Plate
    vehicle: str
    minutes: int | None
    bay_id: str | None = None
    phone: str | None = None


class SessionLapsed(Conflict):
    """Its time to be paid for is over, or what was to be paid was replaced meanwhile."""


def begin(
    conn: psycopg.Connection,
    asked: Asked,
    now: datetime,
    token: str,
) -> Session:
    """A new session from `now` (aware) on, known by `token`, which nobody can guess.

    Raises NotFound, InvalidInput, RuleBroken (as `offers.check` and `quote`).
    """
    place = places.get(conn, asked.place_id)
    mode: Mode = "prepaid" if asked.minutes is not None else "start_stop"
    # Nobody knows how long a start-stop session lasts: the place has to be open as it begins.
    length = timedelta(minutes=1) if asked.minutes is None else check_minutes(asked.minutes)
    zone = offers.check(place, asked.vehicle, now, length, now)
    _check_bay(conn, place, asked.bay_id)
    end = None if asked.minutes is None else now + length
    price = None if end is None else quote(tariffs.schedule(conn, zone), asked.vehicle, now, end)
    waits = price is not None and price.amount > 0
    id = str(uuid4())
    state: State = "awaiting_payment" if waits else "active"
    row = {
        "id": id,
        "token": token,
        "mode": mode,
        "place_id": place.id,
        "vehicle": asked.vehicle,
        "zone": zone,
        "state": state,
        "pay_by": now + PAY_WITHIN if waits else None,
        "phone": asked.phone,
        "phone_purpose": "remind_by_phone" if asked.phone else None,
        "now": now,
    }
    conn.execute(_SQL["add"], row)
    _add(
        conn,
        id,
        1,
        "start",
        state,
        now,
        plate=asked.plate.text,
        bay_id=asked.bay_id,
        span=(now, end),
        price=price,
    )
    return by_token(conn, token)


def by_token(conn: psycopg.Connection, token: str, *, lock: bool = False) -> Session:
    """The session of a link; raises NotFound, which does not repeat the token."""
    return _found(conn, _SQL["by_token_locked"] if lock else _SQL["by_token"], {"token": token})


def by_id(conn: psycopg.Connection, id: str) -> Session:
    """The session, held until the transaction ends; raises NotFound."""
    return _found(conn, _SQL["by_id_locked"], {"id": id})


def extend(conn: psycopg.Connection, token: str, minutes: int, now: datetime) -> Session:
    """So many minutes more, going on in the tariff's steps; what it costs waits for its payment.

    What waited before is replaced. Raises NotFound, InvalidInput, RuleBroken.
    """
    session = by_token(conn, token, lock=True)
    held = session.to_prolong(now)
    assert held.to_time is not None  # noqa: S101 - what can be prolonged has an end
    end = held.to_time + check_minutes(minutes)
    _check_open(places.get(conn, session.place_id), held.to_time, end)
    price = quote(tariffs.schedule(conn, session.zone), session.vehicle, session.first.from_time, end)
    _drop_waiting(conn, session)
    _follow(conn, session, held, "extension", now, end=end, price=price)
    return by_token(conn, token)


def stop(conn: psycopg.Connection, token: str, now: datetime) -> tuple[Session, int]:
    """The end, now; and what is to be given back (VND). A start-stop session then waits for its payment."""
    session = by_token(conn, token, lock=True)
    held = session.to_stop(now)
    _drop_waiting(conn, session)
    schedule = tariffs.schedule(conn, session.zone)
    vehicle, start = session.vehicle, session.first.from_time
    if session.mode == "start_stop":
        _follow(
            conn,
            session,
            held,
            "stop",
            now,
            end=now,
            price=quote(schedule, vehicle, start, now, is_limited=False),
        )
        return by_token(conn, token), 0
    assert held.to_time is not None  # noqa: S101 - a prepaid session has an end
    back = unused(schedule, vehicle, start, held.to_time, now)
    price = Quote(held.amount - back, tuple(_lines(schedule, vehicle, start, now)), held.tariff_version or "")
    _follow(conn, session, held, "stop", now, end=now, price=price)
    return by_token(conn, token), back


def correct(
    conn: psycopg.Connection,
    token: str,
    now: datetime,
    *,
    plate: Plate | None = None,
    bay_id: str | None = None,
) -> Session:
    """Another plate or bay, once and for nothing. Raises NotFound, InvalidInput, RuleBroken (`corrected_before`)."""
    if (plate is None) == (bay_id is None):
        raise InvalidInput("plate", "give either a plate or a bay_id")
    session = by_token(conn, token, lock=True)
    held = session.to_correct(now)
    _check_bay(conn, places.get(conn, session.place_id), bay_id)
    _add(
        conn,
        session.id,
        len(session.segments) + 1,
        "bay" if plate is None else "plate",
        "active",
        now,
        plate=held.plate if plate is None else plate.text,
        bay_id=held.bay_id if bay_id is None else bay_id,
        span=(held.from_time, held.to_time),
        amount=held.amount,
        tariff_version=held.tariff_version,
    )
    return by_token(conn, token)


def paid(conn: psycopg.Connection, session_id: str, n: int) -> Session:
    """Segment `n` is paid: it holds from now on. Returns the session as it was.

    Raises SessionLapsed when nothing waits for that money any more.

    A first payment that comes late still counts while its time was not over: the car stands there.
    """
    session = by_id(conn, session_id)
    waiting = session.waiting
    if waiting is None or waiting.n != n or session.state == "lapsed":
        raise SessionLapsed("what this payment was for is not waited for any more")
    state: State = "ended" if waiting.kind == "stop" else "active"
    conn.execute(_SQL["hold_segment"], {"session_id": session_id, "n": n, "state": state})
    if (held := session.held) is not None and held.n > n:
        # The plate or bay was corrected while this waited: the newest segment has to tell both.
        _add(
            conn,
            session_id,
            len(session.segments) + 1,
            waiting.kind,
            state,
            waiting.created_at,
            plate=held.plate,
            bay_id=held.bay_id,
            span=(held.from_time, waiting.to_time),
            amount=waiting.amount,
            due=0,
            tariff_version=waiting.tariff_version,
        )
    return session


def wait_until(conn: psycopg.Connection, session_id: str, pay_by: datetime) -> None:
    """A payment was begun that may take until `pay_by` (aware)."""
    conn.execute(_SQL["wait_until"], {"session_id": session_id, "pay_by": pay_by})


def forget_phones(conn: psycopg.Connection, before: datetime) -> int:
    """Erase the phones of stays that are over, and of all begun before `before` (aware); how many."""
    return conn.execute(_SQL["forget_phones"], {"before": before}).rowcount


def lapse(conn: psycopg.Connection, now: datetime) -> int:
    """Sessions that nobody paid for until now lapse; how many."""
    return conn.execute(_SQL["lapse"], {"now": now}).rowcount


def _check_open(place: PlaceRow, start: datetime, end: datetime) -> None:
    if not place.is_open_throughout(start, end, day_kind):
        raise RuleBroken("closed", f"{place.id} is not open all of that time")


def _lines(schedule: Schedule, vehicle: str, start: datetime, end: datetime) -> tuple[Any, ...]:
    return quote(schedule, vehicle, start, end, is_limited=False).lines


def _found(conn: psycopg.Connection, query: Any, parameters: dict[str, str]) -> Session:
    with conn.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(query, parameters).fetchone()
        if row is None:
            raise NotFound("session", "of this link")
        found = cursor.execute(_SQL["segments"], {"id": row["id"]}).fetchall()
    return Session(**row, segments=tuple(Segment(**segment) for segment in found))


def _drop_waiting(conn: psycopg.Connection, session: Session) -> None:
    """Whoever pays for it all the same has paid for nothing: settlement parks that money for a person."""
    if (waiting := session.waiting) is not None:
        conn.execute(_SQL["settle_segment"], {"session_id": session.id, "n": waiting.n, "state": "lapsed"})


def _follow(
    conn: psycopg.Connection,
    session: Session,
    held: Segment,
    kind: Kind,
    now: datetime,
    *,
    end: datetime,
    price: Quote,
) -> None:
    """The segment after `held`, of the same car, until `end`."""
    due = price.amount - held.amount
    state: State = "ended" if kind == "stop" else "active"
    if due > 0 and kind == "stop":
        state = "unpaid"
    _add(
        conn,
        session.id,
        len(session.segments) + 1,
        kind,
        state,
        now,
        plate=held.plate,
        bay_id=held.bay_id,
        span=(held.from_time, end),
        price=price,
        due=due,
    )


def _add(
    conn: psycopg.Connection,
    session_id: str,
    n: int,
    kind: Kind,
    state: State,
    now: datetime,
    *,
    plate: str | None,
    bay_id: str | None,
    span: tuple[datetime, datetime | None],
    price: Quote | None = None,
    amount: int = 0,
    due: int | None = None,
    tariff_version: str | None = None,
) -> None:
    total = amount if price is None else price.amount
    new = due if due is not None else total if kind == "start" else 0
    row = {
        "session_id": session_id,
        "n": n,
        "kind": kind,
        "state": "awaiting_payment" if new > 0 else "held",
        "plate": plate,
        "bay_id": bay_id,
        "from_time": span[0],
        "to_time": span[1],
        "amount": total,
        "due": new,
        "tariff_version": tariff_version if price is None else price.tariff_version,
        "quote": None if price is None else Jsonb(msgspec.to_builtins(price.lines)),
        "made_by": "driver",
        "reason": None,
        "now": now,
    }
    conn.execute(_SQL["add_segment"], {**row, "session_state": state})


def _check_bay(conn: psycopg.Connection, place: PlaceRow, bay_id: str | None) -> None:
    if bay_id is None:
        return
    [(is_bay,)] = conn.execute(_SQL["is_bay"], {"bay_id": bay_id, "place_id": place.id}).fetchall()
    if not is_bay:
        raise InvalidInput("bay_id", "this place has no such bay")
