"""Rights as they are stored, and the permits that the hub sells. All within the caller's transaction."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

import psycopg
from psycopg.rows import class_row

from cityhub.catalogue.vehicles import VEHICLES, known
from cityhub.errors import Conflict, NotFound, RuleBroken
from cityhub.model import PlaceRow
from cityhub.parking import rights as rules
from cityhub.parking.plates import Plate
from cityhub.parking.rights import OURS, Right, Specification
from cityhub.parking.sessions import PAY_WITHIN
from cityhub.rfc3339 import at_local_time
from cityhub.store import places
from cityhub.store.queries import load

_SQL = load(__file__)


class RightLapsed(Conflict):
    """Its time to be paid for is over, or it was withdrawn meanwhile."""


@dataclass(frozen=True, slots=True)
class PermitAsked:
    """What a driver asks for. `place_id` None: every place of the zone; `first_day`: of Vietnam's calendar."""

    specification_id: str
    plate: Plate
    vehicle: str
    first_day: date
    place_id: str | None = None


def specifications(conn: psycopg.Connection, day: date) -> list[Specification]:
    """The permits that can be bought on a day, by zone."""
    return _specifications(conn, day, None)


def specification(conn: psycopg.Connection, id: str, day: date) -> Specification:
    """One of them; raises NotFound."""
    found = _specifications(conn, day, id)
    if not found:
        raise NotFound("permit", id[:80])
    return found[0]


def request(
    conn: psycopg.Connection, asked: PermitAsked, now: datetime, token: str, *, renewal_of: str | None = None
) -> Right:
    """A permit that is its driver's once it is paid for, known by `token`; at `now` (aware).

    Raises NotFound, InvalidInput, RuleBroken (`vehicle`, `other_zone`, `start_in_past`, `start_too_far`).
    """
    sold = specification(conn, asked.specification_id, at_local_time(now).date())
    if not sold.takes(known(asked.vehicle).name):
        raise RuleBroken("vehicle", f"{sold.id} is not sold to vehicles of class {asked.vehicle}")
    if asked.place_id is not None:
        place = places.get(conn, asked.place_id)
        if place.zone != sold.zone:
            raise RuleBroken("other_zone", f"{place.id} is not in the zone of {sold.id}")
        check_takes(place, asked.vehicle)
    rules.check_first_day(asked.first_day, now)
    start, end = rules.span(asked.first_day, sold.months)
    id = str(uuid4())
    row = {
        "id": id,
        "token": token,
        "specification_id": sold.id,
        "months": sold.months,
        "channel": OURS,
        "channel_reference": id,
        "request_digest": None,
        "plate": asked.plate.text,
        "vehicle": asked.vehicle,
        "zone": sold.zone,
        "place_id": asked.place_id,
        "bay_id": None,
        "valid_from": start,
        "valid_to": end,
        "amount": sold.price,
        "state": "requested" if sold.price else "active",
        "pay_by": now + PAY_WITHIN if sold.price else None,
        "renewal_of": renewal_of,
        "now": now,
    }
    add(conn, row)
    return by_token(conn, token)


def renew(conn: psycopg.Connection, token: str, now: datetime, new_token: str) -> Right:
    """The permit that follows one, at today's price, from its end on; the same again while it waits or is valid.

    Raises NotFound, RuleBroken (`not_active`, `start_too_far`).
    """
    right = by_token(conn, token, lock=True)
    if right.renewed_by is not None:
        following = by_token(conn, right.renewed_by, lock=True)
        if following.status(now) != "lapsed":
            return following
        conn.execute(_SQL["give_up"], {"id": following.id})
    begins = right.renewal_begins(now)
    if right.plate is None or right.specification_id is None:
        raise RuleBroken("not_active", "its plate was erased; buy a new permit")
    asked = PermitAsked(
        right.specification_id, Plate(right.plate, is_odd=False), right.vehicle, begins, right.place_id
    )
    return request(conn, asked, now, new_token, renewal_of=right.id)


def add(conn: psycopg.Connection, row: Mapping[str, object]) -> str | None:
    """A new right; its id, None where its channel has told this reference before."""
    added = conn.execute(_SQL["add"], row).fetchone()
    return None if added is None else str(added[0])


def told(conn: psycopg.Connection, channel: str, reference: str) -> tuple[str, bytes | None] | None:
    """The id of what a channel told under a reference, and the digest of what it told; None when it told nothing."""
    row = {"channel": channel, "channel_reference": reference}
    found = conn.execute(_SQL["told"], row).fetchone()
    return None if found is None else (str(found[0]), found[1])


def by_token(conn: psycopg.Connection, token: str, *, lock: bool = False) -> Right:
    """The permit of a link; raises NotFound, which does not repeat the token. `lock`: until the transaction ends."""
    if lock:
        # By itself: a right is read as it is once whoever held it is done.
        conn.execute(_SQL["hold_token"], {"token": token})
    return _found(conn, _SQL["by_token"], {"token": token, "channel": OURS})


def by_id(conn: psycopg.Connection, id: str, *, lock: bool = False) -> Right:
    """Raises NotFound, also for what is no id of a right."""
    try:
        UUID(id)
    except ValueError:
        raise NotFound("right", "of this form") from None
    if lock:
        conn.execute(_SQL["hold_id"], {"id": id})
    return _found(conn, _SQL["by_id"], {"id": id})


