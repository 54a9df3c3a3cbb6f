"""The form by which a laboratory, or who works for it, enters a water sample. It works without scripts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from cityhub.water.parameters import GROUPS, PARAMETERS, Group, Parameter
from cityhub.words import Language, words_in
from maps.browser import in_language
from portal.rendering import AssetUrl, render
from portal.residents.water_words import group_words

# What is wrong about a sample as it was sent.
Problem = Literal[
    "key",
    "foreign",
    "station",
    "sampled_at",
    "laboratory",
    "reference",
    "results",
    "value",
    "method",
    "told_otherwise",
]


@dataclass(frozen=True, slots=True)
class SampleForm:
    """The form as it was sent, without its key, and what is wrong about it; `stations`: id and name of each.

    `parameter`: the one that the problem is about. `outcome`: the sample was taken, or was known.
    """

    stations: Sequence[tuple[str, str]]
    filled: Mapping[str, str] = field(default_factory=dict)
    problem: Problem | None = None
    parameter: str = ""
    outcome: Literal["new", "known"] | None = None
    sample_id: str = ""


def sample_form_html(language: Language, form: SampleForm, asset_url: AssetUrl, notice: str) -> str:
    """The form, or that the sample was taken."""
    problem = None if form.problem is None else _problem(form.problem, form.parameter, language)
    return render(
        "sample_form.html",
        language,
        asset_url=asset_url,
        notice=notice,
        form=form,
        filled=form.filled,
        groups=_groups(language),
        problem=problem,
    )


def _groups(language: Language) -> list[tuple[str, list[dict[str, Any]]]]:
    """The parameters by group, those that most samples have first."""
    order: list[Group | None] = ["V", "IV", "I", None, *(group for group in GROUPS if group in ("II", "III"))]
    return [
        (
            words_in(language).gettext("sample.other_groups")
            if group is None
            else group_words(group, language),
            [_field(one, language) for one in PARAMETERS.values() if one.group == group],
        )
        for group in order
    ]


def _field(one: Parameter, language: Language) -> dict[str, Any]:
    return {
        "id": one.name,
        "name": in_language(one.name_vi, one.name_en, language),
        "unit": one.unit,
    }


def _problem(problem: Problem, parameter: str, language: Language) -> str:
    words, known = words_in(language), PARAMETERS.get(parameter)
    name = "" if known is None else in_language(known.name_vi, known.name_en, language)
    told: dict[Problem, str] = {
        "key": words.gettext("sample.problem.key"),
        "foreign": words.gettext("sample.problem.foreign"),
        "station": words.gettext("sample.problem.station"),
        "sampled_at": words.gettext("sample.problem.sampled_at"),
        "laboratory": words.gettext("sample.problem.laboratory"),
        "reference": words.gettext("sample.problem.reference"),
        "results": words.gettext("sample.problem.results"),
        "value": words.gettext("sample.problem.value", name=name),
        "method": words.gettext("sample.problem.method", name=name),
        "told_otherwise": words.gettext("sample.problem.told_otherwise"),
    }
    return words.gettext("sample.problem", what=told[problem])
