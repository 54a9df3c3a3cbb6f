"""The languages of the hub, and which of them a request asks for."""

from typing import Final, Literal

Language = Literal["vi", "en"]
LANGUAGES: Final[tuple[Language, ...]] = ("vi", "en")


def choose_language(asked: str | None, accept_language: str | None) -> Language:
    """`asked` (?lang=) if it is one of ours, else the best of an Accept-Language header, else Vietnamese."""
    for language in LANGUAGES:
        if asked == language:
            return language
    best: Language = "vi"
    best_weight = 0.0
    for part in (accept_language or "").split(","):
        tag, _, parameters = part.strip().partition(";")
        weight = _weight(parameters)
        for language in LANGUAGES:
            if tag.strip().lower().split("-")[0] == language and weight > best_weight:
                best, best_weight = language, weight
    return best


def _weight(parameters: str) -> float:
    """The q value of `;q=0.8`: 1 when absent, 0 when it cannot be read."""
    name, _, text = parameters.strip().partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        weight = float(text)
    except ValueError:
        return 0.0
    return weight if 0 <= weight <= 1 else 0.0
