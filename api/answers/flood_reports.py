"""What staff on the spot say of flood points."""

from datetime import datetime
from typing import Annotated, Self

from msgspec import Meta, Struct

from cityhub.flood.features import photo_path
from cityhub.flood.reports import Report, State
from cityhub.rfc3339 import LocalTime, at_local_time


class FloodReportRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """The point is `flooded` or `dry`; `depth` in cm where it was measured. `reference`: your own number of it."""

    reference: Annotated[str, Meta(min_length=1, max_length=100)]
    state: State
    observed_at: Annotated[datetime, Meta(tz=True)]
    depth: float | None = None


class FloodReportAnswer(Struct, frozen=True):
    """A report; `told_by`: the name of the key, null where a person told it. `photo`: where its picture is, or null."""

    id: str
    point_id: str
    state: State
    depth: float | None
    observed_at: LocalTime
    told_by: str | None
    reference: str
    received_at: LocalTime
    photo: str | None

    @classmethod
    def of(cls, report: Report) -> Self:
        """The answer for a report."""
        return cls(
            report.id,
            report.point_id,
            report.state,
            report.depth,
            at_local_time(report.observed_at),
            report.teller,
            report.reference,
            at_local_time(report.received_at),
            photo_path(report),
        )


class FloodReports(Struct, frozen=True):
    """The reports on a point, the newest first."""

    reports: list[FloodReportAnswer]
