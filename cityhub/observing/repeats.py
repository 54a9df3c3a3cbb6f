"""Several values of one property in one list: readings one after the other, or two words about the same moment.

The database keeps one value of a property and a time. What would be lost there without a word is told apart here.
"""

from collections import Counter
from datetime import datetime, timedelta

from cityhub.kinds import DEVICE_PROPERTIES
from cityhub.observing.decoded import Decoded, Observation

_MICROSECOND = timedelta(microseconds=1)


def tell_apart(decoded: Decoded, received_at: datetime) -> None:
    """Give values without a time of their own (theirs is the very object `received_at`) a moment each, in the order
    of the list, and reject a second, different value for one time.

    Reports that come together were measured one after the other: rain is summed up, and the last is the newest. The
    same value again for the same time is a repetition, as it would be in a message of its own. Device values (battery,
    signal, number) may differ within a moment; one of them is kept.
    """
    later: Counter[str] = Counter()
    first: dict[tuple[str, datetime], float] = {}
    apart: list[Observation] = []
    for observation in decoded.observations:
        one = observation
        if one.time is received_at:
            while (one.property, one.time) in first:
                later[one.property] += 1
                one = one._replace(time=received_at + later[one.property] * _MICROSECOND)
        stands = first.setdefault((one.property, one.time), one.value)
        if stands != one.value and one.property not in DEVICE_PROPERTIES:
            detail = f"two values for {one.property} at {one.time.isoformat()}: {stands:g} is taken, {one.value:g} not"
            decoded.reject("schema", detail)
        else:
            apart.append(one)
    decoded.observations = apart
    decoded.moments = 1 + max(later.values(), default=0)
