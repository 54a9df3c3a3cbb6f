"""When a car has left its bay, as the bay's sensor tells it. Pure.

A sensor may flap, lie or fall silent, and what depends on it is money: a bay counts as left only after its sensor has
seen this stay, and has then said `free` for a while without a word to the contrary.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

# So long the bay has to be reported free, and to the end of that.
CONFIRMED = timedelta(minutes=10)
# Two reports may be so far apart and still confirm each other.
LONGEST_SILENCE = timedelta(minutes=6)


class Seen(NamedTuple):
    """What a bay's sensor reported at a time (aware)."""

    time: datetime
    is_occupied: bool


def left_at(reports: Iterable[Seen], since: datetime) -> datetime | None:
    """When the car that came at `since` (aware) was first reported gone, None while that is not certain.

    `reports`: those of the bay that can be believed, in order of time, up to now.
    """
    was_seen = False
    gone: datetime | None = None
    last: datetime | None = None
    for report in reports:
        if report.time < since:
            continue
        if report.is_occupied:
            was_seen, gone = True, None
        elif was_seen and (gone is None or last is None or report.time - last > LONGEST_SILENCE):
            # After a silence nobody knows what stood there meanwhile: it is counted from anew.
            gone = report.time
        last = report.time
    if gone is None or last is None or last - gone < CONFIRMED:
        return None
    return gone
