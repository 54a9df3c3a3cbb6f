"""History of a datastream. Figures are in the datastream's unit."""

from collections.abc import Sequence
from typing import Literal, Self

from msgspec import Struct

from api.answers import NextPage
from cityhub.kinds.figures import as_measured, derived
from cityhub.observing.quality import Flag, names
from cityhub.rfc3339 import LocalTime, at_local_time
from cityhub.store import history as store


class RawRow(Struct, frozen=True):
    """One observation as measured, even when its quality speaks against it; `quality` names what is wrong with it."""

    time: LocalTime
    value: float
    quality: list[Flag]

    @classmethod
    def of(cls, row: store.RawRow) -> Self:
        """The answer's row for a stored one."""
        return cls(at_local_time(row.time), as_measured(row.value), names(row.quality))


class StepRow(Struct, frozen=True):
    """One hour or day that starts at `time`; `n_rejected` readings are left out of its figures."""

    time: LocalTime
    n: int
    mean: float | None
    min: float | None
    max: float | None
    sum: float | None
    n_rejected: int

    @classmethod
    def of(cls, property: str, row: store.StepRow) -> Self:
        """The answer's row for a stored one of the property."""
        if row.mean is None or row.min is None or row.max is None or row.sum is None:
            return cls(at_local_time(row.time), row.n, None, None, None, None, row.n_rejected)
        return cls(
            at_local_time(row.time),
            row.n,
            derived(property, row.mean),
            as_measured(row.min),
            as_measured(row.max),
            derived(property, row.sum),
            row.n_rejected,
        )


class RawObservations(Struct, frozen=True):
    """A page of history as measured, oldest first; `next` leads to the page after it, null on the last."""

    sensor_id: str
    property: str
    unit: str
    step: Literal["raw"]
    rows: Sequence[RawRow]
    next: NextPage | None


class StepObservations(Struct, frozen=True):
    """A page of hours or days, oldest first; `next` leads to the page after it, null on the last."""

    sensor_id: str
    property: str
    unit: str
    step: Literal["PT1H", "P1D"]
    rows: Sequence[StepRow]
    next: NextPage | None
