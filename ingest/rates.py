"""What came by minute and kind, as the console shows it: counted here, and written now and then."""

import math
import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime

import psycopg

from cityhub.ops.rates import Counted, minute_of
from cityhub.store import ingest_rates
from ingest.batch import Batch

EVERY_S = 5.0
# Lags of one batch and kind that are looked at: more tell no more.
_SAMPLE = 200

_Entry = tuple[datetime, str, Counted]


class Rates:
    """One per writer. What comes in the five seconds after it wrote is written with the first batch after them.

    So a writer that ends loses what came in its last seconds: figures to look at, not an account.
    """

    def __init__(self) -> None:
        self._unwritten: list[_Entry] = []
        # A machine that came up this moment has a clock near zero.
        self._written_at = -math.inf

    def write(self, conn: psycopg.Connection, batch: Batch) -> bool:
        """Write all there is and this batch, where it is time to, as the last act of the caller's transaction.

        Whether it did, which `settle` is to be told after the commit.
        """
        if time.monotonic() - self._written_at < EVERY_S:
            return False
        found: defaultdict[tuple[datetime, str], Counted] = defaultdict(Counted)
        for minute, kind, counted in (*self._unwritten, *_counted(batch)):
            found[minute, kind].take(counted)
        ingest_rates.add(conn, found)
        return True

    def settle(self, batch: Batch, written: bool) -> None:
        """The batch is committed."""
        if written:
            self._unwritten, self._written_at = [], time.monotonic()
        else:
            self._unwritten += _counted(batch)


def _counted(batch: Batch) -> Iterator[_Entry]:
    now = datetime.now(UTC)
    for kind, messages in batch.messages.items():
        times = batch.times.get(kind, ())
        some = times[:: len(times) // _SAMPLE + 1]
        lags_s = ((now - newest).total_seconds() for newest in some)
        yield minute_of(now), kind, Counted.of(messages, batch.refused[kind], lags_s)
