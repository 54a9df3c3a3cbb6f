"""Shapes of what partners post, and of what they are told."""

from typing import Literal

from pydantic import BaseModel, Field

from api.parameters import SENSOR_ID_PATTERN
from api.shapes import Shape
from cityhub.kinds import KindName
from cityhub.observing.decoded import Reason


class PostedItem(BaseModel):
    """What a partner posts: one moment of one sensor.

    Of values, battery, rssi and seq at least one must be there.
    """

    sensor_id: str = Field(description="As in /api/v1/sensors", pattern=SENSOR_ID_PATTERN)
    kind: KindName | None = Field(None, description="Looked up by sensor_id when absent")
    time: str | float = Field(
        description="When it was measured: RFC 3339 with offset, or Unix seconds or milliseconds"
    )
    values: dict[str, float | None] | None = Field(
        None, description="By property, in its unit (/api/v1/kinds); null: not measured"
    )
    battery: float | None = Field(None, description="%")
    rssi: float | None = Field(None, description="dBm")
    seq: float | None = Field(
        None,
        description="The device's own number of the message, one more each time: gaps tell what was lost",
    )
    fault: bool | list[str] | None = Field(
        None,
        description="The device says that all of its values, or these, are invalid; stored with that flag",
    )


class PostFault(Shape):
    """Why parts of an item could not be used; the reasons are those of the quarantine."""

    reason: Reason
    detail: str
    parts: int


class PostVerdict(Shape):
    """What became of an item: 201 all of it taken, 207 part of it, 422 nothing.

    `index` counts items from 0; `accepted` counts values now in the database, new or already there.
    """

    index: int
    status: Literal[201, 207, 422]
    accepted: int
    errors: list[PostFault]


class Posted(Shape):
    """What became of a post. stored, duplicates: values; rejected: parts; items: as `detail` asked."""

    stored: int
    duplicates: int
    rejected: int
    items: list[PostVerdict]
