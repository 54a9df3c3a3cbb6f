"""A session: time at a place that somebody pays for, as its segments tell it (APDS, ISO TS 5206-1). Pure.

A correction, an extension or a stop adds a segment; none is changed. The newest that is held says how the session is,
one that waits for its payment how it will be.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec

from cityhub.errors import InvalidInput, RuleBroken
from cityhub.parking.tariffs import Quote

# How long somebody has to pay for what was asked for; banks and providers take as long.
PAY_WITHIN = timedelta(minutes=15)
# A begun session may be made longer so long after its end: the car stands there, and the driver runs for the phone.
GRACE = timedelta(minutes=10)
LONGEST_MINUTES = 7 * 24 * 60
CORRECTIONS = 1
# So long after its end the staff may still correct a session: who was fined although they paid asks later.
CORRECTED_FOR = timedelta(days=7)
# So long a session that a sensor ended can be put back: by late reports of the sensor, or by its driver.
REOPENED_FOR = timedelta(minutes=60)

Mode = Literal["prepaid", "start_stop"]
Kind = Literal["start", "extension", "plate", "bay", "stop", "reopening"]
State = Literal["awaiting_payment", "active", "unpaid", "ended", "lapsed"]


@dataclass(frozen=True, slots=True)
class Segment:
    """From when to when which car may stand where, from the moment on that this segment is held.

    `amount`: VND due for the whole session up to here, of which `due` is new; times are aware, `to_time` None while a
    start-stop session runs. `made_by`: `driver`, `sensor`, or who of the staff, with a `reason`.
    """

    n: int
    kind: Kind
    state: Literal["awaiting_payment", "held", "lapsed"]
    plate: str | None
    bay_id: str | None
    from_time: datetime
    to_time: datetime | None
    amount: int
    due: int
    tariff_version: str | None
    quote: Sequence[Mapping[str, Any]]
    created_at: datetime
    made_by: str = "driver"
    reason: str | None = None

    @property
    def session_state(self) -> State:
        """What its session is with this as its newest segment."""
        waits = self.state == "awaiting_payment"
        if self.kind == "stop":
            return "unpaid" if waits else "ended"
        return "awaiting_payment" if waits and self.kind == "start" else "active"


@dataclass(frozen=True, slots=True)
class Session:
    """`state` is as stored; `status` says what it is by now.

    `pay_by` (aware): until when the segment that waits can be paid for; None: what is owed for a start-stop session
    can be paid for ever.
    """

    id: str
    token: str
    mode: Mode
    place_id: str
    vehicle: str
    zone: str
    state: State
    pay_by: datetime | None
    created_at: datetime
    segments: tuple[Segment, ...]

    @property
    def first(self) -> Segment:
        """How it began."""
        return self.segments[0]

    @property
    def held(self) -> Segment | None:
        """How it is: the newest segment that holds."""
        return next((one for one in reversed(self.segments) if one.state == "held"), None)

    @property
    def waiting(self) -> Segment | None:
        """What waits for its payment."""
        return next((one for one in reversed(self.segments) if one.state == "awaiting_payment"), None)

    def due(self, now: datetime) -> Segment | None:
        """What can be paid for at `now` (aware); None when nothing waits, or its time is over."""
        return None if self.pay_by is not None and now >= self.pay_by else self.waiting

    def status(self, now: datetime) -> State:
        """The state at `now` (aware): a session ends, and a first payment comes too late, without anybody's doing."""
        if self.state == "awaiting_payment" and self.due(now) is None:
            return "lapsed"
        held = self.held
        if self.state == "active" and held is not None and held.to_time is not None and now >= held.to_time:
            return "ended"
        return self.state

    def to_prolong(self, now: datetime) -> Segment:
        """What an extension goes on from; raises RuleBroken where there is nothing to go on from."""
        held = self.held
        if held is None or held.to_time is None or self.state != "active":
            raise RuleBroken("not_active", "only a session that is paid for can be made longer")
        if now >= held.to_time + GRACE:
            raise RuleBroken("ended", "this session is over; begin a new one")
        return held

    def to_stop(self, now: datetime) -> Segment:
        """What ends now; raises RuleBroken where nothing runs any more."""
        held = self.held
        if held is None or self.status(now) != "active":
            raise RuleBroken("not_active", "this session does not run")
        return held

    def to_reopen(self, now: datetime) -> Segment:
        """What goes on because a sensor ended it and was wrong; raises RuleBroken for other ends, or after a while."""
        waiting, held = self.waiting, self.held
        if self.state != "unpaid" or waiting is None or held is None or waiting.made_by != "sensor":
            raise RuleBroken("not_reopened", "only a session that a sensor ended can go on")
        if now >= waiting.created_at + REOPENED_FOR:
            raise RuleBroken("not_reopened", "this session ended too long ago; begin a new one")
        return held

    def to_correct(self, now: datetime) -> Segment:
        """What a plate or bay is corrected of; raises RuleBroken when it was corrected before, or is over."""
        held = self.held
        if held is None or self.status(now) != "active":
            raise RuleBroken("not_active", "only a session that runs can be corrected")
        if (
            sum(one.kind in ("plate", "bay") and one.made_by == "driver" for one in self.segments)
            >= CORRECTIONS
        ):
            raise RuleBroken(
                "corrected_before", "this session was corrected before; ask the staff of the place"
            )
        return held

    def to_correct_by_staff(self, now: datetime) -> Segment:
        """What the staff corrects a plate or bay of, however often; raises RuleBroken where nothing is paid for."""
        held = self.held
        if held is None or self.state not in ("active", "ended"):
            raise RuleBroken("not_active", "only a session that runs or was paid for can be corrected")
        if held.to_time is not None and now >= held.to_time + CORRECTED_FOR:
            raise RuleBroken(
                "too_late", f"a session can be corrected for {CORRECTED_FOR.days} days after its end"
            )
        return held

    def follow(
        self,
        held: Segment,
        kind: Kind,
        now: datetime,
        *,
        price: Quote | None = None,
        to_time: datetime | None = None,
        plate: str | None = None,
        bay_id: str | None = None,
        made_by: str = "driver",
        reason: str | None = None,
    ) -> Segment:
        """The segment after `held`, with what changes; a `price` is for the whole session until `to_time`."""
        following = replace(
            held,
            n=len(self.segments) + 1,
            kind=kind,
            state="held",
            due=0,
            plate=plate or held.plate,
            bay_id=bay_id or held.bay_id,
            created_at=now,
            made_by=made_by,
            reason=reason,
        )
        return (
            following if price is None else _priced(replace(following, to_time=to_time), price, held.amount)
        )

    def settle(self, n: int, now: datetime) -> Segment | None:
        """The segment that has to follow when number `n` is paid for, None where `n` itself says it all.

        The plate or bay may have been corrected while it waited: the newest segment tells both.
        """
        paid, held = self.segments[n - 1], self.held
        if held is None or held.n < n:
            return None
        return replace(
            paid,
            n=len(self.segments) + 1,
            state="held",
            due=0,
            plate=held.plate,
            bay_id=held.bay_id,
            created_at=now,
        )


def begin(
    plate: str, bay_id: str | None, now: datetime, to_time: datetime | None, price: Quote | None
) -> Segment:
    """The first segment, from `now` (aware) to `to_time`; without a price it is a start-stop session's."""
    first = Segment(1, "start", "held", plate, bay_id, now, to_time, 0, 0, None, (), now)
    return first if price is None else _priced(first, price, 0)


def _priced(segment: Segment, price: Quote, paid: int) -> Segment:
    """The segment with its price, of which `paid` (VND) is due from before."""
    due = price.amount - paid
    return replace(
        segment,
        state="awaiting_payment" if due > 0 else "held",
        amount=price.amount,
        due=due,
        tariff_version=price.tariff_version,
        quote=msgspec.to_builtins(price.lines),
    )


def check_minutes(minutes: int) -> timedelta:
    """The length of a stay that can be asked for; raises InvalidInput. The tariff may allow less."""
    if not 1 <= minutes <= LONGEST_MINUTES:
        raise InvalidInput("minutes", f"must be from 1 to {LONGEST_MINUTES}")
    return timedelta(minutes=minutes)
