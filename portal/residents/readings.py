"""What a site measured last, a line each, with the doubts about each value in words."""

from collections.abc import Mapping
from typing import NamedTuple

from cityhub.kinds import Kind
from cityhub.latest import Feature
from cityhub.words import Language, words_in
from cityhub.words.formats import number
from maps.browser import in_language
from portal.residents.sites import moment


class ReadingRow(NamedTuple):
    """`value`: None where it is unfit to be shown; `doubts`: words, empty for a good one that is new."""

    property: str
    name: str
    value: str | None
    unit: str
    doubts: str


def readings(kind: Kind, feature: Feature, language: Language) -> list[ReadingRow]:
    """The values of a site in the order of the table of kinds; those that it does not measure are left out."""
    about = feature.properties
    found = []
    for name, observed in kind.properties.items():
        if name not in about.values:
            continue
        value = about.values[name]
        found.append(
            ReadingRow(
                name,
                in_language(observed.name_vi, observed.name_en, language),
                None if value is None else number(value, observed.decimals, language),
                about.units.get(name, observed.unit),
                ", ".join(_doubts(feature, name, language)),
            )
        )
    return found


def _doubts(feature: Feature, name: str, language: Language) -> list[str]:
    words = words_in(language)
    flags: Mapping[str, str] = {
        "range": words.gettext("flag.range"),
        "fault": words.gettext("flag.fault"),
        "rate": words.gettext("flag.rate"),
        "flatline": words.gettext("flag.flatline"),
        "late": words.gettext("flag.late"),
        "neighbour": words.gettext("flag.neighbour"),
        "total": words.gettext("flag.total"),
    }
    about = feature.properties
    time = getattr(about, "times", {}).get(name)
    told = []
    for flag in getattr(about, "quality", {}).get(name, ()):
        if flag == "old":
            # What is as old as the station is said once, at its own time.
            if time is not None and time != about.time:
                told.append(words.gettext("reading.measured_at", time=moment(time)))
        else:
            told.append(flags.get(flag, flag))
    return told
