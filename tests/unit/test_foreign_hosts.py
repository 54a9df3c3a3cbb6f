"""The check that no page loads anything from a foreign host."""

import pytest

from tools.cli.foreign import foreign_loads


@pytest.mark.parametrize(
    "text",
    [
        '<script src="https://cdn.example.com/a.js"></script>',
        "<link href='http://fonts.example.com/f.css' rel=stylesheet>",
        '<img src="//pictures.example.com/a.png">',
        "a { background: url(https://pictures.example.com/a.png) }",
        '@import "https://styles.example.com/a.css";',
        'import { x } from "https://modules.example.com/x.js";',
        "fetch(`https://data.example.com/v1`)",
        'new EventSource("https://data.example.com/live")',
        'L.tileLayer("https://tiles.example.com/{z}/{x}/{y}.png")',
        'html = "<script src=\\"https://cdn.example.com/a.js\\"></script>"',
    ],
)
def test_what_a_browser_would_load_from_elsewhere_is_found(text: str) -> None:
    assert [line for line, _ in foreign_loads(f"\n{text}\n")] == [2]


@pytest.mark.parametrize(
    "text",
    [
        '<script src="/static/vendor/leaflet/leaflet.js"></script>',
        '<a class="out" href="https://hanoi.example.com">city</a>',
        '<svg xmlns="http://www.w3.org/2000/svg" href="http://www.w3.org/1999/xlink">',
        'fetch("http://127.0.0.1:8000/readyz")',
        "# see https://docs.example.com/page",
        'fetch("/api/v1/kinds")',
    ],
)
def test_what_stays_at_home_or_is_only_a_link_is_let_through(text: str) -> None:
    assert foreign_loads(text) == []


def test_a_script_after_a_link_is_still_found_on_its_own_line() -> None:
    text = '<a\n href="https://one.example.com">\n</a>\n<script src="https://two.example.com/a.js">'
    assert foreign_loads(text) == [(4, "https://two.example.com/a.js")]