def paid(conn: psycopg.Connection, id: str) -> Right:
    """The permit is paid for and is its driver's. Raises RightLapsed when nothing waits for that money any more.

    What comes late still counts until somebody has noted that it lapsed: its payment was begun in time.
    """
    right = by_id(conn, id, lock=True)
    if right.state != "requested":
        raise RightLapsed("what this payment was for is not waited for any more")
    conn.execute(_SQL["activate"], {"id": id})
    return right


def wait_until(conn: psycopg.Connection, id: str, pay_by: datetime) -> None:
    """A payment was begun that may take until `pay_by` (aware)."""
    conn.execute(_SQL["wait_until"], {"id": id, "pay_by": pay_by})


def withdraw(conn: psycopg.Connection, right: Right, now: datetime) -> int:
    """It is valid no more from `now` (aware) on; what of a permit's price is to be given back, VND.

    The caller holds the right. Withdrawn again it stays as it is. Raises RuleBroken (`not_active`).
    """
    if right.state == "withdrawn":
        return 0
    right.to_withdraw(now)
    conn.execute(_SQL["withdraw"], {"id": right.id, "now": now})
    return right.given_back(now)


def lapse(conn: psycopg.Connection, now: datetime) -> int:
    """Permits that nobody paid for until `now` (aware) lapse; how many."""
    return conn.execute(_SQL["lapse"], {"now": now}).rowcount


def covers(
    conn: psycopg.Connection,
    plate: str,
    vehicle: str,
    where: tuple[str, str | None],
    start: datetime,
    end: datetime,
) -> bool:
    """May this car stand at a place from `start` to `end` (aware) by one right that is active, whoever sold it?

    `plate` is normalised; `where`: the ids of the place and its zone. Classes that pay the same price are one car's.
    """
    place_id, zone = where
    row = {
        "plate": plate,
        "vehicles": _priced_alike(vehicle),
        "place_id": place_id,
        "zone": zone,
        "start": start,
        "end": end,
    }
    [(found,)] = conn.execute(_SQL["covers"], row).fetchall()
    return bool(found)


def overlaps(conn: psycopg.Connection, right: Right) -> bool:
    """Has a permit's plate another one already for some of the same time and places, while this one is not paid?

    That may be meant, such as for a zone beside a place, so it is no reason to refuse it.
    """
    if right.state != "requested" or right.plate is None:
        return False
    row = {
        "id": right.id,
        "plate": right.plate,
        "vehicles": _priced_alike(right.vehicle),
        "place_id": right.place_id,
        "zone": right.zone,
        "start": right.valid_from,
        "end": right.valid_to,
    }
    [(found,)] = conn.execute(_SQL["overlaps"], row).fetchall()
    return bool(found)


def _priced_alike(vehicle: str) -> list[str]:
    """The classes that pay the price of this one, itself among them."""
    return [name for name, one in VEHICLES.items() if one.priced_as == known(vehicle).priced_as]


def issuer(conn: psycopg.Connection, right: Right) -> str:
    """Who gives receipts for a permit: who runs its place, else most places of its zone."""
    if right.place_id is not None and (runs := places.get(conn, right.place_id).issuer) is not None:
        return runs
    row = conn.execute(_SQL["zone_issuer"], {"zone": right.zone}).fetchone()
    return right.zone if row is None else str(row[0])


def where(conn: psycopg.Connection, right: Right) -> tuple[str, str]:
    """Where a right is valid, in Vietnamese and English: its place, or its zone."""
    if right.place_id is not None:
        place = places.get(conn, right.place_id)
        return place.name_vi, place.name_en
    [(vi, en)] = conn.execute(_SQL["zone_names"], {"zone": right.zone}).fetchall()
    return vi, en


def names(conn: psycopg.Connection, right: Right) -> tuple[str, str]:
    """What a permit is called, in Vietnamese and English."""
    row = conn.execute(_SQL["names"], {"id": right.specification_id}).fetchone()
    return ("", "") if row is None else (row[0], row[1])


def is_illustrative(conn: psycopg.Connection, right: Right) -> bool:
    """Is the price of a permit made up?"""
    row = conn.execute(_SQL["names"], {"id": right.specification_id}).fetchone()
    return row is not None and bool(row[2])


def _specifications(conn: psycopg.Connection, day: date, id: str | None) -> list[Specification]:
    with conn.cursor(row_factory=class_row(Specification)) as cursor:
        return cursor.execute(_SQL["specifications"], {"day": day, "id": id}).fetchall()


def _found(conn: psycopg.Connection, query: Any, parameters: dict[str, str]) -> Right:
    with conn.cursor(row_factory=class_row(Right)) as cursor:
        found = cursor.execute(query, parameters).fetchone()
    if found is None:
        raise NotFound("right", "of this link" if "token" in parameters else parameters["id"])
    return found


def check_takes(place: PlaceRow, vehicle: str) -> None:
    """Raises RuleBroken for a place where no time is sold, or not to this class; InvalidInput for an unknown one."""
    name = known(vehicle).name
    if place.zone is None:
        raise RuleBroken("not_sold", f"no time is sold at {place.id}")
    if name not in place.vehicles:
        raise RuleBroken("vehicle", f"{place.id} takes {', '.join(place.vehicles)}, not {name}")
