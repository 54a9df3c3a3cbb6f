"""What to do at each category of VN_AQI, for everybody and for sensitive groups: Decision 1459/QD-TCMT, Table 4.

Sensitive are children, the elderly, pregnant women, and people with diseases of the heart or the lungs.
"""

from typing import NamedTuple

from cityhub.air.categories import CategoryName
from cityhub.words import Language, words_in


class Advice(NamedTuple):
    """What a category advises, in words."""

    public: str
    sensitive: str


def advice(category: CategoryName, language: Language) -> Advice:
    """The advice of a category in a language."""
    words = words_in(language)
    match category:
        case "good":
            return Advice(words.gettext("air.advice.good.public"), words.gettext("air.advice.good.sensitive"))
        case "moderate":
            return Advice(
                words.gettext("air.advice.moderate.public"), words.gettext("air.advice.moderate.sensitive")
            )
        case "poor":
            return Advice(words.gettext("air.advice.poor.public"), words.gettext("air.advice.poor.sensitive"))
        case "unhealthy":
            return Advice(
                words.gettext("air.advice.unhealthy.public"), words.gettext("air.advice.unhealthy.sensitive")
            )
        case "very_unhealthy":
            return Advice(
                words.gettext("air.advice.very_unhealthy.public"),
                words.gettext("air.advice.very_unhealthy.sensitive"),
            )
        case "hazardous":
            return Advice(
                words.gettext("air.advice.hazardous.public"), words.gettext("air.advice.hazardous.sensitive")
            )
