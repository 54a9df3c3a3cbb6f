"""What pages say of the air in words: pollutants, reasons, classes of stations, averaging times."""

from typing import assert_never

from cityhub.air.limits import Averaging
from cityhub.air.vn_aqi import Pollutant, Why
from cityhub.catalogue.air_stations import StationClass
from cityhub.kinds import KINDS
from cityhub.words import Language, words_in
from maps.browser import in_language


def pollutant_name(pollutant: Pollutant, language: Language) -> str:
    """`PM2.5`, `O₃`: as the table of kinds has it."""
    observed = KINDS["air"].properties[pollutant]
    return in_language(observed.name_vi, observed.name_en, language)


def why_words(why: Why, language: Language) -> str:
    """Why there is no index."""
    words = words_in(language)
    match why:
        case "no_data":
            return words.gettext("air.why.no_data")
        case "no_particles":
            return words.gettext("air.why.no_particles")
        case "not_corrected":
            return words.gettext("air.why.not_corrected")
        case "few_hours":
            return words.gettext("air.why.few_hours")
        case "not_over":
            return words.gettext("air.why.not_over")
        case "not_published":
            return words.gettext("air.why.not_published")
    assert_never(why)


def class_words(station_class: StationClass | None, language: Language) -> str:
    """Of which class a station is."""
    words = words_in(language)
    match station_class:
        case "reference":
            return words.gettext("air.class.reference")
        case "indicative":
            return words.gettext("air.class.indicative")
        case None:
            return words.gettext("air.class.unknown")
    assert_never(station_class)


def averaging_words(averaging: Averaging, language: Language) -> str:
    """Over how long a limit's mean is taken."""
    words = words_in(language)
    match averaging:
        case "PT1H":
            return words.gettext("air.averaging.hour")
        case "PT8H":
            return words.gettext("air.averaging.eight_hours")
        case "PT24H":
            return words.gettext("air.averaging.day")
        case "P1Y":
            return words.gettext("air.averaging.year")
    assert_never(averaging)
