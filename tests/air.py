"""Air of a street whose traffic comes by the clock, on what comes and goes slowly: it can be told ahead."""

import math
import random
from collections.abc import Iterable
from datetime import datetime


def pm2_5(times: Iterable[datetime], seed: int = 1) -> list[tuple[datetime, float, int]]:
    """A reading (time, µg/m³, quality) an hour at these times (UTC), which follow each other by the hour."""
    noise, slow, found = random.Random(seed), 0.0, []  # noqa: S311
    for time in times:
        slow = 0.96 * slow + noise.gauss(0, 0.12)
        clock = (time.hour + 7) % 24
        daily = 0.45 * math.cos((clock - 8) * math.pi / 12) + 0.3 * math.cos((clock - 18) * math.pi / 6)
        found.append((time, math.exp(3.4 + slow + daily), 0))
    return found
