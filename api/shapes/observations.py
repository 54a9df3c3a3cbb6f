"""Shapes of history."""

from typing import Literal

from api.shapes import NextPage, Shape


class RawRow(Shape):
    """One observation as measured; `quality` names what is wrong with it."""

    time: str
    value: float
    quality: list[str]


class StepRow(Shape):
    """One hour or day that starts at `time`; `n_rejected` readings are left out of its figures."""

    time: str
    n: int
    mean: float | None
    min: float | None
    max: float | None
    sum: float | None
    n_rejected: int


class Observations(Shape):
    """A page of history, oldest first; `next` leads to the page after it, null on the last."""

    sensor_id: str
    property: str
    unit: str
    step: Literal["raw", "PT1H", "P1D"]
    rows: list[RawRow] | list[StepRow]
    next: NextPage | None
