"""What devices and their last wills say of being connected: the newest word of each sensor."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

import psycopg

from cityhub.store.queries import load

_SQL = load(__file__)


class Word(NamedTuple):
    """A status as it was received. `device_time`: what it says itself; in a last will, when the connection began.

    `kept`: the broker had it for whoever subscribes next. `redelivered`: the broker sent it before, and it may have
    been taken down then.
    """

    sensor_id: str
    online: bool
    received_at: datetime
    device_time: datetime | None
    kept: bool = False
    redelivered: bool = False


class _Known(NamedTuple):
    """The newest word of a sensor, and the device's own time in its last goodbye that had one."""

    online: bool
    told_at: datetime
    goodbye_time: datetime | None


def say(conn: psycopg.Connection, words: Iterable[Word]) -> list[str]:
    """Take down the words, in the order they came, within the caller's transaction; ids of sensors that they changed.

    What the broker kept counts only where nothing is known of the sensor, then as of its own time, or where it
    contradicts what is known: the state changed while nobody listened. A goodbye that comes again, whether kept or
    redelivered, counts only once: it is known by its own time. One without a time counts each time it is delivered.
    """
    by_sensor: dict[str, list[Word]] = {}
    for word in words:
        by_sensor.setdefault(word.sensor_id, []).append(word)
    if not by_sensor:
        return []
    before = {id: _Known(*known) for id, *known in conn.execute(_SQL["known"], {"ids": list(by_sensor)})}
    after = {id: _heard(before.get(id), by_sensor[id]) for id in sorted(by_sensor)}
    changed = {id: known for id, known in after.items() if known is not None and known != before.get(id)}
    if not changed:
        return []
    parameters = {
        "ids": list(changed),
        "online": [known.online for known in changed.values()],
        "told_at": [known.told_at for known in changed.values()],
        "device_times": [known.goodbye_time for known in changed.values()],
    }
    return [sensor_id for (sensor_id,) in conn.execute(_SQL["say"], parameters)]


def _heard(known: _Known | None, words: list[Word]) -> _Known | None:
    """What is known of one sensor after all its words."""
    # What is kept can only be older than, or the same as, what was said meanwhile.
    said = [word for word in words if not word.kept] or words
    for word in said:
        if known is None or _counts(known, word):
            known = _taken(known, word)
    return known


def _counts(known: _Known, word: Word) -> bool:
    if word.received_at < known.told_at or (word.kept and word.online == known.online):
        return False
    if word.online or not (word.kept or word.redelivered):
        return True
    if word.device_time is None or known.goodbye_time is None:
        return True
    # Of one device these times only grow, so what is not newer was taken before.
    return word.device_time > known.goodbye_time


def _taken(known: _Known | None, word: Word) -> _Known:
    told_at = word.received_at
    if known is None and word.kept and word.device_time is not None:
        told_at = min(told_at, word.device_time)
    goodbye_time = None if word.online else word.device_time
    if goodbye_time is None and known is not None:
        goodbye_time = known.goodbye_time
    return _Known(word.online, told_at, goodbye_time)
