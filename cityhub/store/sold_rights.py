"""Rights that other apps sold, told by them. All within the caller's transaction."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

import psycopg

from cityhub.errors import Conflict
from cityhub.parking import rights as rules
from cityhub.parking.plates import Plate
from cityhub.parking.rights import Right
from cityhub.store import places, rights


class ToldOtherwise(Conflict):
    """A channel tells something else under a reference that it has used."""


@dataclass(frozen=True, slots=True)
class Sold:
    """A right that another app sold. `digest`: of what it told; `amount`: VND that it took; times are aware."""

    channel: str
    reference: str
    digest: bytes
    place_id: str
    bay_id: str | None
    plate: Plate
    vehicle: str
    start: datetime
    end: datetime
    amount: int


def sell(conn: psycopg.Connection, sold: Sold, now: datetime) -> tuple[Right, bool]:
    """A right that another app sold, and whether it is new: the same told again is the same right. `now` is aware.

    Raises NotFound, InvalidInput, RuleBroken (`not_sold`, `vehicle`, as `rules.check_sold`), ToldOtherwise.
    """
    told = rights.told(conn, sold.channel, sold.reference)
    if told is None:
        rules.check_sold(sold.start, sold.end, now)
        place = places.get(conn, sold.place_id)
        rights.check_takes(place, sold.vehicle)
        places.check_bay(conn, place, sold.bay_id)
        added = rights.add(
            conn,
            {
                "channel": sold.channel,
                "channel_reference": sold.reference,
                "id": str(uuid4()),
                "token": secrets.token_urlsafe(16),
                "specification_id": None,
                "months": None,
                "request_digest": sold.digest,
                "plate": sold.plate.text,
                "vehicle": sold.vehicle,
                "zone": place.zone,
                "place_id": place.id,
                "bay_id": sold.bay_id,
                "valid_from": sold.start,
                "valid_to": sold.end,
                "amount": sold.amount,
                "state": "active",
                "pay_by": None,
                "renewal_of": None,
                "now": now,
            },
        )
        if added is not None:
            return rights.by_id(conn, added), True
        # Told twice in the same moment: the other one was first.
        told = rights.told(conn, sold.channel, sold.reference)
        assert told is not None  # noqa: S101 - rows are never removed
    id, digest = told
    if bytes(digest or b"") != sold.digest:
        raise ToldOtherwise("this channel_reference was told with another content before", "right_sold_once")
    return rights.by_id(conn, id), False
