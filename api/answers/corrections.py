"""What was changed afterwards about stored readings."""

from typing import Annotated, Self

from msgspec import Meta, Struct

from api.answers import NextPage
from cityhub.observing.quality import Flag, names
from cityhub.rfc3339 import LocalTime, at_local_time
from cityhub.store.corrections import CorrectionRow


class Correction(Struct, frozen=True):
    """Flags of stored readings of start <= time < end that were set or cleared afterwards; values never change.

    `observations` counts the readings whose flags it changed.
    """

    id: int
    made_at: LocalTime
    property: str
    start: LocalTime
    end: LocalTime
    set: list[Flag]
    cleared: list[Flag]
    observations: Annotated[int, Meta(ge=1)]
    reason: str

    @classmethod
    def of(cls, row: CorrectionRow) -> Self:
        """Without `made_by`, which may be a person's name."""
        return cls(
            id=row.id,
            made_at=at_local_time(row.made_at),
            property=row.property,
            start=at_local_time(row.start),
            end=at_local_time(row.end),
            set=names(row.set_bits),
            cleared=names(row.cleared_bits),
            observations=row.observations,
            reason=row.reason,
        )


class Corrections(Struct, frozen=True):
    """A page of a sensor's corrections, newest first; `next` leads to the page after it, null on the last."""

    sensor_id: str
    corrections: list[Correction]
    next: NextPage | None
