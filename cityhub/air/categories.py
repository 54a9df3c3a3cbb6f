"""The six categories of VN_AQI with their colours: Decision 1459/QD-TCMT, Tables 1 and 4."""

from dataclasses import dataclass
from typing import Final, Literal

CategoryName = Literal["good", "moderate", "poor", "unhealthy", "very_unhealthy", "hazardous"]


@dataclass(frozen=True, slots=True)
class Category:
    """Indices from `start` up to the next category's; `color` is the Decision's RGB as #rrggbb."""

    name: CategoryName
    start: int
    color: str
    name_vi: str
    name_en: str


CATEGORIES: Final = (
    Category("good", 0, "#00e400", "Tốt", "Good"),
    Category("moderate", 51, "#ffff00", "Trung bình", "Moderate"),
    Category("poor", 101, "#ff7e00", "Kém", "Poor"),
    Category("unhealthy", 151, "#ff0000", "Xấu", "Unhealthy"),
    Category("very_unhealthy", 201, "#8f3f97", "Rất xấu", "Very unhealthy"),
    Category("hazardous", 301, "#7e0023", "Nguy hại", "Hazardous"),
)


def category(index: int) -> Category:
    """The category of a published index, 0 to 500."""
    return next(one for one in reversed(CATEGORIES) if index >= one.start)
