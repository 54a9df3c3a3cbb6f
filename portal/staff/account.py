"""A person's own account."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from cityhub.api_keys import Scope
from cityhub.words import Language, words_in
from cityhub.words.formats import clock, date
from portal.rendering import AssetUrl, render
from portal.staff.frame import Reader, links


class Browser(Protocol):
    """Where somebody is signed in; times are aware."""

    @property
    def id(self) -> str: ...
    @property
    def browser(self) -> str: ...
    @property
    def address(self) -> str: ...
    @property
    def last_seen_at(self) -> datetime: ...
    @property
    def is_this(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class NewFactor:
    """What a telephone reads to become the second factor: to type, and as an SVG picture."""

    secret: str
    qr_svg: str


@dataclass(frozen=True, slots=True)
class AccountView:
    """Who is signed in. `role`: in Vietnamese and English; `factor`: to set one up, None where there is one.

    Without `has_password` they come by the city's provider alone; not `needs_factor` where it proved a second one.
    """

    name: str
    role: tuple[str, str]
    scopes: Collection[Scope]
    has_password: bool
    must_change: bool
    needs_factor: bool
    factor: NewFactor | None
    recovery_left: int
    browsers: Sequence[Browser]


def account_html(
    language: Language,
    view: AccountView,
    asset_url: AssetUrl,
    notice: str,
    *,
    said: str | None,
    problem: str | None,
    codes: Sequence[str],
) -> str:
    """The page. `said`, `problem`: names of what was done or why not; `codes`: for a lost telephone, shown once."""
    words = words_in(language)
    said_words = {
        "password": words.gettext("staff.said.password"),
        "factor": words.gettext("staff.said.factor"),
        "no_factor": words.gettext("staff.said.no_factor"),
        "ended": words.gettext("staff.said.ended"),
    }
    problem_words = {
        "password": words.gettext("staff.problem.password"),
        "same_password": words.gettext("staff.problem.same_password"),
        "new_password": words.gettext("staff.problem.new_password"),
        "code": words.gettext("staff.problem.code"),
        "has_factor": words.gettext("staff.problem.has_factor"),
    }
    return render(
        "account.html",
        language,
        asset_url=asset_url,
        notice=notice,
        person=view,
        role=view.role[0] if language == "vi" else view.role[1],
        said=None if said is None else said_words[said],
        problem=None if problem is None else problem_words[problem],
        codes=codes,
        links=links(language, Reader(view.name, view.scopes)),
        when=lambda moment: f"{clock(moment)} {date(moment, language)}",
    )
