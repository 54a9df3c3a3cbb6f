"""One language's catalogue: sentences by message id, with singular and plural."""

import gettext
from functools import cache
from importlib.resources import files
from io import BytesIO

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from cityhub.words.language import Language


class Words:
    """The sentences of `language`. As in gettext, an id without one stands for itself; `./hub check` finds it."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self._catalogue = read_catalogue(language)
        compiled = BytesIO()
        write_mo(compiled, self._catalogue)
        compiled.seek(0)
        self._translations = gettext.GNUTranslations(compiled)

    def gettext(self, message: str, /, **blanks: object) -> str:
        """The sentence of `message`, its blanks filled; without any they stay, for a browser to fill."""
        return _filled(self._translations.gettext(message), blanks)

    def ngettext(self, one: str, many: str, n: int, /, **blanks: object) -> str:
        """The sentence for a count of `n`, by the language's own rule of plurals."""
        return _filled(self._translations.ngettext(one, many, n), blanks)

    def forms(self, one: str) -> list[str]:
        """Every plural form of a sentence, its blanks open: one in Vietnamese, singular and plural in English."""
        entry = self._catalogue.get(one)
        return [one] if entry is None else list(entry.string or ())


@cache
def words_in(language: Language) -> Words:
    """The words of `language`, read once."""
    return Words(language)


def read_catalogue(language: Language) -> Catalog:
    """The entries of the file as they stand there, old ones included."""
    with (files("cityhub.words") / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def _filled(sentence: str, blanks: dict[str, object]) -> str:
    return sentence.format_map(blanks) if blanks else sentence
