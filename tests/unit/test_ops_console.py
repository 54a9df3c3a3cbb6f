"""Which troubles are listed, and whose they are."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from cityhub.devices.trouble import Device
from cityhub.ops.console import Asked, Known, Note, Wrong, in_order, listed, wrongs

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
WELL = Device(600, NOW, NOW)
NOBODY = Known({}, {})


def wrong(id: str, device: Device) -> list[Wrong]:
    return list(wrongs(id, "air", id, id, device, NOW))


def note(made_at: datetime) -> Note:
    return Note(1, "lan", "x", NOW + HOUR, made_at)


def silent(hours: int) -> Device:
    return Device(600, NOW - hours * HOUR, NOW - hours * HOUR)


def test_the_gravest_is_first_and_of_those_the_newest() -> None:
    old, new, low = silent(9), silent(5), replace(WELL, battery=3.0)
    some = in_order(
        [*wrong("c", low), *wrong("a", old), *wrong("b", new), *wrong("d", Device(600, None, None))]
    )
    assert [(one.sensor_id, one.code) for one in some] == [
        ("b", "silent"),
        ("a", "silent"),
        ("d", "silent"),
        ("c", "low_battery"),
    ]


def test_a_note_stands_for_what_began_before_it() -> None:
    [one] = wrong("a", silent(5))
    assert NOBODY.state(one) == "open"
    assert Known({("a", "silent"): note(NOW - HOUR)}, {}).state(one) == "acknowledged"
    assert Known({("a", "silent"): note(NOW - 6 * HOUR)}, {}).state(one) == "open"
    assert Known({("a", "stale"): note(NOW)}, {}).state(one) == "open"
    assert Known({("a", "silent"): note(NOW)}, {"a": NOW + HOUR}).state(one) == "maintenance"


def test_what_is_asked_for_is_listed_and_the_rest_is_counted() -> None:
    some = in_order([*wrong("a", silent(5)), *wrong("b", silent(6)), *wrong("c", replace(WELL, battery=3.0))])
    known = Known({("b", "silent"): note(NOW)}, {})
    found = listed(some, known, Asked())
    assert [one.sensor_id for one in found.lines] == ["a", "c"]
    assert found.counts == {
        ("open", "silent"): 1,
        ("acknowledged", "silent"): 1,
        ("open", "low_battery"): 1,
    }
    assert [one.sensor_id for one in listed(some, known, Asked(state=None, code="silent")).lines] == [
        "a",
        "b",
    ]
    found = listed(some, known, Asked(within=frozenset({"b"})))
    assert (found.lines, found.counts) == ([], {("acknowledged", "silent"): 1})
    assert listed(some, known, Asked(kind="rain")).counts == {}
