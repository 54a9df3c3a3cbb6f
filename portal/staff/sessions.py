"""Sessions as the staff finds and corrects them. Plates come masked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from cityhub.words import Language, words_in
from maps.browser import in_language
from portal.rendering import AssetUrl
from portal.staff.frame import Reader, page
from portal.staff.said import said_words

ADDRESS = "/ops/sessions"


class Found(Protocol):
    """A session in a list; times are aware, `to_time` None while it runs."""

    @property
    def id(self) -> str: ...
    @property
    def name_vi(self) -> str: ...
    @property
    def name_en(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def plate(self) -> str | None: ...
    @property
    def bay_id(self) -> str | None: ...
    @property
    def from_time(self) -> datetime: ...
    @property
    def to_time(self) -> datetime | None: ...


@dataclass(frozen=True, slots=True)
class SessionsView:
    """The form, and what it found: None before anything was looked for."""

    reader: Reader
    found: Sequence[Found] | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class StepView:
    """A segment: what was so from `at` (aware) on, by whom and why."""

    n: int
    kind: str
    state: str
    plate: str | None
    bay_id: str | None
    begins: datetime
    ends: datetime | None
    at: datetime
    who: str
    why: str | None


@dataclass(frozen=True, slots=True)
class SessionView:
    """A session, step by step. `place`: its names; `bays`: of the place, id and names; `is_open`: to corrections."""

    reader: Reader
    id: str
    place: tuple[str, str]
    status: str
    steps: Sequence[StepView]
    bays: Sequence[tuple[str, str, str]]
    is_open: bool
    problem: str | None = None


def sessions_html(language: Language, view: SessionsView, asset_url: AssetUrl, notice: str) -> str:
    """The form and the list."""
    return page(
        "sessions.html",
        language,
        view.reader,
        ADDRESS,
        asset_url,
        notice,
        view=view,
        states=_states(language),
        name=lambda one: in_language(one.name_vi, one.name_en, language),
        problem=_problem(language, view.problem),
    )


def session_html(language: Language, view: SessionView, asset_url: AssetUrl, notice: str) -> str:
    """One session."""
    words = words_in(language)
    names = {id: in_language(vi, en, language).rpartition(", ")[2] for id, vi, en in view.bays}
    reasons = _reasons(language)
    held = next((one for one in reversed(view.steps) if one.state == "held"), view.steps[-1])

    def why(step: StepView) -> str:
        code, _, case = (step.why or "").partition(" ")
        return f"{reasons.get(code, code)} {case}".strip()

    return page(
        "session.html",
        language,
        view.reader,
        f"{ADDRESS}/{view.id}",
        asset_url,
        notice,
        view=view,
        held=held,
        place=in_language(*view.place, language),
        states=_states(language),
        names=names,
        kinds={
            "start": words.gettext("staffsession.kind.start"),
            "extension": words.gettext("staffsession.kind.extension"),
            "plate": words.gettext("staffsession.kind.plate"),
            "bay": words.gettext("staffsession.kind.bay"),
            "stop": words.gettext("staffsession.kind.stop"),
            "reopening": words.gettext("staffsession.kind.reopening"),
        },
        who={
            "driver": words.gettext("staffsession.by.driver"),
            "sensor": words.gettext("staffsession.by.sensor"),
        },
        reasons=reasons,
        why=why,
        said=said_words(language).get(view.reader.said or ""),
        problem=_problem(language, view.problem),
    )


def _reasons(language: Language) -> Mapping[str, str]:
    words = words_in(language)
    return {
        "driver": words.gettext("staffsession.reason.driver"),
        "attendant": words.gettext("staffsession.reason.attendant"),
        "sign": words.gettext("staffsession.reason.sign"),
        "complaint": words.gettext("staffsession.reason.complaint"),
    }


def _states(language: Language) -> Mapping[str, str]:
    words = words_in(language)
    return {
        "awaiting_payment": words.gettext("staffsession.state.awaiting_payment"),
        "active": words.gettext("staffsession.state.active"),
        "unpaid": words.gettext("staffsession.state.unpaid"),
        "ended": words.gettext("staffsession.state.ended"),
        "lapsed": words.gettext("staffsession.state.lapsed"),
    }


def _problem(language: Language, name: str | None) -> str | None:
    if name is None:
        return None
    words = words_in(language)
    return {
        "plate": words.gettext("staffsession.problem.plate"),
        "receipt": words.gettext("staffsession.problem.receipt"),
        "bay_id": words.gettext("staffsession.problem.bay"),
        "reason": words.gettext("staffsession.problem.reason"),
        "case": words.gettext("staffsession.problem.case"),
        "changed": words.gettext("staffsession.problem.changed"),
        "too_late": words.gettext("staffsession.problem.too_late"),
    }.get(name, words.gettext("staffsession.problem.not_active"))
