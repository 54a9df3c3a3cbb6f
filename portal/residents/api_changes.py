"""What changed in the API, newest first, as the page of open data tells it. A change that programs notice has a row."""

from collections.abc import Callable
from datetime import date
from typing import Final

from babel.dates import format_date

from cityhub.words import Language, Words, words_in

_CHANGES: Final[tuple[tuple[date, Callable[[Words], str]], ...]] = (
    (date(2026, 11, 27), lambda words: words.gettext("data.change.ahead")),
    (date(2026, 11, 26), lambda words: words.gettext("data.change.files")),
    (date(2026, 11, 26), lambda words: words.gettext("data.change.parquet")),
    (date(2026, 11, 26), lambda words: words.gettext("data.change.indices")),
    (date(2026, 11, 25), lambda words: words.gettext("data.change.parking")),
    (date(2026, 11, 24), lambda words: words.gettext("data.change.areas")),
    (date(2026, 11, 22), lambda words: words.gettext("data.change.first")),
)


def changes(language: Language) -> list[tuple[str, str]]:
    """Day and words of each."""
    words = words_in(language)
    return [(format_date(day, "long", language), told(words)) for day, told in _CHANGES]
