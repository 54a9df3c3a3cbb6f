"""A water sample is told, by a program or by a form."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import msgspec
import psycopg

from cityhub.errors import InvalidInput
from cityhub.store import samples as store
from cityhub.water.samples import Result, Sample, check_results, check_time

_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Told:
    """What is told, and by whom (the name of a key). `sampled_at` is aware."""

    station_id: str
    sampled_at: datetime
    laboratory: str
    reference: str
    told_by: str
    results: Sequence[Result]


def tell(conn: psycopg.Connection, told: Told, now: datetime) -> tuple[Sample, bool]:
    """The sample, and whether it is new; raises InvalidInput, NotFound, ToldOtherwise. `now` is aware."""
    check_time(told.sampled_at, now)
    check_results(told.results)
    laboratory, reference = told.laboratory.strip(), told.reference.strip()
    for field, text in (("laboratory", laboratory), ("reference", reference)):
        if not text:
            raise InvalidInput(field, "must not be empty")
    digest = _digest(told.station_id, told.sampled_at, laboratory, reference, told.results)
    found = store.Told(
        told.station_id, told.sampled_at, laboratory, reference, told.told_by, digest, told.results
    )
    return store.add(conn, found, now)


def _digest(
    station_id: str, sampled_at: datetime, laboratory: str, reference: str, results: Iterable[Result]
) -> bytes:
    """Of what was told, however its time and its figures were written, in whichever order."""
    told = [station_id, (sampled_at - _EPOCH) // _MICROSECOND, laboratory, reference]
    rows = sorted((one.parameter, one.value, one.bound, one.method) for one in results)
    return sha256(msgspec.json.encode([*told, *rows])).digest()
