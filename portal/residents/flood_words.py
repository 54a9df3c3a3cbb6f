"""What is said of vehicles, of whether they pass, and of the risk of a flood."""

from collections.abc import Mapping

from cityhub.flood.passability import Passable, Vehicle
from cityhub.flood.risk import Level
from cityhub.words import Language, words_in


def vehicle_name(vehicle: Vehicle, language: Language) -> str:
    """A vehicle, or one who walks, as people say it."""
    words = words_in(language)
    names: Mapping[Vehicle, str] = {
        "motorbike": words.gettext("vehicle.motorbike"),
        "car": words.gettext("vehicle.car"),
        "pedestrian": words.gettext("vehicle.pedestrian"),
    }
    return names[vehicle]


def passable_words(state: Passable | None, language: Language) -> str:
    """Whether somebody can pass."""
    words = words_in(language)
    names: Mapping[Passable | None, str] = {
        "yes": words.gettext("flood.passable"),
        "caution": words.gettext("flood.caution"),
        "no": words.gettext("flood.closed"),
        None: words.gettext("flood.unknown"),
    }
    return names[state]


def risk_words(level: Level, language: Language) -> str:
    """A level of risk."""
    words = words_in(language)
    names: Mapping[Level, str] = {
        "none": words.gettext("risk.none"),
        "watch": words.gettext("risk.watch"),
        "likely": words.gettext("risk.likely"),
        "flooded": words.gettext("risk.flooded"),
    }
    return names[level]
