"""Sentences that stand in code instead of the catalogues: text in templates, Vietnamese in scripts and modules."""

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Final

from jinja2 import Environment

# Whose texts people read; others speak to operators and developers.
_FOLDERS: Final = ("portal/", "maps/")
_WORD: Final = re.compile(r"[^\W\d_]{2,}")
_VIETNAMESE: Final = re.compile(r"[À-ÖØ-öø-ɏḀ-ỿ]")
_READ_ATTRIBUTES: Final = {
    "alt",
    "aria-label",
    "aria-description",
    "content",
    "label",
    "placeholder",
    "title",
}
_LITERAL: Final = re.compile(r"\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`")
_COMMENT: Final = re.compile(r"(?m)^[ \t]*//.*$|(?<=[;{}(),\s])//[^\n]*$")


def findings(name: str, source: str) -> list[str]:
    """`file:line: text` for each text of a page in the file called `name` that stands in no catalogue."""
    if not name.startswith(_FOLDERS):
        return []
    look = {".html": _template, ".js": _script, ".py": _module}[Path(name).suffix]
    return [f"{name}:{line}: {text!r} belongs into the catalogues" for line, text in look(source)]


def _template(source: str) -> Iterator[tuple[int, str]]:
    data = []
    for _, token, value in Environment(autoescape=True).lex(source):
        # What Jinja puts in stands here as an empty place of as many lines.
        data.append(value if token == "data" else re.sub(r"[^\n]", "", value))  # noqa: S105 - a token of a lexer
    page = _Page()
    page.feed("".join(data))
    return iter(page.found)


class _Page(HTMLParser):
    """Collects what a reader of the page would see or hear."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[int, str]] = []
        self._silent = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent = tag in {"script", "style"}
        is_for_browsers = tag == "meta" and ("name", "description") not in attrs
        for name, value in attrs:
            if name in _READ_ATTRIBUTES and not is_for_browsers:
                self._look(value or "")

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 - named so by HTMLParser
        self._silent = False

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._look(data)

    def _look(self, text: str) -> None:
        # An address is read as it is in every language.
        if _WORD.search(text) and not text.strip().startswith("/"):
            blank_lines = text[: len(text) - len(text.lstrip())].count("\n")
            self.found.append((self.getpos()[0] + blank_lines, " ".join(text.split())))


def _script(source: str) -> Iterator[tuple[int, str]]:
    code = _COMMENT.sub("", source)
    for literal in _LITERAL.finditer(code):
        if _VIETNAMESE.search(literal[0]):
            yield code.count("\n", 0, literal.start()) + 1, literal[0][1:-1]


def _module(source: str) -> Iterator[tuple[int, str]]:
    tree = ast.parse(source)
    docstrings = {
        node.body[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=str(text)) if node not in docstrings and _VIETNAMESE.search(text):
                yield node.lineno, text
