"""Why something cannot be had, in words for drivers."""

from collections.abc import Callable, Mapping
from typing import Final

from cityhub.words import Language, Words, words_in


def problem(language: Language, name: str | None) -> str | None:
    """What a driver reads of a rule that forbids something, or of a field that cannot be used."""
    if name is None:
        return None
    words = words_in(language)
    return _PROBLEMS.get(name, _other)(words)


def _other(words: Words) -> str:
    return words.gettext("driver.problem.other")


_PROBLEMS: Final[Mapping[str, Callable[[Words], str]]] = {
    "plate": lambda words: words.gettext("driver.problem.plate"),
    "phone": lambda words: words.gettext("driver.problem.phone"),
    "bay_id": lambda words: words.gettext("driver.problem.bay"),
    "vehicle": lambda words: words.gettext("driver.problem.vehicle"),
    "closed": lambda words: words.gettext("driver.problem.closed"),
    "not_sold": lambda words: words.gettext("driver.problem.closed"),
    "maximum_stay": lambda words: words.gettext("driver.problem.maximum_stay"),
    "not_reopened": lambda words: words.gettext("driver.problem.not_active"),
    "being_paid": lambda words: words.gettext("driver.problem.being_paid"),
    "ended": lambda words: words.gettext("driver.problem.ended"),
    "not_active": lambda words: words.gettext("driver.problem.not_active"),
    "corrected_before": lambda words: words.gettext("driver.problem.corrected_before"),
    "provider_failed": lambda words: words.gettext("driver.problem.provider_failed"),
    "provider_minimum": lambda words: words.gettext("driver.problem.provider_minimum"),
    "provider_maximum": lambda words: words.gettext("driver.problem.provider_maximum"),
    "has_permit": lambda words: words.gettext("permit.has"),
    "from": lambda words: words.gettext("permit.problem.first_day"),
    "start_in_past": lambda words: words.gettext("permit.problem.first_day"),
    "start_too_far": lambda words: words.gettext("permit.problem.first_day"),
    "wallet": lambda words: words.gettext("driver.problem.wallet"),
}
