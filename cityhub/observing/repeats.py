"""Several values of one property in one list: readings one after the other, or two words about the same moment.

The database keeps one value of a property and a time. What would be lost there without a word is told apart here.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import TypeVar

from cityhub.kinds import DEVICE_PROPERTIES
from cityhub.kinds.figures import as_measured
from cityhub.observing.decoded import Decoded, Observation, Total

_MICROSECOND = timedelta(microseconds=1)
_Value = TypeVar("_Value", Observation, Total)


def tell_apart(decoded: Decoded, received_at: datetime) -> None:
    """Give values without a time of their own (theirs is the very object `received_at`) a moment each, in the order
    of the list, and reject a second, different value for one time.

    Reports that come together were measured one after the other: rain is summed up, and the last is the newest. The
    same value again for the same time is a repetition, as it would be in a message of its own. Device values (battery,
    signal, number) may differ within a moment; one of them is kept.
    """
    moments = _Moments(decoded, received_at)
    decoded.observations = list(moments.apart(decoded.observations))
    decoded.totals = list(moments.apart(decoded.totals))
    decoded.moments = moments.count


class _Moments:
    """The moments that the values of each property have taken."""

    def __init__(self, decoded: Decoded, received_at: datetime) -> None:
        self._decoded, self._received_at = decoded, received_at
        self._later: Counter[str] = Counter()
        self._first: dict[tuple[str, datetime], float] = {}

    @property
    def count(self) -> int:
        """Over how many moments, a microsecond each, the values without a time were spread."""
        return 1 + max(self._later.values(), default=0)

    def apart(self, values: Iterable[_Value]) -> Iterator[_Value]:
        """The values that may stand, each in its moment."""
        for value in values:
            one = value
            if one.time is self._received_at:
                while (one.property, one.time) in self._first:
                    self._later[one.property] += 1
                    one = one._replace(time=self._received_at + self._later[one.property] * _MICROSECOND)
            stands = self._first.setdefault((one.property, one.time), one.value)
            if stands != one.value and one.property not in DEVICE_PROPERTIES:
                where = f"{one.property} at {one.time.isoformat()}"
                self._decoded.reject(
                    "schema",
                    f"two values for {where}: {as_measured(stands)} is taken, {as_measured(one.value)} not",
                )
            else:
                yield one
