"""Code and catalogues agree: every message id has a sentence in each language, and every sentence is used."""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import PoFileError, read_po
from jinja2 import Environment, nodes

from cityhub.words import LANGUAGES, Language
from cityhub.words.scripts import KEYWORDS, Message, calls_in
from tools.cli import loose_texts
from tools.cli.versioned import versioned_files
from tools.services.folders import checkout

_WORDS: Final = "cityhub/words"
# Here ids are passed on to gettext itself.
_PASSED_ON: Final = (f"{_WORDS}/catalogue.py", f"{_WORDS}/scripts.py")
_SCRIPT_CALL: Final = re.compile(r"(?<![\w.$])(?<!function )(?:_|n?gettext)\(\s*(?![\s\"'])")
_BLANK: Final = re.compile(r"\{\w*\}")
_ID: Final = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)+")


@dataclass(frozen=True, slots=True)
class Use:
    """A call that asks for a sentence: where, for which id, and for which plural."""

    place: str
    id: str
    plural: str | None = None


def findings() -> list[str]:
    """What is wrong in this checkout, a line each; raises ServiceError without git."""
    wrong: list[str] = []
    uses: list[Use] = []
    for file in versioned_files():
        name = file.relative_to(checkout()).as_posix()
        if file.suffix in _EXTRACTORS and not name.startswith(("tests/", *_PASSED_ON)):
            source = file.read_bytes()
            uses += uses_in(name, source)
            wrong += [
                *ids_that_are_no_literals(name, source.decode()),
                *loose_texts.findings(name, source.decode()),
            ]
    catalogues = {
        language: (checkout() / _WORDS / f"{language}.po").read_text("utf-8") for language in LANGUAGES
    }
    return wrong + differences(uses, catalogues)


def uses_in(name: str, source: bytes) -> list[Use]:
    """The calls in a file called `name` (its ending says what it is)."""
    found = []
    for line, message in _EXTRACTORS[Path(name).suffix](source):
        one, many = message if isinstance(message, tuple) else (message, None)
        found.append(Use(f"{name}:{line}", one, many))
    return found


def ids_that_are_no_literals(name: str, source: str) -> list[str]:
    """Calls whose id is computed: no extraction sees what they ask for."""
    lines = {".py": _python_calls, ".html": _template_calls, ".js": _script_calls}[Path(name).suffix](source)
    return [f"{name}:{line}: the message id must be a literal" for line in lines]


def differences(uses: Sequence[Use], catalogues: Mapping[Language, str]) -> list[str]:
    """What `uses` and the texts of `catalogues` have against each other."""
    wrong: list[str] = []
    asked = {use.id: use for use in uses}
    blanks: dict[str, set[frozenset[str]]] = {}
    for language, text in catalogues.items():
        try:
            catalogue = read_po(BytesIO(text.encode()), locale=language, abort_invalid=True)
        except PoFileError as exc:
            wrong.append(f"{_WORDS}/{language}.po: {exc}")
            continue
        found = {entry.id: entry for entry in _entries(catalogue)}
        trouble = [*_in_catalogue(catalogue, text), *_in_entries(found.values())]
        trouble += [f"{id_} is used nowhere" for id_ in found if id_ not in asked]
        trouble += [
            f"no sentence for {use.id} ({use.place})" for use in asked.values() if use.id not in found
        ]
        trouble += [
            f"{use.id} is with plural in one place and without in the other ({use.place})"
            for use in uses
            if use.id in found and found[use.id].plural != use.plural
        ]
        wrong += [f"{_WORDS}/{language}.po: {what}" for what in trouble]
        for entry in found.values():
            blanks.setdefault(entry.id, set()).update(map(_blanks, entry.sentences))
    return wrong + [f"{_WORDS}: blanks of {id_} differ" for id_, kinds in blanks.items() if len(kinds) > 1]


@dataclass(frozen=True, slots=True)
class _Entry:
    id: str
    plural: str | None
    sentences: tuple[str, ...]
    fuzzy: bool


def _entries(catalogue: Catalog) -> Iterator[_Entry]:
    for message in catalogue:
        if message.id:
            one, many = (message.id, None) if isinstance(message.id, str) else message.id
            strings = [message.string] if isinstance(message.string, str) else message.string or ()
            yield _Entry(one, many, tuple(text or "" for text in strings), message.fuzzy)


def _in_catalogue(catalogue: Catalog, text: str) -> Iterator[str]:
    if catalogue.fuzzy:
        yield "is marked fuzzy as a whole"
    if catalogue.obsolete:
        yield f"holds obsolete entries: {', '.join(map(str, catalogue.obsolete))}"
    ids = re.findall(r'^msgid "(.+)"$', text, re.MULTILINE)
    for id_ in sorted({id_ for id_ in ids if ids.count(id_) > 1}):
        yield f"{id_} stands there more than once"


def _in_entries(entries: Iterable[_Entry]) -> Iterator[str]:
    for entry in entries:
        if entry.fuzzy:
            yield f"{entry.id} is fuzzy"
        if not all(sentence.strip() for sentence in entry.sentences):
            yield f"{entry.id} is empty"
        if not _ID.fullmatch(entry.id):
            yield f"{entry.id!r} is no name of a message, such as map.legend"


def _blanks(sentence: str) -> frozenset[str]:
    return frozenset(_BLANK.findall(sentence))


def _in_module(source: bytes) -> Iterator[tuple[int, Message]]:
    for line, message, _, _ in extract("python", BytesIO(source), keywords=KEYWORDS):
        yield line, message


def _in_template(source: bytes) -> Iterator[tuple[int, Message]]:
    # A template that cannot be read is an error, not one without messages.
    options = {"silent": "false"}
    for line, message, _, _ in extract(
        "jinja2.ext:babel_extract", BytesIO(source), keywords=KEYWORDS, options=options
    ):
        yield line, message


_EXTRACTORS: Final = {".py": _in_module, ".html": _in_template, ".js": calls_in}


def _python_calls(source: str) -> Iterator[int]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            called = getattr(node.func, "attr", getattr(node.func, "id", None))
            if called in KEYWORDS and not (node.args and isinstance(node.args[0], ast.Constant)):
                yield node.lineno


def _template_calls(source: str) -> Iterator[int]:
    for call in Environment(autoescape=True).parse(source).find_all(nodes.Call):
        is_ours = isinstance(call.node, nodes.Name) and call.node.name in KEYWORDS
        if is_ours and not (call.args and isinstance(call.args[0], nodes.Const)):
            yield call.lineno


def _script_calls(source: str) -> Iterator[int]:
    for found in _SCRIPT_CALL.finditer(source):
        yield source.count("\n", 0, found.start()) + 1
