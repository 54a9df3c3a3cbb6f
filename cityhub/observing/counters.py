"""What a gauge that sends a running total measured since its report before: differences, over resets and roll-overs.

A mapping says so of a device's field (docs/data.md). What is remembered of a counter is the newest total; one that
something newer overtook adds nothing, for what it counted is in the newer one's difference.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from cityhub.kinds import ObservedProperty

_HOUR = timedelta(hours=1)
# Differences of totals with many digits carry what binary arithmetic adds; this much finer than is shown they do not.
_FINER_DECIMALS = 3


@dataclass(slots=True)
class Counter:
    """The newest total of a counter, in the property's unit, and its phenomenon time (aware).

    `before_reset`: the last total before the counter last fell, None if it never did.
    """

    time: datetime
    total: float
    before_reset: float | None = None


def advance(
    counter: Counter,
    time: datetime,
    total: float,
    observed: ObservedProperty,
    rolls_over_at: float | None = None,
) -> float | None:
    """The amount since the total before, in the property's unit; the counter moves on.

    `rolls_over_at`: the total at which the counter begins anew from 0. None where the amount is not known: the total
    was overtaken, or the counter fell to a total that nothing can have counted since.
    """
    if time <= counter.time:
        return None
    hours = (time - counter.time) / _HOUR
    amount, before_reset = _amount(counter, total, observed, rolls_over_at, hours)
    counter.time, counter.total, counter.before_reset = time, total, before_reset
    return None if amount is None else round(amount, observed.decimals + _FINER_DECIMALS)


def _amount(
    counter: Counter, total: float, observed: ObservedProperty, rolls_over_at: float | None, hours: float
) -> tuple[float | None, float | None]:
    """The amount, and what is to be remembered as the total before the last reset."""
    step = total - counter.total
    before = counter.before_reset
    if step >= 0:
        # A single wrong report looked like a reset: the counter goes on from where it was before.
        came_back = before is not None and total >= before and _possible(total - before, observed, hours)
        if before is not None and came_back and not _possible(step, observed, hours):
            return total - before, None
        return step, before
    if rolls_over_at is not None and counter.total <= rolls_over_at:
        around = rolls_over_at - counter.total + total
        if _possible(around, observed, hours):
            return around, None
    # Set to zero: what it shows has come since, and what came before that nobody knows.
    return (total if _possible(total, observed, hours) else None), counter.total


def _possible(amount: float, observed: ObservedProperty, hours: float) -> bool:
    change = observed.change
    return amount <= observed.high and (change is None or amount <= change.jump + change.per_hour * hours)
