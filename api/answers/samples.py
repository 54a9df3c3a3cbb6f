"""Water samples: what a laboratory found at a station, when and how."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Self

from msgspec import Meta, Struct

from cityhub.rfc3339 import LocalTime, at_local_time
from cityhub.store.samples import Revision
from cityhub.water.parameters import PARAMETERS
from cityhub.water.samples import Result, Sample
from cityhub.water.scales import Bound

MOST_RESULTS = 60

_Name = Annotated[str, Meta(pattern=r"^[a-z0-9_]{1,40}$")]
_Words = Annotated[str, Meta(min_length=1, max_length=200)]
_Figure = Annotated[str, Meta(min_length=1, max_length=40, description="Such as <0.01, a detection limit")]


class ResultRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """One parameter, in just the unit that the hub has it in. `method`: a standard, such as TCVN 6001-1:2021."""

    parameter: _Name
    value: float | _Figure
    unit: Annotated[str, Meta(max_length=20)]
    method: _Words


class SampleRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """A sample taken at the station. `reference`: the laboratory's own number of it, of each sample another."""

    sampled_at: Annotated[datetime, Meta(tz=True)]
    laboratory: _Words
    reference: Annotated[str, Meta(min_length=1, max_length=100)]
    results: Annotated[list[ResultRequest], Meta(min_length=1, max_length=MOST_RESULTS)]


class CorrectedResult(Struct, frozen=True, forbid_unknown_fields=True):
    """A parameter as it should have been told; `value` null withdraws it."""

    parameter: _Name
    value: float | _Figure | None
    unit: Annotated[str, Meta(max_length=20)]
    method: _Words


class CorrectionRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """What was wrong about a sample, and why. What was told before stays on record."""

    reason: _Words
    results: Annotated[list[CorrectedResult], Meta(min_length=1, max_length=MOST_RESULTS)]


class ResultAnswer(Struct, frozen=True):
    """What was found of a parameter; `bound` `<`: nothing could be found above the method's detection limit `value`."""

    parameter: str
    value: float
    bound: Bound
    unit: str
    method: str

    @classmethod
    def of(cls, one: Result, value: float) -> Self:
        """A result that was not withdrawn."""
        return cls(one.parameter, value, one.bound, PARAMETERS[one.parameter].unit, one.method)


class SampleAnswer(Struct, frozen=True):
    """A sample as it stands after its corrections."""

    id: str
    station_id: str
    sampled_at: LocalTime
    laboratory: str
    reference: str
    received_at: LocalTime
    results: list[ResultAnswer]

    @classmethod
    def of(cls, sample: Sample) -> Self:
        """Without `told_by`, which may be a person's name."""
        return cls(
            sample.id,
            sample.station_id,
            at_local_time(sample.sampled_at),
            sample.laboratory,
            sample.reference,
            at_local_time(sample.received_at),
            [ResultAnswer.of(one, one.value) for one in sample.results if one.value is not None],
        )


class RevisionAnswer(Struct, frozen=True):
    """A state of a result; `revision` 0 is what was told first, later ones have a `reason`. `value` null: withdrawn."""

    parameter: str
    revision: int
    value: float | None
    bound: Bound
    unit: str
    method: str
    reason: str | None
    made_at: LocalTime


class SampleHistory(Struct, frozen=True):
    """A sample as it stands, and all that was ever told of it, oldest first."""

    sample: SampleAnswer
    revisions: list[RevisionAnswer]

    @classmethod
    def of(cls, sample: Sample, revisions: Sequence[Revision]) -> Self:
        """The answer for a sample and its revisions."""
        return cls(
            SampleAnswer.of(sample),
            [
                RevisionAnswer(
                    one.parameter,
                    one.revision,
                    one.value,
                    one.bound,
                    PARAMETERS[one.parameter].unit,
                    one.method,
                    one.reason,
                    at_local_time(one.made_at),
                )
                for one in revisions
            ],
        )
