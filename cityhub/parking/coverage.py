"""What stays are explained by: what was paid, a permit, or nothing. Pure, and an estimate.

Sensors see cars and no plates, and much of what is paid names no bay. So each stay that costs something takes what fits
it, in order of time: what was paid for its bay; else what was paid at its place and is nobody's yet; else a permit that
is good there and explains no other stay meanwhile. What is left is unpaid. What was paid explains a stay, whatever it
was: who paid for one hour and stood for three is not unpaid, the two hours are a difference in price.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from cityhub.parking.stays import SHORTEST, Stay


@dataclass(frozen=True, slots=True)
class Priced:
    """A stay in a bay of a place, and what it costs by the tariff, VND."""

    place_id: str
    bay_id: str
    stay: Stay
    price: int


@dataclass(frozen=True, slots=True)
class Span:
    """Time that somebody may park for, at a place; permits also anywhere in the zone (None).

    Times are aware, `end` None: it runs on.
    """

    place_id: str | None
    bay_id: str | None
    start: datetime
    end: datetime | None
    is_permit: bool

    def meets(self, stay: Stay) -> bool:
        """Do both last for as long together as the shortest stay does?"""
        end = stay.end if self.end is None else min(stay.end, self.end)
        return end - max(stay.start, self.start) >= SHORTEST


@dataclass(slots=True)
class Explained:
    """Stays of a place: how many were free, may be a permit's, or are nobody's, and what these cost, VND."""

    free_stays: int = 0
    permit_stays: int = 0
    permit: int = 0
    unpaid_stays: int = 0
    unpaid: int = 0


@dataclass(slots=True)
class _Permit:
    span: Span
    # Until when the stay lasts that it explains.
    taken: datetime | None = field(default=None)


def explain(stays: Iterable[Priced], spans: Sequence[Span]) -> dict[str, Explained]:
    """The stays of a zone's places, by place."""
    found: dict[str, Explained] = {}
    paid = [span for span in spans if not span.is_permit]
    named = {span.bay_id for span in paid if span.bay_id is not None}
    permits = [_Permit(span) for span in spans if span.is_permit]
    # Those of one place first: the others can explain what stands elsewhere.
    permits.sort(key=lambda one: (one.span.bay_id is None, one.span.place_id is None))
    taken: set[int] = set()
    left: list[Priced] = []
    for one in sorted(stays, key=lambda one: (one.stay.start, one.bay_id)):
        of_place = found.setdefault(one.place_id, Explained())
        if one.price == 0:
            of_place.free_stays += 1
            continue
        by_name = (
            [n for n, span in enumerate(paid) if span.bay_id == one.bay_id and span.meets(one.stay)]
            if one.bay_id in named
            else []
        )
        if by_name:
            # A car may leave and come back to what it has paid for.
            taken.update(by_name)
        else:
            left.append(one)
    # Who paid for a bay that stayed empty stands in another, or its sensor errs.
    free: dict[str | None, list[Span]] = {}
    for n, span in sorted(enumerate(paid), key=lambda one: one[1].start):
        if n not in taken:
            free.setdefault(span.place_id, []).append(span)
    for one in left:
        nobodys = free.get(one.place_id, [])
        at = next((n for n, span in enumerate(nobodys) if span.meets(one.stay)), None)
        if at is not None:
            del nobodys[at]
            continue
        of_place = found[one.place_id]
        permit = next((permit for permit in permits if _is_free(permit, one)), None)
        if permit is not None:
            permit.taken = one.stay.end
            of_place.permit_stays += 1
            of_place.permit += one.price
        else:
            of_place.unpaid_stays += 1
            of_place.unpaid += one.price
    return found


def _is_free(permit: _Permit, one: Priced) -> bool:
    span = permit.span
    return (
        (permit.taken is None or permit.taken <= one.stay.start)
        and span.bay_id in (None, one.bay_id)
        and span.place_id in (None, one.place_id)
        and span.meets(one.stay)
    )
