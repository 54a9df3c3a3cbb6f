"""The water quality index of a station over time, and the samples that it is made of."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal, Self

from msgspec import Struct

from api.answers.samples import SampleAnswer
from cityhub.rfc3339 import LocalTime, at_local_time
from cityhub.water.assessment import Assessment, Measured, assess
from cityhub.water.features import Index, WaterMethod
from cityhub.water.parameters import Group
from cityhub.water.samples import Sample
from cityhub.water.wqi import Form, Rules, Why

Step = Literal["PT1H", "P1D"]


class WaterIndex(Struct, frozen=True):
    """VN_WQI of the hour or day from `start` to `end`; null has a `why`.

    It is made of the station's means in that span and of the newest samples taken before its end. `sub_indices` are
    those of the parameters, `groups` theirs; `samples` the ids of those that gave a figure.
    """

    start: LocalTime
    end: LocalTime
    vn_wqi: int | None
    why: Why | None
    category: str | None
    category_en: str | None
    color: str | None
    form: Form | None
    groups: dict[Group, float]
    lacking: list[Group]
    sub_indices: dict[str, float]
    samples: list[str]

    @classmethod
    def of(cls, start: datetime, end: datetime, found: Assessment) -> Self:
        """The answer for a span (aware)."""
        index = Index.of(found)
        figures = found.figures.items()
        used = {one.measured.sample_id for _, one in figures if one.sub_index is not None}
        return cls(
            at_local_time(start),
            at_local_time(end),
            index.vn_wqi,
            index.why,
            index.category,
            index.category_en,
            index.color,
            found.index.form,
            index.groups,
            index.lacking,
            {name: round(one.sub_index, 1) for name, one in figures if one.sub_index is not None},
            sorted(id for id in used if id is not None),
        )


class WaterHistory(Struct, frozen=True):
    """The index of a station, oldest first, and the samples that reach into the span, newest first."""

    station_id: str
    step: Step
    method: WaterMethod
    series: list[WaterIndex]
    samples: list[SampleAnswer]


def index_of(
    start: datetime, end: datetime, means: dict[str, float], samples: Iterable[Sample], rules: Rules
) -> WaterIndex:
    """The index of a span (aware) in which the station's means by parameter were these."""
    sensed = [Measured(name, mean, "=", "sensor", end) for name, mean in means.items()]
    return WaterIndex.of(start, end, assess(sensed, samples, end, rules))
