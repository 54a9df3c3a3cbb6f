"""No page may ask a foreign host for anything: finds addresses in our files that a browser would load."""

import re
from collections.abc import Iterator
from pathlib import Path

from tools.cli.versioned import versioned_files
from tools.services.folders import checkout

_ENDINGS = {".html", ".jinja", ".j2", ".js", ".mjs", ".css", ".svg", ".py"}
# Where a browser loads from. A link that a person may follow (`<a href>`) is no load, and is cut out before.
_LOADS = re.compile(
    r"""(?:\b(?:src|srcset|href|poster|action|data)\s*=\s*\\?["'{]?"""
    r"""|url\(\s*\\?["']?"""
    r"""|@import\s+["']"""
    r"""|\b(?:import|from)\s*\(?\s*["']"""
    r"""|\b(?:fetch|EventSource|WebSocket|Worker|importScripts|sendBeacon|L\.tileLayer)\s*\(\s*["'`])"""
    r"""((?:(?:https?|wss?):)?//([^/"'`\s)>:?#]+)[^"'`\s)>]*)""",
    re.IGNORECASE,
)
_LINKS = re.compile(r"<a\b[^>]*>", re.IGNORECASE)
# Our own machine, placeholders, and names of XML vocabularies, which nothing loads.
_OWN = {"127.0.0.1", "localhost", "testserver", "www.w3.org"}


def findings() -> list[str]:
    """`file:line: address` for every address of a foreign host that a page would load."""
    return [
        f"{file.relative_to(checkout())}:{line}: loads {address} from a foreign host"
        for file in _files()
        for line, address in foreign_loads(file.read_text(encoding="utf-8", errors="replace"))
    ]


def foreign_loads(text: str) -> list[tuple[int, str]]:
    """(line, address) of what a browser would load from a foreign host; lines count from 1."""
    without_links = _LINKS.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)
    return [
        (without_links.count("\n", 0, found.start()) + 1, found[1])
        for found in _LOADS.finditer(without_links)
        if found[2].lower() not in _OWN and not found[2].startswith(("{", "$", "%"))
    ]


def _files() -> Iterator[Path]:
    """Tests hold foreign addresses on purpose."""
    tests = checkout() / "tests"
    for file in versioned_files():
        if file.suffix in _ENDINGS and not file.is_relative_to(tests):
            yield file
