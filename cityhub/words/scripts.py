"""Which messages a script asks for: a page carries the sentences of its own scripts, and nobody lists them."""

from collections.abc import Iterable, Iterator
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Final

from babel.messages.extract import extract

from cityhub.words.catalogue import words_in
from cityhub.words.language import Language

# An id, or that of the singular and that of the plural.
Message = str | tuple[str, ...]

# What calls with a message id are named, and which arguments the ids are.
KEYWORDS: Final = {"_": None, "gettext": None, "ngettext": (1, 2)}


def sentences(language: Language, scripts: Iterable[Path]) -> dict[str, str | list[str]]:
    """The sentences that `scripts` ask for by message id; one with plurals as the list of its forms."""
    words = words_in(language)
    found: dict[str, str | list[str]] = {}
    for script in scripts:
        for message in _messages(script):
            if isinstance(message, tuple):
                found[message[0]] = words.forms(message[0])
            else:
                found[message] = words.gettext(message)
    return found


def calls_in(source: bytes) -> Iterator[tuple[int, Message]]:
    """The line and the message id (with its plural's) of every call in a script."""
    # Calls stand in template strings as well.
    options = {"parse_template_string": True}
    for line, message, _, _ in extract("javascript", BytesIO(source), keywords=KEYWORDS, options=options):
        yield line, message


@cache
def _messages(script: Path) -> tuple[Message, ...]:
    return tuple(message for _, message in calls_in(script.read_bytes()))
