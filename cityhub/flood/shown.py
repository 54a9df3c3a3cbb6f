"""The parts of what the public sees of a flood point, as they are sent: encoding an object of these is the answer."""

from typing import Self

from msgspec import Struct

from cityhub.flood.reports import State
from cityhub.flood.risk import Basis, Level, Risk
from cityhub.rfc3339 import LocalTime


class Ground(Struct, frozen=True):
    """From which depth (cm) on a vehicle has to take care, and from which it cannot pass; and what that rests on."""

    caution_from: float
    closed_from: float
    ground: str
    ground_en: str


class Expected(Struct, frozen=True):
    """What the rain around lets expect: `level` by `basis`. `floods_from`: mm in one hour of the city's scenario, null
    where it lists none; `mm_1h` of the wettest `gauge` nearby.
    """

    level: Level
    basis: Basis
    floods_from: float | None
    mm_1h: float | None
    gauge: str | None
    gauge_name: str | None
    gauge_name_en: str | None

    @classmethod
    def of(cls, found: Risk) -> Self:
        """The answer for a risk."""
        gauge = found.gauge
        if gauge is None:
            return cls(found.level, found.basis, found.floods_from, None, None, None, None)
        names = (gauge.id, gauge.name_vi, gauge.name_en or gauge.name_vi)
        return cls(found.level, found.basis, found.floods_from, gauge.mm_1h, *names)


class DepthAhead(Struct, frozen=True):
    """A depth in cm `minutes` after the newest reading; 80 % of such cases lay between `low` and `high`.

    `skill`: by which part its mean error was smaller than that of persistence, over `cases` that were not learnt from.
    """

    minutes: int
    time: LocalTime
    depth: float
    low: float
    high: float
    skill: float
    cases: int


class FloodForecast(Struct, frozen=True):
    """Depths to come, by a `model` that was `trained` on the point's own past from `learnt_from` to `learnt_to`."""

    issued: LocalTime
    model: str
    trained: LocalTime
    learnt_from: LocalTime
    learnt_to: LocalTime
    depths: list[DepthAhead]


class FloodSeen(Struct, frozen=True):
    """What staff saw there: `state` `flooded` or `dry`, `depth` in cm where it was measured, and how old it is in
    minutes. `told_by`: the name of a key, null where a person told it; `photo`: where its picture is, null without one.
    """

    id: str
    state: State
    depth: float | None
    observed_at: LocalTime
    age_min: int
    told_by: str | None
    photo: str | None
