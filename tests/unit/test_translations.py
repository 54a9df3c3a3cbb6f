"""The check that holds code and catalogues together finds each way in which they part."""

import pytest

from cityhub.words import Language
from tools.cli import loose_texts, translations
from tools.cli.translations import Use, differences, ids_that_are_no_literals, uses_in

HEAD = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n"Plural-Forms: {forms}\\n"\n\n'
VI = HEAD.format(forms="nplurals=1; plural=0;") + 'msgid "map.close"\nmsgstr "Đóng"\n'
EN = HEAD.format(forms="nplurals=2; plural=(n != 1);") + 'msgid "map.close"\nmsgstr "Close"\n'
CLOSE = Use("a.py:1", "map.close")
AGE = Use("a.js:2", "age.day", "age.days")


def catalogues(vi: str = "", en: str = "") -> dict[Language, str]:
    return {"vi": f"{VI}\n{vi}", "en": f"{EN}\n{en}"}


def entry(id_: str, text: str) -> str:
    return f'msgid "{id_}"\nmsgstr "{text}"\n'


def test_this_checkout_has_nothing_to_mend() -> None:
    assert translations.findings() == []


def test_catalogues_that_fit_are_let_through() -> None:
    vi = 'msgid "age.day"\nmsgid_plural "age.days"\nmsgstr[0] "{n} ngày"\n'
    en = 'msgid "age.day"\nmsgid_plural "age.days"\nmsgstr[0] "{n} day"\nmsgstr[1] "{n} days"\n'
    assert differences([CLOSE, AGE], catalogues(vi, en)) == []


@pytest.mark.parametrize(
    ("uses", "texts", "told"),
    [
        (
            [CLOSE, Use("b.html:7", "map.open")],
            catalogues(entry("map.open", "Mở")),
            r"en.po: no sentence for map.open",
        ),
        ([CLOSE], catalogues(entry("map.open", "Mở")), "vi.po: map.open is used nowhere"),
        ([CLOSE], catalogues("#~ " + entry("map.old", "Cũ").replace("\nmsgstr", "\n#~ msgstr")), "obsolete"),
        (
            [CLOSE, Use("a.py:2", "map.open")],
            catalogues("#, fuzzy\n" + entry("map.open", "Mở"), entry("map.open", "Open")),
            "vi.po: map.open is fuzzy",
        ),
        (
            [CLOSE, Use("a.py:2", "map.open")],
            catalogues(entry("map.open", "Mở"), entry("map.open", " ")),
            "en.po: map.open is empty",
        ),
        (
            [CLOSE, Use("a.py:2", "map.at")],
            catalogues(entry("map.at", "Tại {name}"), entry("map.at", "At {place}")),
            "blanks of map.at differ",
        ),
        (
            [CLOSE, AGE],
            catalogues(entry("age.day", "{n} ngày"), entry("age.day", "{n} days")),
            "vi.po: age.day is with plural in one place",
        ),
        (
            [Use("a.py:1", "map.close", "map.closes"), CLOSE],
            catalogues(),
            "map.close is with plural in one place and without in the other (a.py:1)",
        ),
        (
            [CLOSE, AGE],
            catalogues(
                'msgid "age.day"\nmsgid_plural "age.days"\nmsgstr[0] "{n} ngày"\n',
                'msgid "age.day"\nmsgid_plural "age.days"\nmsgstr[0] "{n} day"\n',
            ),
            "en.po: age.day is empty",
        ),
        (
            [CLOSE, AGE],
            catalogues(
                'msgid "age.day"\nmsgid_plural "age.days"\nmsgstr[0] "{n} ngày"\n',
                'msgid "age.day"\nmsgid_plural "age.days"\nmsgstr[0] "{n} day"\nmsgstr[1] "days"\n',
            ),
            "blanks of age.day differ",
        ),
        ([CLOSE], catalogues('msgid "map.open"\nmsgstr[2] "Mở"\n'), "vi.po: "),
        ([CLOSE], catalogues(entry("map.close", "Đóng lại")), "vi.po: map.close stands there more than once"),
        (
            [CLOSE, Use("a.py:2", "Open the map")],
            catalogues(entry("Open the map", "Mở bản đồ"), entry("Open the map", "Open the map")),
            "is no name of a message",
        ),
    ],
)
def test_what_does_not_fit_is_told(uses: list[Use], texts: dict[Language, str], told: str) -> None:
    assert any(told in line for line in differences(uses, texts)), differences(uses, texts)


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("portal/a.py", 'title = words.gettext("map.close")\n'),
        (
            "portal/a.html",
            '<p title="{{ _("map.close") }}">{% if a %}{{ _("map.close", n=a) }}{% endif %}</p>',
        ),
        ("portal/a.js", 'show(`${_("map.close")}`, _("map.close", { n: number(1) }));'),
    ],
)
def test_ids_are_found_in_modules_templates_and_scripts(name: str, source: str) -> None:
    assert {use.id for use in uses_in(name, source.encode())} == {"map.close"}
    assert ids_that_are_no_literals(name, source) == []


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("portal/a.py", 'x = 1\nwords.gettext(f"flag.{name}")\n'),
        ("portal/a.py", "x = 1\nwords.ngettext(one, many, n)\n"),
        ("portal/a.html", "<p>\n{{ _(title) }}</p>"),
        ("portal/a.js", "\nshow(_(id));"),
        ("portal/a.js", "\nshow(_(`flag.${id}`));"),
    ],
)
def test_a_computed_id_is_told_with_its_line(name: str, source: str) -> None:
    assert ids_that_are_no_literals(name, source) == [f"{name}:2: the message id must be a literal"]


@pytest.mark.parametrize(
    ("name", "source", "text"),
    [
        ("portal/a.html", "<p>\nMở bản đồ</p>", "Mở bản đồ"),
        ("portal/a.html", "<ul>{% for a in b %}\n<li>{{ a }} free</li>{% endfor %}</ul>", "free"),
        ("maps/a.html", '<p>\n<a title="Close" href="/x">×</a></p>', "Close"),
        (
            "portal/a.html",
            '<meta name="viewport" content="width=1">\n<input placeholder="Biển số">',
            "Biển số",
        ),
        ("portal/a.js", 'let a = 1; // Đóng\nline.textContent = "Đóng";', "Đóng"),
        ("portal/a.py", '"""Trang đầu."""\ntitle = "Trang đầu"', "Trang đầu"),
    ],
)
def test_a_sentence_outside_of_the_catalogues_is_told(name: str, source: str, text: str) -> None:
    assert loose_texts.findings(name, source) == [f"{name}:2: {text!r} belongs into the catalogues"]


@pytest.mark.parametrize(
    ("name", "source"),
    [
        (
            "portal/a.html",
            '<script>let name = "x";</script><style>p { color: red }</style><p>{{ _("a.b") }} – °C</p>',
        ),
        ("portal/a.html", '<a href="/api/v1/kinds">/api/v1/kinds</a>'),
        ("portal/a.js", 'line.classList.add("calm lost"); // Đóng'),
        ("portal/a.py", '"""Trang đầu."""\nunit = "µg/m³"'),
        ("cityhub/kinds/a.py", 'name = "Không khí"'),
    ],
)
def test_what_is_no_sentence_is_let_through(name: str, source: str) -> None:
    assert loose_texts.findings(name, source) == []
