"""A rain gauge that sends a running total as if it were what fell since its last report: 35.0, 35.2, 35.2 mm.

Reports of rain go up and down; a total that is sent again and again never falls. A run of reports that never fall, each
above nothing, is taken for totals where that much rain is not known to fall so evenly, or rain not to go on so long
without easing off. The figures are project rules; docs/data.md tells which real rain they were held against.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

# How far back reports are looked at, and how many of them.
LOOK_BACK = timedelta(hours=7)
MOST_REPORTS = 400
# Below this (mm) a report that is not the same as those before it is looked at no further.
LARGE = 5.0
EQUAL_REPORTS = 3
# Of an even run no report is larger than the first by more than this.
_EVEN = 1.1
_HOUR = timedelta(hours=1)

# (phenomenon time, mm)
Report = tuple[datetime, float]


class _Rule(NamedTuple):
    """What a run has at least: reports, mm in all, mm an hour since its first report, and hours."""

    reports: int
    mm: float
    mm_per_hour: float = 0.0
    hours: float = 0.0


_EVEN_RUN = _Rule(3, mm=60, mm_per_hour=160)
# Within the last hour.
_EVEN_HOUR, _GROWING_HOUR = _Rule(4, mm=130), _Rule(4, mm=160)
_RUNS = (_Rule(12, mm=20, hours=3), _Rule(6, mm=20, hours=6))


def suspects(reports: Sequence[Report]) -> int:
    """How many of the newest reports (oldest first) look like running totals; 0 for rain."""
    run = reports[len(reports) - _growing(reports) :]
    even = [report for report in run if run[-1][1] <= _EVEN * report[1]]
    found = (
        _keeps(even, _EVEN_RUN)
        or _keeps(_newest_hour(even), _EVEN_HOUR)
        or _keeps(_newest_hour(run), _GROWING_HOUR)
        or any(_keeps(run, rule) for rule in _RUNS)
    )
    return len(run) if found else 0


def _keeps(run: Sequence[Report], rule: _Rule) -> bool:
    if len(run) < rule.reports or sum(mm for _, mm in run) < rule.mm:
        return False
    hours = (run[-1][0] - run[0][0]) / _HOUR
    # Over how long the first report was measured is not known.
    return hours >= rule.hours and sum(mm for _, mm in run[1:]) >= rule.mm_per_hour * hours


def _newest_hour(run: Sequence[Report]) -> list[Report]:
    return [report for report in run if report[0] > run[-1][0] - _HOUR]


def _growing(reports: Sequence[Report]) -> int:
    """How many of the newest reports are above nothing and never fall."""
    if not reports or reports[-1][1] <= 0:
        return 0
    count = 1
    for (_, later), (_, before) in pairwise(reversed(reports)):
        if not 0 < before <= later:
            break
        count += 1
    return count
