"""Troubles in words: what it is, its likely cause, and what to do next."""

from collections.abc import Mapping
from dataclasses import dataclass

from cityhub.devices import trouble as devices
from cityhub.devices.trouble import Cause, Device
from cityhub.ops import trouble as hub
from cityhub.words import Language, words_in
from cityhub.words.formats import number


@dataclass(frozen=True, slots=True)
class Told:
    """A trouble as it is told. `cause`, `step`: likely, and what to do."""

    name: str
    cause: str
    step: str


def device_names(language: Language) -> Mapping[devices.Code, str]:
    """What the troubles of devices are called."""
    words = words_in(language)
    return {
        "silent": words.gettext("trouble.silent"),
        "stale": words.gettext("trouble.stale"),
        "unchanged": words.gettext("trouble.unchanged"),
        "low_battery": words.gettext("trouble.low_battery"),
        "weak_signal": words.gettext("trouble.weak_signal"),
    }


def of_device(code: devices.Code, device: Device, language: Language) -> Told:
    """A trouble of a device, with the figure that says so."""
    cause, step = _causes(language, device)[devices.cause(code, device)]
    return Told(device_names(language)[code], cause, step)


def _causes(language: Language, device: Device) -> Mapping[Cause, tuple[str, str]]:
    words = words_in(language)
    battery = "" if device.battery is None else number(device.battery, 0, language)
    rssi = "" if device.rssi is None else number(device.rssi, 0, language)
    return {
        "never": (words.gettext("trouble.cause.never"), words.gettext("trouble.step.never")),
        "refused": (words.gettext("trouble.cause.refused"), words.gettext("trouble.step.refused")),
        "goodbye": (words.gettext("trouble.cause.goodbye"), words.gettext("trouble.step.goodbye")),
        "battery": (
            words.gettext("trouble.cause.battery", percent=battery),
            words.gettext("trouble.step.battery"),
        ),
        "unknown": (words.gettext("trouble.cause.unknown"), words.gettext("trouble.step.unknown")),
        "clock": (words.gettext("trouble.cause.clock"), words.gettext("trouble.step.clock")),
        "stuck": (words.gettext("trouble.cause.stuck"), words.gettext("trouble.step.stuck")),
        "power": (
            words.gettext("trouble.cause.power", percent=battery),
            words.gettext("trouble.step.power"),
        ),
        "place": (words.gettext("trouble.cause.place", dbm=rssi), words.gettext("trouble.step.place")),
    }


def of_hub(found: hub.Trouble, language: Language) -> Told:
    """A trouble of the hub itself."""
    words, n = words_in(language), number(found.figure, 0, language)
    told: Mapping[hub.Code, Told] = {
        "nothing_stored": Told(
            words.gettext("trouble.nothing_stored"),
            words.gettext("trouble.cause.nothing_stored"),
            words.gettext("trouble.step.nothing_stored"),
        ),
        "snapshots": Told(
            words.gettext("trouble.snapshots"),
            words.gettext("trouble.cause.snapshots"),
            words.gettext("trouble.step.snapshots"),
        ),
        "jobs_silent": Told(
            words.gettext("trouble.jobs_silent"),
            words.gettext("trouble.cause.jobs_silent"),
            words.gettext("trouble.step.jobs_silent"),
        ),
        "lag": Told(
            words.gettext("trouble.lag", n=n),
            words.gettext("trouble.cause.lag"),
            words.gettext("trouble.step.lag"),
        ),
        "disk": Told(
            words.gettext("trouble.disk", n=n),
            words.gettext("trouble.cause.disk"),
            words.gettext("trouble.step.disk"),
        ),
        "archive": Told(
            words.gettext("trouble.archive"),
            words.gettext("trouble.cause.archive"),
            words.gettext("trouble.step.archive"),
        ),
        "backup": Told(
            words.gettext("trouble.backup"),
            words.gettext("trouble.cause.backup"),
            words.gettext("trouble.step.backup"),
        ),
        "breach": Told(
            words.gettext("trouble.breach_late", n=number(-found.figure, 0, language))
            if found.figure < 0
            else words.gettext("trouble.breach", n=n),
            words.gettext("trouble.cause.breach"),
            words.gettext("trouble.step.breach"),
        ),
        "money": Told(
            words.ngettext("trouble.money_one", "trouble.money", int(found.figure), n=n),
            words.gettext("trouble.cause.money"),
            words.gettext("trouble.step.money"),
        ),
        "jobs_failed": Told(
            words.ngettext("trouble.job_failed", "trouble.jobs_failed", int(found.figure), n=n),
            words.gettext("trouble.cause.jobs_failed"),
            words.gettext("trouble.step.jobs_failed"),
        ),
        "new_devices": Told(
            words.ngettext("trouble.new_device", "trouble.new_devices", int(found.figure), n=n),
            words.gettext("trouble.cause.new_devices"),
            words.gettext("trouble.step.new_devices"),
        ),
        "quarantine": Told(
            words.gettext("trouble.quarantine", n=n),
            words.gettext("trouble.cause.quarantine"),
            words.gettext("trouble.step.quarantine"),
        ),
    }
    return told[found.code]
