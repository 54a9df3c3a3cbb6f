"""What VN_WQI's groups, classes, forms and reasons are called."""

from typing import NamedTuple

from cityhub.water.parameters import Group
from cityhub.water.wqi import CATEGORIES, CategoryName, Form, Rules, Why, category
from cityhub.words import Language, words_in
from maps.browser import in_language


class ClassRow(NamedTuple):
    """A class of the index: its colour, name, span of the index and what the Decision says the water is good for."""

    color: str
    name: str
    span: str
    use: str


def classes(language: Language) -> list[ClassRow]:
    """The classes of Decision 1460/QD-TCMT, best first."""
    ends = [100, *(one.lowest - 1 for one in CATEGORIES)]
    return [
        ClassRow(
            one.color,
            in_language(one.name_vi, one.name_en, language),
            f"{one.lowest}–{end}",
            _use(one.name, language),
        )
        for one, end in zip(CATEGORIES, ends, strict=False)
    ]


def use_words(vn_wqi: int, language: Language) -> str:
    """What water of this index is good for, as the Decision says."""
    return _use(category(vn_wqi).name, language)


def _use(name: CategoryName, language: Language) -> str:
    words = words_in(language)
    uses: dict[CategoryName, str] = {
        "very_good": words.gettext("water.use.very_good"),
        "good": words.gettext("water.use.good"),
        "moderate": words.gettext("water.use.moderate"),
        "bad": words.gettext("water.use.bad"),
        "poor": words.gettext("water.use.poor"),
        "very_poor": words.gettext("water.use.very_poor"),
    }
    return uses[name]


def why_words(why: Why, language: Language, minimum_group_4: int = Rules().minimum_group_4) -> str:
    """Why there is no index, as the end of a sentence."""
    words = words_in(language)
    reasons: dict[Why, str] = {
        "no_values": words.gettext("water.why.no_values"),
        "group_4_too_small": words.gettext("water.why.group_4_too_small", n=minimum_group_4),
        "too_few_groups": words.gettext("water.why.too_few_groups"),
    }
    return reasons[why]


def group_words(group: Group, language: Language) -> str:
    """A group's name."""
    words = words_in(language)
    names: dict[Group, str] = {
        "I": words.gettext("water.group.1"),
        "II": words.gettext("water.group.2"),
        "III": words.gettext("water.group.3"),
        "IV": words.gettext("water.group.4"),
        "V": words.gettext("water.group.5"),
    }
    return names[group]


def form_words(form: Form, language: Language) -> str:
    """How the index was put together."""
    words = words_in(language)
    forms: dict[Form, str] = {
        "a": words.gettext("water.form.a"),
        "b": words.gettext("water.form.b"),
        "c": words.gettext("water.form.c"),
    }
    return forms[form]
