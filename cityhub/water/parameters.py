"""What is measured in lake water, by stations and by laboratories: units, plausible bounds, groups of VN_WQI."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal, get_args

from cityhub.kinds import KINDS

# The groups of Decision 1460/QD-TCMT (2019): pH; pesticides; metals; oxygen, organic matter and nutrients; microbes.
Group = Literal["I", "II", "III", "IV", "V"]
GROUPS: Final[tuple[Group, ...]] = get_args(Group)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One quantity, in `unit`, plausible from `low` to `high` (inclusive). `group`: None where VN_WQI leaves it out."""

    name: str
    unit: str
    low: float
    high: float
    name_vi: str
    name_en: str
    decimals: int
    group: Group | None


# What only a laboratory finds. What stations may measure too is in the table of kinds.
_LABORATORY: tuple[tuple[str, str, str, str, int, Group | None], ...] = (
    ("aldrin", "µg/L", "Aldrin", "Aldrin", 3, "II"),
    ("bhc", "µg/L", "BHC", "BHC", 3, "II"),
    ("dieldrin", "µg/L", "Dieldrin", "Dieldrin", 3, "II"),
    ("ddts", "µg/L", "DDT (tổng số)", "DDTs (total)", 3, "II"),
    ("heptachlor", "µg/L", "Heptachlor", "Heptachlor", 3, "II"),
    ("arsenic", "mg/L", "Asen (As)", "Arsenic (As)", 4, "III"),
    ("cadmium", "mg/L", "Cadimi (Cd)", "Cadmium (Cd)", 4, "III"),
    ("lead", "mg/L", "Chì (Pb)", "Lead (Pb)", 4, "III"),
    ("chromium_6", "mg/L", "Crom VI (Cr⁶⁺)", "Chromium VI (Cr⁶⁺)", 4, "III"),
    ("copper", "mg/L", "Đồng (Cu)", "Copper (Cu)", 3, "III"),
    ("zinc", "mg/L", "Kẽm (Zn)", "Zinc (Zn)", 3, "III"),
    ("mercury", "mg/L", "Thủy ngân (Hg)", "Mercury (Hg)", 5, "III"),
    ("total_p", "mg/L", "Tổng phốt pho", "Total phosphorus", 2, None),
    ("total_n", "mg/L", "Tổng nitơ", "Total nitrogen", 2, None),
)  # fmt: skip
# No water holds more (µg/L or mg/L); who writes more has mistaken the unit.
_MOST = 10_000.0

_GROUPED: Mapping[str, Group] = {
    "ph": "I",
    "dissolved_oxygen": "IV",
    "bod5": "IV",
    "cod": "IV",
    "toc": "IV",
    "nh4_n": "IV",
    "no3_n": "IV",
    "no2_n": "IV",
    "po4_p": "IV",
    "coliform": "V",
    "e_coli": "V",
}

PARAMETERS: Mapping[str, Parameter] = MappingProxyType(
    {
        one.name: Parameter(
            one.name,
            one.unit,
            one.low,
            one.high,
            one.name_vi,
            one.name_en,
            one.decimals,
            _GROUPED.get(one.name),
        )
        for one in KINDS["water"].properties.values()
    }
    | {
        name: Parameter(name, unit, 0, _MOST, name_vi, name_en, decimals, group)
        for name, unit, name_vi, name_en, decimals, group in _LABORATORY
    }
)


def is_unit_of(parameter: Parameter, unit: str) -> bool:
    """Is it the parameter's unit, however its letters are written (mg/l, ug/L, MPN/100ml)? None is converted."""
    return _plain(unit) == _plain(parameter.unit)


def _plain(unit: str) -> str:
    plain = "".join(unit.split()).casefold().replace("μ", "u").replace("µ", "u")
    return "" if plain == "ph" else plain
