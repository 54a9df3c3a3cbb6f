"""What the public sees of a station in West Lake: what it measured last, VN_WQI, and each figure beside its limit."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from msgspec import Struct

from cityhub.kinds import KINDS
from cityhub.kinds.figures import as_measured
from cityhub.latest.feature import OLD, Feature, Properties, ValueFlag, feature, marker
from cityhub.latest.sensors import measured
from cityhub.model import SensorState
from cityhub.observing.quality import is_rejected
from cityhub.rfc3339 import LocalTime, at_local_time
from cityhub.water import limits
from cityhub.water.assessment import Assessment, Measured, Source, Unused, assess, is_recent
from cityhub.water.assessment import Figure as Found
from cityhub.water.limits import Comparison, Side
from cityhub.water.parameters import GROUPS, PARAMETERS, Group
from cityhub.water.samples import Sample
from cityhub.water.scales import Bound
from cityhub.water.wqi import DECISION, FORMULAS, Form, Rules, Why


class WaterMethod(Struct, frozen=True):
    """How an index was made. `form`: how groups IV and V were joined (`formula`), null where there is no index.

    The sources of the Decision do not agree on that form, so it is told. `minimum_groups`, and of group IV
    `minimum_group_4` parameters, are needed. A station's value counts for `sensor_hours`, a sample's for `sample_days`.
    """

    decision: str
    form: Form | None
    formula: str | None
    minimum_groups: int
    minimum_group_4: int
    sample_days: int
    sensor_hours: int

    @classmethod
    def of(cls, rules: Rules, form: Form | None) -> Self:
        """The method of an index, or of a series where `form` is None."""
        return cls(
            DECISION,
            form,
            None if form is None else FORMULAS[form],
            rules.minimum_groups,
            rules.minimum_group_4,
            rules.sample_days,
            rules.sensor_hours,
        )


class WaterLimit(Struct, frozen=True):
    """A limit in the parameter's unit, and how a result stands to it. `is_met` null: a detection limit leaves it open.

    `difference`: result minus limit; `percent`: the same of the limit.
    """

    standard: str
    level: str
    value: float
    side: Side
    is_met: bool | None
    difference: float
    percent: float

    @classmethod
    def of(cls, found: Comparison) -> Self:
        """The answer for a comparison."""
        return cls(
            limits.STANDARD,
            limits.LEVEL,
            found.limit.value,
            found.limit.side,
            found.is_met,
            found.difference,
            found.percent,
        )


class WaterFigure(Struct, frozen=True):
    """A parameter as measured last, by the station (`sensor`) or a laboratory (`sample`), and when.

    `bound` `<` or `>`: it lies below or above the value. `sub_index` is null where VN_WQI has no table of it, and where
    it cannot be told (`unused`). `saturation_percent`: of oxygen alone.
    """

    value: float
    bound: Bound
    unit: str
    source: Source
    time: LocalTime
    sample_id: str | None
    laboratory: str | None
    sub_index: float | None
    unused: Unused | None
    limit: WaterLimit | None
    saturation_percent: float | None

    @classmethod
    def of(cls, found: Found) -> Self:
        """The answer for a figure."""
        one = found.measured
        return cls(
            as_measured(one.value),
            one.bound,
            PARAMETERS[one.parameter].unit,
            one.source,
            at_local_time(one.time),
            one.sample_id,
            one.laboratory,
            None if found.sub_index is None else round(found.sub_index, 1),
            found.unused,
            None if found.comparison is None else WaterLimit.of(found.comparison),
            None if found.percent is None else round(found.percent, 1),
        )


class WaterProperties(Properties, frozen=True):
    """A station: what every sensor shows, and VN_WQI made of its values and the newest samples; null has a `why`.

    `groups`: the sub-indices of those that there are, `lacking` the others. `category` as Decision 1460 names it.
    """

    times: dict[str, LocalTime]
    quality: dict[str, list[ValueFlag]]
    vn_wqi: int | None
    why: Why | None
    category: str | None
    category_en: str | None
    color: str | None
    groups: dict[Group, float]
    lacking: list[Group]
    method: WaterMethod
    parameters: dict[str, WaterFigure]


@dataclass(frozen=True, slots=True)
class Index:
    """The fields that tell of an index, as answers show them."""

    vn_wqi: int | None
    why: Why | None
    category: str | None
    category_en: str | None
    color: str | None
    groups: dict[Group, float]
    lacking: list[Group]

    @classmethod
    def of(cls, found: Assessment) -> Self:
        """The fields of an assessment."""
        index, category = found.index, found.index.category
        return cls(
            index.vn_wqi,
            index.why,
            None if category is None else category.name_vi,
            None if category is None else category.name_en,
            None if category is None else category.color,
            {group: round(value, 1) for group, value in index.groups.items()},
            [group for group in GROUPS if group not in index.groups],
        )


def features(
    stations: Iterable[SensorState], samples: Mapping[str, Sequence[Sample]], rules: Rules, now: datetime
) -> list[Feature]:
    """One Feature per station; `samples` by station id, none where there is none."""
    return [_feature(station, samples.get(station.sensor.id, ()), rules, now) for station in stations]


def sensed(station: SensorState, rules: Rules, now: datetime) -> list[Measured]:
    """What the station measured of the parameters, fit to count at `now` (aware)."""
    return [
        Measured(one.property, one.value, "=", "sensor", one.time)
        for one in station.readings
        if one.property in PARAMETERS and not is_rejected(one.quality) and is_recent(one.time, now, rules)
    ]


def _feature(station: SensorState, samples: Sequence[Sample], rules: Rules, now: datetime) -> Feature:
    kind = KINDS["water"]
    fields = measured(kind, station, now)
    value = fields["values"].get(kind.headline)
    if OLD in fields["quality"].get(kind.headline, ()) and fields["status"] != "offline":
        value = None
    found = assess(sensed(station, rules, now), samples, now, rules)
    index = Index.of(found)
    shown = WaterProperties(
        **fields,
        vn_wqi=index.vn_wqi,
        why=index.why,
        category=index.category,
        category_en=index.category_en,
        color=index.color,
        groups=index.groups,
        lacking=index.lacking,
        method=WaterMethod.of(rules, found.index.form),
        parameters={
            name: WaterFigure.of(found.figures[name]) for name in PARAMETERS if name in found.figures
        },
        marker=marker(kind, value, fields["status"]),
    )
    return feature(station.sensor, shown)
