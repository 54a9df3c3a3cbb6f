"""Figures of an air station's days, kept of days that are over, so that years of indices are read at once.

They are made of the hours by a job (`keep`), and whoever changes an hour forgets its days in the same transaction
(`forget`). What is not kept is made of the hours at every reading (cityhub.store.air), so figures are never old.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

import psycopg

from cityhub.air.history import Days, PollutantDay
from cityhub.air.hours import DAY, day_of, first_end, runs, touched
from cityhub.air.vn_aqi import Completeness, DayFigures, Pollutant
from cityhub.store import datastreams
from cityhub.store.queries import load

_SQL = load(__file__)
# How many days one transaction makes: it holds up who stores readings of that station.
_PORTION = 30
# Late readings mostly come within an hour; a day that is kept later need not be forgotten and made again.
_GRACE = timedelta(hours=1)


def forget(conn: psycopg.Connection, changed: Iterable[tuple[int, datetime]]) -> None:
    """Forget the days whose hours change: what was stored or corrected, by datastream and time (aware)."""
    keys = sorted({(id, day) for id, time in changed for day in touched(time)})
    if keys:
        parameters = {"ids": [id for id, _ in keys], "days": [day for _, day in keys]}
        conn.execute(_SQL["forget"], parameters)


def kept(
    conn: psycopg.Connection,
    streams: Mapping[Pollutant, int],
    first: date,
    last: date,
    completeness: Completeness,
) -> Days:
    """The days from `first` to `last` that are kept for all of a station's datastreams."""
    parameters = _parameters(streams, first, last, completeness)
    pollutants: dict[int, Pollutant] = {id: pollutant for pollutant, id in streams.items()}
    found: defaultdict[date, dict[Pollutant, PollutantDay]] = defaultdict(dict)
    for id, day, hours, observed, mean, highest, eight_hours in conn.execute(
        _SQL["kept"], parameters, binary=True
    ):
        figures = DayFigures(hours, mean, highest, eight_hours) if hours else None
        found[day][pollutants[id]] = PollutantDay(figures, observed)
    return {day: by_pollutant for day, by_pollutant in found.items() if len(by_pollutant) == len(streams)}


def missing(
    conn: psycopg.Connection, streams: Mapping[Pollutant, int], completeness: Completeness, now: datetime
) -> Sequence[tuple[date, date]]:
    """Spans of days that were over at `now` (aware) and are not kept, since the station's first hour."""
    ids = list(streams.values())
    [(first_hour,)] = conn.execute(_SQL["first_hour"], {"ids": ids}).fetchall()
    last = day_of(now - _GRACE) - DAY
    if first_hour is None or (first := day_of(first_hour)) > last:
        return ()
    rows = conn.execute(_SQL["incomplete"], _parameters(streams, first, last, completeness))
    return [
        (start, min(start + (_PORTION - 1) * DAY, end))
        for first, end in runs([day for (day,) in rows])
        for start in _starts(first, end)
    ]


def _starts(first: date, last: date) -> Iterable[date]:
    return (first + at * DAY for at in range(0, (last - first).days + 1, _PORTION))


def hold(conn: psycopg.Connection, streams: Mapping[Pollutant, int]) -> None:
    """Keep everybody from storing anything of the station until the transaction ends."""
    datastreams.hold(conn, sorted(streams.values()))


def keep(
    conn: psycopg.Connection, streams: Mapping[Pollutant, int], days: Days, completeness: Completeness
) -> None:
    """Keep the days, in the transaction that holds the station and read its hours."""
    rows = [
        (streams[pollutant], day, found)
        for day, by_pollutant in days.items()
        for pollutant, found in by_pollutant.items()
    ]
    if not rows:
        return
    figures = [found.figures for _, _, found in rows]
    parameters = {
        "ids": [id for id, _, _ in rows],
        "days": [day for _, day, _ in rows],
        "hours": [0 if one is None else one.hours for one in figures],
        "observed": [found.observed for _, _, found in rows],
        "means": [one and one.mean for one in figures],
        "highest": [one and one.highest for one in figures],
        "eight_hours": [one and one.eight_hours for one in figures],
        "eight_hours_of": completeness.eight_hours,
    }
    conn.execute(_SQL["keep"], parameters)
    # However the station stamps its hours, no reading from here on is in these days.
    until = first_end(max(days) + DAY)
    conn.execute(_SQL["keep_until"], {"ids": list(streams.values()), "until": until})


def _parameters(
    streams: Mapping[Pollutant, int], first: date, last: date, completeness: Completeness
) -> dict[str, object]:
    return {
        "ids": list(streams.values()),
        "first": first,
        "last": last,
        "eight_hours_of": completeness.eight_hours,
    }
