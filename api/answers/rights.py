"""Rights to park: those that other apps sold, and permits of the hub. Money in VND."""

from datetime import date, datetime
from typing import Annotated, Literal, Self

from msgspec import Meta, Struct

from api.answers.parking_sessions import BayId, PlateText
from cityhub.parking.rights import Right, Specification, Status
from cityhub.rfc3339 import LocalTime, at_local_time

MOST_AMOUNT = 1_000_000_000


class RightRequest(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, rename={"from_": "from"}):
    """A right that another app sold, from `from` to `to` (exclusive), for `amount` VND that it took.

    `channel`: the name of the key, or that name with `:` and a part of it behind, such as a terminal's.
    `channel_reference`: the app's own, of each right another.
    """

    channel: Annotated[str, Meta(pattern=r"^[A-Za-z0-9._-]{1,40}(:[A-Za-z0-9._-]{1,40})?$")]
    channel_reference: Annotated[str, Meta(pattern=r"^[!-~]{1,100}$")]
    place_id: BayId
    bay_id: BayId | None = None
    plate: PlateText
    vehicle: Annotated[str, Meta(description="car, car_large, motorbike, ev or disabled")]
    from_: Annotated[datetime, Meta(tz=True)]
    to: Annotated[datetime, Meta(tz=True)]
    amount: Annotated[int, Meta(ge=0, le=MOST_AMOUNT)]


class RightAnswer(Struct, frozen=True, kw_only=True, rename={"from_": "from"}):
    """A right as the channel that sold it sees it. `withdrawn_at`: until then it was valid. `warnings`: `odd_plate`."""

    id: str
    channel: str
    channel_reference: str
    place_id: str | None
    zone: str
    bay_id: str | None
    plate: str | None
    vehicle: str
    from_: LocalTime
    to: LocalTime
    amount: int
    status: Status
    created_at: LocalTime
    withdrawn_at: LocalTime | None
    warnings: list[Literal["odd_plate"]] = []

    @classmethod
    def of(cls, right: Right, now: datetime, *, is_odd: bool = False) -> Self:
        """A right as it is at `now` (aware)."""
        return cls(
            id=right.id,
            channel=right.channel,
            channel_reference=right.channel_reference,
            place_id=right.place_id,
            zone=right.zone,
            bay_id=right.bay_id,
            plate=right.plate,
            vehicle=right.vehicle,
            from_=at_local_time(right.valid_from),
            to=at_local_time(right.valid_to),
            amount=right.amount,
            status=right.status(now),
            created_at=at_local_time(right.created_at),
            withdrawn_at=None if right.withdrawn_at is None else at_local_time(right.withdrawn_at),
            warnings=["odd_plate"] if is_odd else [],
        )


class SpecificationAnswer(Struct, frozen=True):
    """A permit that can be bought: so many months for `price`. `vehicle` null: every class.

    `illustrative`: its price is made up, to show how permits are sold. `valid_from`, `valid_to`: the first and last day
    on which it is sold.
    """

    id: str
    name: str
    name_en: str
    zone: str
    zone_name: str
    zone_name_en: str
    vehicle: str | None
    months: int
    price: int
    currency: str
    valid_from: date
    valid_to: date | None
    illustrative: bool

    @classmethod
    def of(cls, one: Specification) -> Self:
        """One permit."""
        return cls(
            one.id,
            one.name_vi,
            one.name_en,
            one.zone,
            one.zone_vi,
            one.zone_en,
            one.vehicle,
            one.months,
            one.price,
            "VND",
            one.valid_from,
            one.valid_to,
            one.illustrative,
        )


class SpecificationsAnswer(Struct, frozen=True):
    """The permits that can be bought today."""

    permits: list[SpecificationAnswer]


class PermitRequest(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, rename={"from_": "from"}):
    """A permit for a plate from the beginning of the day `from` (Vietnam time), at most 60 days ahead.

    `place_id`: at that place alone; without it at every place of the zone.
    """

    permit_id: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{1,62}$")]
    plate: PlateText
    vehicle: Annotated[str, Meta(description="car, car_large, motorbike, ev or disabled")]
    from_: date
    place_id: BayId | None = None


class PermitAnswer(Struct, frozen=True, kw_only=True, rename={"from_": "from"}):
    """A permit, for who has its token; valid from `from` to `to` (exclusive), both midnights of Viet Nam.

    `due`: what waits for its payment until `pay_by`. `give_back`: what was given back when it was withdrawn, or what
    would be by now. `renewed_by`: the token of the permit that follows it. `warnings`: `odd_plate`; `has_permit`: it is
    not paid, and the plate has another for some of that time already.
    """

    id: str
    token: str
    permit_id: str | None
    status: Status
    plate: str | None
    vehicle: str
    zone: str
    place_id: str | None
    from_: LocalTime
    to: LocalTime
    months: int | None
    amount: int
    due: int
    pay_by: LocalTime | None
    receipts: list[str]
    give_back: int = 0
    renewed_by: str | None = None
    warnings: list[Literal["odd_plate", "has_permit"]] = []

    @classmethod
    def of(
        cls,
        right: Right,
        now: datetime,
        *,
        receipts: list[str] | None = None,
        give_back: int | None = None,
        is_odd: bool = False,
        has_other: bool = False,
    ) -> Self:
        """A permit as it is at `now` (aware); `give_back`: what was asked to be given back just now."""
        due = right.due(now)
        warnings: list[Literal["odd_plate", "has_permit"]] = ["odd_plate"] if is_odd else []
        if has_other and due:
            warnings.append("has_permit")
        return cls(
            id=right.id,
            token=right.token,
            permit_id=right.specification_id,
            status=right.status(now),
            plate=right.plate,
            vehicle=right.vehicle,
            zone=right.zone,
            place_id=right.place_id,
            from_=at_local_time(right.valid_from),
            to=at_local_time(right.valid_to),
            months=right.months,
            amount=right.amount,
            due=due,
            pay_by=at_local_time(right.pay_by) if due and right.pay_by is not None else None,
            receipts=receipts or [],
            give_back=right.given_back(now) if give_back is None else give_back,
            renewed_by=right.renewed_by,
            warnings=warnings,
        )


class WithdrawRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """It is valid no more, from now on."""
