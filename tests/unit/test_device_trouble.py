"""What is wrong with a device, and what that says of the cause."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from cityhub.devices.trouble import Device, cause, found
from cityhub.ops import trouble as hub
from cityhub.ops.trouble import Facts
from cityhub.words import LANGUAGES, Language
from portal.staff.trouble_words import of_hub

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
WELL = Device(60, NOW - MINUTE, NOW - MINUTE, battery=80, rssi=-70, online=True, told_at=NOW - 60 * MINUTE)


def test_a_device_that_reports_in_time_has_no_trouble() -> None:
    assert found(WELL, NOW) == ()


@pytest.mark.parametrize(("minutes", "codes"), [(12, ()), (13, ("silent",)), (60 * 24, ("silent",))], ids=str)
def test_silence_begins_after_twelve_intervals(minutes: int, codes: tuple[str, ...]) -> None:
    at = NOW - minutes * MINUTE
    assert found(replace(WELL, newest=at, heard=at), NOW) == codes


def test_who_sends_old_times_is_stale_and_not_silent() -> None:
    assert found(replace(WELL, newest=NOW - 180 * MINUTE), NOW) == ("stale",)


def test_a_silent_device_has_no_other_trouble_but_a_cause() -> None:
    silent = replace(WELL, newest=NOW - 60 * MINUTE, heard=NOW - 60 * MINUTE, flat_since=NOW, rssi=-120)
    assert found(silent, NOW) == ("silent",)
    assert cause("silent", silent) == "unknown"
    assert cause("silent", replace(silent, battery=4)) == "battery"
    assert cause("silent", replace(silent, online=False, told_at=NOW - 59 * MINUTE)) == "goodbye"
    assert cause("silent", replace(silent, refused=3)) == "refused"
    assert cause("silent", Device(60, None, None)) == "never"


def test_a_goodbye_is_silence_at_once_until_it_reports_again() -> None:
    gone = replace(WELL, online=False, told_at=NOW)
    assert found(gone, NOW) == ("silent",)
    assert found(replace(gone, heard=NOW + 10 * MINUTE, newest=NOW + 10 * MINUTE), NOW + 10 * MINUTE) == ()


def test_several_troubles_are_told_apart() -> None:
    wrong = replace(WELL, flat_since=NOW - 600 * MINUTE, battery=19.9, rssi=-106)
    assert found(wrong, NOW) == ("unchanged", "low_battery", "weak_signal")
    assert found(replace(WELL, battery=0.0, rssi=-105), NOW) == ("low_battery",)


def test_a_hub_that_never_had_data_has_no_trouble() -> None:
    assert list(hub.found(Facts(), NOW)) == []


def test_the_hub_itself_tells_the_gravest_first() -> None:
    facts = Facts(
        newest_heard=NOW - 3 * MINUTE,
        lag_s=900,
        jobs_seen=NOW - 2 * MINUTE,
        jobs_failed=2,
        money=1,
        quarantined=99,
        disk_share=0.05,
        snapshots="air is 40 s old",
    )
    assert [one.code for one in hub.found(facts, NOW)] == [
        "nothing_stored",
        "snapshots",
        "jobs_silent",
        "disk",
        "money",
        "jobs_failed",
    ]
    assert [
        one.code for one in hub.found(Facts(newest_heard=NOW, lag_s=61, quarantined=100, new_devices=1), NOW)
    ] == [
        "lag",
        "new_devices",
        "quarantine",
    ]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", hub.KINDS)
def test_every_trouble_of_the_hub_has_words(code: hub.Code, language: Language) -> None:
    for figure in (3.0, -3.0):
        told = of_hub(hub.Trouble(code, figure=figure), language)
        assert not any(
            text.startswith("trouble.") or "{" in text for text in (told.name, told.cause, told.step)
        )
        assert "-" not in told.name or figure > 0 or code != "breach"
