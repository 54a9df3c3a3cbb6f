"""The shapes of answers about corrections, for the OpenAPI document only, as in api.shapes."""

from typing import Literal

from pydantic import Field

from api.shapes import NextPage, Shape

Flag = Literal["range", "fault", "rate", "flatline", "late", "neighbour"]


class Correction(Shape):
    """Flags of stored readings of start <= time < end that were set or cleared afterwards; values never change.

    `observations` counts the readings whose flags it changed.
    """

    id: int
    made_at: str
    property: str
    start: str
    end: str
    set: list[Flag]
    cleared: list[Flag]
    observations: int = Field(ge=1)
    reason: str


class Corrections(Shape):
    """A page of a sensor's corrections, newest first; `next` leads to the page after it, null on the last."""

    sensor_id: str
    corrections: list[Correction]
    next: NextPage | None
