"""Stored reports of rain that look like running totals, found as they come and taken out of the sums."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter

import psycopg

from cityhub.observing.continuity import Finding
from cityhub.observing.quality import RANGE, TOTAL
from cityhub.observing.running_totals import EQUAL_REPORTS, LARGE, LOOK_BACK, MOST_REPORTS, suspects
from cityhub.store import corrections
from cityhub.store.corrections import Correction
from cityhub.store.datastreams import Datastream
from cityhub.store.queries import load

_SQL = load(__file__)
# In the record of corrections this name is ingest's.
MADE_BY = "ingest"
_REASON = (
    "reports of rain that never fall: the gauge looks like one that sends a running total (mapping: counter)"
)
_MICROSECOND = timedelta(microseconds=1)


def mark(conn: psycopg.Connection, stored: Mapping[int, Datastream]) -> list[Finding]:
    """Flag what looks like running totals among the newest reports of datastreams of rain; what was flagged.

    The datastreams are held by the caller's transaction, which has just stored reports of them. The first finding of a
    run goes back to its beginning, and is put on record; what comes after it is flagged as it comes. A run of which a
    person cleared the flag is left alone.
    """
    ids = [id for id, one in stored.items() if _is_worth_a_look(one)]
    if not ids:
        return []
    parameters = {
        "ids": ids,
        "times": [stored[id].time for id in ids],
        "look_back": LOOK_BACK,
        "most": MOST_REPORTS,
    }
    found: list[Finding] = []
    rows = conn.execute(_SQL["newest_reports"], parameters, binary=True)
    for id, reports in groupby(rows.fetchall(), key=itemgetter(0)):
        found += _mark(conn, id, [report[1:] for report in reports])
    return found


def _is_worth_a_look(stream: Datastream) -> bool:
    repeated = stream.memory is not None and stream.memory.readings >= EQUAL_REPORTS
    return stream.value >= LARGE or (stream.value > 0 and repeated)


def _mark(conn: psycopg.Connection, id: int, reports: Sequence[tuple[datetime, float, int]]) -> list[Finding]:
    run = suspects([(time, mm) for time, mm, _ in reports])
    news = [time for time, _, quality in reports[len(reports) - run :] if not quality & TOTAL]
    if not run or not news:
        return []
    span = {"id": id, "first": reports[-run][0], "last": reports[-1][0]}
    if conn.execute(_SQL["cleared_by_hand"], span).fetchone() is not None:
        return []
    correction = Correction(
        id, news[0], news[-1] + _MICROSECOND, MADE_BY, _REASON, set_bits=RANGE | TOTAL, cleared_bits=0
    )
    if len(news) == run:
        corrections.apply(conn, correction)
    else:
        corrections.change(conn, correction)
    return [Finding(id, time, RANGE | TOTAL) for time in news]
