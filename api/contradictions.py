"""Posted values for times at which another value stands already: the first stays, and whoever sent the other is told.

A value is known by sensor, property and time. The same value again is a repetition; a different one is a contradiction,
whether what stands was stored long ago or came in the same request.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from cityhub.kinds.figures import as_measured
from cityhub.observing.continuity import Row
from cityhub.observing.decoded import Decoded, Observation
from cityhub.observing.quality import FAULT
from cityhub.rfc3339 import local_time

# By datastream id and time: value and quality bits.
Standing = Mapping[tuple[int, datetime], tuple[float, int]]


def reject(decoded: Sequence[Decoded], rows: Sequence[Row], standing: Standing) -> int:
    """Reject (`refused`) what contradicts what stands; how many values that were.

    `rows` are those of all observations of `decoded`, in their order.
    """
    count = 0
    following = iter(rows)
    for item in decoded:
        kept: list[Observation] = []
        for observation in item.observations:
            id, time, *_ = next(following)
            stands = standing.get((id, time))
            words = None if stands is None else _contradiction(observation, *stands)
            if words is None:
                kept.append(observation)
            else:
                item.reject("refused", words)
        count += len(item.observations) - len(kept)
        item.observations = kept
    return count


def _contradiction(posted: Observation, value: float, quality: int) -> str | None:
    if posted.value != value:
        return (
            f"{posted.property}: {as_measured(value)} stands at {local_time(posted.time)},"
            f" {as_measured(posted.value)} was not taken"
        )
    if posted.quality & FAULT and not quality & FAULT:
        return f"{posted.property}: {as_measured(value)} stands at {local_time(posted.time)} without a fault"
    return None
