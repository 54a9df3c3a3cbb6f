"""VN_WQI, the water quality index of Decision 1460/QD-TCMT (2019): sub-indices, groups, the whole, categories.

The sources at hand agree on all but how groups IV and V are joined: that form is a setting, and told with each figure.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from types import MappingProxyType
from typing import Final, Literal, Self

from cityhub.config import Settings
from cityhub.errors import InvalidInput
from cityhub.water.oxygen import PERCENT
from cityhub.water.parameters import GROUPS, PARAMETERS, Group, is_unit_of
from cityhub.water.scales import SCALES, Bound

DECISION: Final = "1460/QD-TCMT"

# With group V as a square root, without it plain (ab); or the cube root that weighs group IV twice (c).
Aggregate = Literal["ab", "c"]
Form = Literal["a", "b", "c"]
# G = (I/100)(II/100)(III/100), a missing group counting 1.
FORMULAS: Final[Mapping[Form, str]] = MappingProxyType(
    {"a": "G*(IV*V)^(1/2)", "b": "G*IV", "c": "G*(IV^2*V)^(1/3)"}
)
# Why there is no index.
Why = Literal["no_values", "group_4_too_small", "too_few_groups"]
CategoryName = Literal["very_good", "good", "moderate", "bad", "poor", "very_poor"]


@dataclass(frozen=True, slots=True)
class Rules:
    """What it takes to have an index, and how it is put together.

    `sample_days`, `sensor_hours`: for so long a laboratory's and a sensor's value count. These are project rules.
    """

    aggregate: Aggregate = "ab"
    minimum_groups: int = 3
    minimum_group_4: int = 3
    sample_days: int = 31
    sensor_hours: int = 1

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """As the operator set them."""
        return cls(
            settings.wqi_aggregate,
            settings.wqi_minimum_groups,
            settings.wqi_minimum_group_4,
            settings.wqi_sample_days,
            settings.wqi_sensor_hours,
        )


@dataclass(frozen=True, slots=True)
class Category:
    """A class of the index from `lowest` on, with the Decision's colour."""

    name: CategoryName
    lowest: int
    name_vi: str
    name_en: str
    color: str


CATEGORIES: Final = (
    Category("very_good", 91, "Rất tốt", "Very good", "#3333ff"),
    Category("good", 76, "Tốt", "Good", "#00e400"),
    Category("moderate", 51, "Trung bình", "Moderate", "#ffff00"),
    Category("bad", 26, "Xấu", "Bad", "#ff7e00"),
    Category("poor", 10, "Kém", "Poor", "#ff0000"),
    Category("very_poor", 0, "Ô nhiễm rất nặng", "Very heavily polluted", "#7e0023"),
)


@dataclass(frozen=True, slots=True)
class Index:
    """An index, or why there is none. `groups`: their sub-indices; `form`: how IV and V were joined, None without an
    index.
    """

    vn_wqi: int | None
    why: Why | None
    form: Form | None
    groups: Mapping[Group, float] = field(default_factory=dict)

    @property
    def category(self) -> Category | None:
        """The class of the index."""
        return None if self.vn_wqi is None else category(self.vn_wqi)


def sub_index(parameter: str, value: float, unit: str, bound: Bound = "=") -> float | None:
    """The sub-index of a result, 10 to 100. None where a detection limit leaves open which it is.

    Dissolved oxygen is told in percent of saturation. Raises InvalidInput for what VN_WQI has no table of, for another
    unit, and for what is no concentration.
    """
    scale = SCALES.get(parameter)
    if scale is None:
        raise InvalidInput("parameter", f"{parameter!r} is not part of VN_WQI")
    known = PARAMETERS[parameter]
    expected = PERCENT if parameter == "dissolved_oxygen" else known.unit
    if not (unit == expected if parameter == "dissolved_oxygen" else is_unit_of(known, unit)):
        raise InvalidInput("unit", f"{parameter} is told in {expected or 'no unit'}, not in {unit!r}")
    if not (math.isfinite(value) and value >= 0):
        raise InvalidInput("value", f"{parameter} must be a number, 0 or more")
    return scale.certain(value, bound)


def group_index(group: Group, sub_indices: Sequence[float]) -> float:
    """The mean of a group's sub-indices: geometric of pesticides and metals, arithmetic of the others."""
    if group in ("II", "III"):
        return math.prod(sub_indices) ** (1 / len(sub_indices))
    return sum(sub_indices) / len(sub_indices)


def evaluate(sub_indices: Mapping[str, float], rules: Rules) -> Index:
    """The index of these sub-indices by parameter, or why there is none."""
    members: dict[Group, list[float]] = {group: [] for group in GROUPS}
    for parameter, value in sub_indices.items():
        group = PARAMETERS[parameter].group
        if group is not None:
            members[group].append(value)
    groups = {group: group_index(group, values) for group, values in members.items() if values}
    why = _why(groups, len(members["IV"]), rules)
    if why is not None:
        return Index(None, why, None, groups)
    form: Form = "c" if rules.aggregate == "c" else "a" if "V" in groups else "b"
    return Index(half_up(whole(groups, form)), None, form, groups)


def whole(groups: Mapping[Group, float], form: Form) -> float:
    """The groups as one figure, not rounded; group IV is among them. Form c without group V weighs IV alone."""
    product = math.prod(groups[group] / 100 for group in ("I", "II", "III") if group in groups)
    fourth, fifth = groups["IV"], groups.get("V")
    if fifth is None:
        return product * fourth
    if form == "b":
        raise InvalidInput("form", "b is for what has no group V")
    return product * (math.sqrt(fourth * fifth) if form == "a" else math.cbrt(fourth**2 * fifth))


def category(vn_wqi: int) -> Category:
    """The class of an index of 0 to 100."""
    return next(one for one in CATEGORIES if vn_wqi >= one.lowest)


def half_up(value: float) -> int:
    """Rounded, halves up. What binary numbers add far behind the point decides nothing."""
    return int(Decimal(repr(round(value, 9))).quantize(Decimal(1), ROUND_HALF_UP))


def _why(groups: Mapping[Group, float], in_group_4: int, rules: Rules) -> Why | None:
    if not groups:
        return "no_values"
    if in_group_4 < max(rules.minimum_group_4, 1):
        return "group_4_too_small"
    return "too_few_groups" if len(groups) < rules.minimum_groups else None
