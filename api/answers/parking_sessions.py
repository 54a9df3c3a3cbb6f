"""Sessions of parking, as who has their link sees them. Money in VND."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from msgspec import Meta, Struct

from api.parameters import SENSOR_ID_PATTERN
from cityhub.parking.sessions import Kind, Mode, Segment, Session, State
from cityhub.rfc3339 import LocalTime, at_local_time

PlateText = Annotated[str, Meta(max_length=40, description="As it is written on the car")]
Minutes = Annotated[int, Meta(ge=1, le=7 * 24 * 60)]
BayId = Annotated[str, Meta(pattern=SENSOR_ID_PATTERN)]


class SessionRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """Time at a place from now on. `start_stop`: without `minutes`, paid for at its end.

    `phone`: where its driver asked to be reminded before the end; it is erased after that. 0912345678, or with +84.
    """

    place_id: BayId
    plate: PlateText
    vehicle: Annotated[str, Meta(description="car, car_large, motorbike, ev or disabled")]
    minutes: Minutes | None = None
    bay_id: BayId | None = None
    phone: Annotated[str, Meta(pattern=r"^\+?[0-9 .-]{8,20}$")] | None = None
    mode: Mode = "prepaid"


class ExtendRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """So many minutes more."""

    minutes: Minutes


class StopRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """The end, now. What the tariff gives back goes to where it came from, or at once into a wallet.

    `wallet_token`: the wallet; without one `wallet` makes a new one, whose token is in the answer.
    """

    refund_to: Literal["origin", "wallet"] = "origin"
    wallet_token: Annotated[str, Meta(max_length=64)] | None = None


class CorrectRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """Another plate or another bay; once, for nothing."""

    plate: PlateText | None = None
    bay_id: BayId | None = None


class SegmentAnswer(Struct, frozen=True, rename={"from_": "from"}):
    """A part of a session's story. `amount`: due for the whole session up to here, `due` of it new with this part."""

    kind: Kind
    state: Literal["awaiting_payment", "held", "lapsed"]
    from_: LocalTime
    to: LocalTime | None
    amount: int
    due: int
    bay_id: str | None
    made_by: Literal["driver", "sensor", "staff"]
    at: LocalTime

    @classmethod
    def of(cls, segment: Segment) -> Self:
        """A segment, without its plate."""
        return cls(
            segment.kind,
            segment.state,
            at_local_time(segment.from_time),
            _local(segment.to_time),
            segment.amount,
            segment.due,
            segment.bay_id,
            # Who of the staff is the staff's business.
            "sensor" if segment.made_by == "sensor" else "driver" if segment.made_by == "driver" else "staff",
            at_local_time(segment.created_at),
        )


class SessionAnswer(Struct, frozen=True, rename={"from_": "from"}):
    """A session. `expires_at`: the end that is paid for, or asked for; null while a start-stop session runs.

    `amount`: what it costs so far; `due`: what waits for its payment, until `pay_by` unless that is null.
    `give_back`: what the tariff gives back of a session that was stopped. `warnings`: `odd_plate`;
    `has_permit`: the plate may park there by a permit or another app's right, so nothing has to be paid.
    """

    id: str
    token: str
    status: State
    mode: Mode
    place_id: str
    bay_id: str | None
    plate: str | None
    vehicle: str
    from_: LocalTime
    expires_at: LocalTime | None
    amount: int
    due: int
    pay_by: LocalTime | None
    lines: list[dict[str, Any]]
    segments: list[SegmentAnswer]
    receipts: list[str]
    warnings: list[str] = []
    give_back: int = 0
    # Where it went, when a wallet was asked for.
    wallet_token: str | None = None

    @classmethod
    def of(
        cls,
        session: Session,
        now: datetime,
        *,
        receipts: list[str] | None = None,
        warnings: list[str] | None = None,
        give_back: int = 0,
        wallet_token: str | None = None,
    ) -> Self:
        """A session as it is at `now` (aware)."""
        shown = session.held or session.first
        waiting = session.due(now)
        status = session.status(now)
        return cls(
            session.id,
            session.token,
            status,
            session.mode,
            session.place_id,
            shown.bay_id,
            shown.plate,
            session.vehicle,
            at_local_time(shown.from_time),
            _local(shown.to_time),
            shown.amount if waiting is None or session.held is not None else waiting.amount,
            0 if waiting is None else waiting.due,
            None if waiting is None else _local(session.pay_by),
            [dict(line) for line in (waiting or shown).quote],
            [SegmentAnswer.of(segment) for segment in session.segments],
            receipts or [],
            warnings or [],
            give_back,
            wallet_token,
        )


def _local(time: datetime | None) -> datetime | None:
    return None if time is None else at_local_time(time)
