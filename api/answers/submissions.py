"""What partners post, and what became of it."""

from collections.abc import Sequence
from typing import Annotated, Literal, Self

from msgspec import Meta, Struct

from api.parameters import SENSOR_ID_PATTERN
from cityhub.kinds import KindName
from cityhub.observing.decoded import Decoded, Reason, Rejected


class PostedItem(Struct, frozen=True):
    """What a partner posts: one moment of one sensor. Read by cityhub.observing, described here.

    Of values, battery, rssi and seq at least one must be there.
    """

    sensor_id: Annotated[str, Meta(description="As in /api/v1/sensors", pattern=SENSOR_ID_PATTERN)]
    time: Annotated[
        str | float,
        Meta(description="When it was measured: RFC 3339 with offset, or Unix seconds or milliseconds"),
    ]
    kind: Annotated[KindName | None, Meta(description="Looked up by sensor_id when absent")] = None
    values: Annotated[
        dict[str, float | None] | None,
        Meta(description="By property, in its unit (/api/v1/kinds); null: not measured"),
    ] = None
    battery: Annotated[float | None, Meta(description="%")] = None
    rssi: Annotated[float | None, Meta(description="dBm")] = None
    seq: Annotated[
        float | None,
        Meta(
            description="The device's own number of the message, one more each time: gaps tell what was lost"
        ),
    ] = None
    fault: Annotated[
        bool | list[str] | None,
        Meta(
            description="The device says that all of its values, or these, are invalid; stored with that flag"
        ),
    ] = None


class ItemFault(Struct, frozen=True):
    """Why parts of an item could not be used; the reasons are those of the quarantine. `refused`: another value
    stands for the sensor, property and time.
    """

    reason: Reason
    detail: str
    parts: int

    @classmethod
    def of(cls, rejected: Rejected) -> Self:
        """The answer for what decoding rejected."""
        return cls(rejected.reason, rejected.detail, rejected.parts)


class ItemResult(Struct, frozen=True):
    """What became of an item: 201 all of it taken, 207 part of it, 409 nothing, for other values stand, 422 nothing.

    `index` counts items from 0; `accepted` counts values now in the database, new or already there.
    """

    index: int
    status: Literal[201, 207, 409, 422]
    accepted: int
    errors: list[ItemFault]

    @classmethod
    def of(cls, index: int, decoded: Decoded) -> Self:
        """The answer for the item at `index`, as it was decoded."""
        errors = [ItemFault.of(rejected) for rejected in decoded.rejected]
        accepted = len(decoded.observations) + len(decoded.totals)
        return cls(index, _status(errors, accepted), accepted, errors)


def _status(errors: Sequence[ItemFault], accepted: int) -> Literal[201, 207, 409, 422]:
    if not errors:
        return 201
    if accepted:
        return 207
    return 409 if all(error.reason == "refused" for error in errors) else 422


class Posted(Struct, frozen=True):
    """What became of a post. stored, duplicates: values; rejected: parts; items: as `detail` asked."""

    stored: int
    duplicates: int
    rejected: int
    items: list[ItemResult]
