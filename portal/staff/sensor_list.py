"""A list of sensors as a person sends it: what each row would do, and what was wrong."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cityhub.onboarding.list_plan import Step
from cityhub.words import Language, words_in
from cityhub.words.formats import number
from portal.rendering import AssetUrl
from portal.staff import own_names
from portal.staff.frame import Reader, page

MOST_SHOWN = 500


@dataclass(frozen=True, slots=True)
class ListView:
    """The form. `problem`: why the file cannot be read, by its code; `done`: how many rows did what."""

    reader: Reader
    problem: str | None = None
    done: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True)
class PlanView:
    """What a file would do. `rows`: the file as text, sent back to be applied; `digest`: of what it would do.

    `is_changed`: it would do something else than what was looked at before.
    """

    reader: Reader
    steps: Sequence[Step]
    rows: str
    digest: str
    is_changed: bool = False
    lacks_why: bool = False


def list_html(language: Language, view: ListView, asset_url: AssetUrl, notice: str) -> str:
    """The page."""
    return page(
        "list.html",
        language,
        view.reader,
        "/ops/new/list",
        asset_url,
        notice,
        view=view,
        problem=None if view.problem is None else sheet_words(language)[view.problem],
        number=lambda value: number(value, 0, language),
        may_write="ops:write" in view.reader.scopes,
    )


def plan_html(language: Language, view: PlanView, asset_url: AssetUrl, notice: str) -> str:
    """The page."""
    counts = Counter(step.action for step in view.steps)
    # What needs a person comes first.
    order = {"refused": 0, "change": 1, "new": 2, "same": 3}
    shown = sorted(view.steps, key=lambda step: (order[step.action], step.line.number))[:MOST_SHOWN]
    return page(
        "list_plan.html",
        language,
        view.reader,
        "/ops/new/list",
        asset_url,
        notice,
        view=view,
        steps=[_step(step, language) for step in shown],
        actions=action_words(language),
        counts=counts,
        number=lambda value: number(value, 0, language),
        would_do=counts["new"] + counts["change"],
    )


def _step(step: Step, language: Language) -> dict[str, Any]:
    return {
        "number": step.line.number,
        "id": step.line.id,
        "action": step.action,
        "name": "" if step.sensor is None else step.sensor.name_vi,
        "told": told_of(step, language),
    }


def told_of(step: Step, language: Language) -> list[str]:
    """Why a row is refused, what it changes, and what of it was read otherwise than it is written."""
    words = words_in(language)
    notes = {"id_as": words.gettext("lists.id_as"), "name_en_as": words.gettext("lists.name_en_as")}
    return [
        *own_names.fault_words(step.faults, language),
        *(f"{name}: {_text(before)} → {_text(after)}" for name, (before, after) in step.changes.items()),
        *(f"{notes[note.code]}: {note.detail}" for note in step.line.notes),
    ]


def _text(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def action_words(language: Language) -> Mapping[str, str]:
    """What would become of a row."""
    words = words_in(language)
    return {
        "new": words.gettext("lists.new"),
        "change": words.gettext("lists.change"),
        "same": words.gettext("lists.same"),
        "refused": words.gettext("lists.refused"),
    }


def sheet_words(language: Language) -> Mapping[str, str]:
    """Why a file cannot be read."""
    words = words_in(language)
    return {
        "too_large": words.gettext("sheet.too_large"),
        "too_many_rows": words.gettext("sheet.too_many_rows"),
        "old_excel": words.gettext("sheet.old_excel"),
        "no_workbook": words.gettext("sheet.no_workbook"),
        "no_csv": words.gettext("sheet.no_csv"),
        "letters": words.gettext("sheet.letters"),
        "empty": words.gettext("sheet.empty"),
        "no_heading": words.gettext("sheet.no_heading"),
    }
