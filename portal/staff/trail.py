"""Background work, and the trail of what people did."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from cityhub.words import Language
from portal.rendering import AssetUrl
from portal.residents.ages import age_words
from portal.staff.frame import Reader, page


class Task(Protocol):
    """How the jobs of a task do; times are aware."""

    @property
    def task(self) -> str: ...
    @property
    def waiting(self) -> int: ...
    @property
    def running(self) -> int: ...
    @property
    def failed(self) -> int: ...
    @property
    def done_at(self) -> datetime | None: ...
    @property
    def failed_at(self) -> datetime | None: ...


class GivenUp(Protocol):
    """A job that failed for good."""

    @property
    def id(self) -> int: ...
    @property
    def task(self) -> str: ...
    @property
    def attempts(self) -> int: ...
    @property
    def at(self) -> datetime: ...


class Entry(Protocol):
    """Who did what to which object."""

    @property
    def id(self) -> int: ...
    @property
    def at(self) -> datetime: ...
    @property
    def who(self) -> str: ...
    @property
    def action(self) -> str: ...
    @property
    def object(self) -> str: ...
    @property
    def before(self) -> Mapping[str, Any] | None: ...
    @property
    def after(self) -> Mapping[str, Any] | None: ...
    @property
    def why(self) -> str: ...


@dataclass(frozen=True, slots=True)
class JobsView:
    """Background work at `now` (aware); `seen`: when a worker was heard last, None where none ever was."""

    now: datetime
    reader: Reader
    seen: datetime | None
    tasks: Sequence[Task]
    given_up: Sequence[GivenUp]


def jobs_html(language: Language, view: JobsView, asset_url: AssetUrl, notice: str) -> str:
    """The page."""

    def age(at: datetime | None) -> str:
        return "–" if at is None else age_words((view.now - at).total_seconds(), language)

    return page("jobs.html", language, view.reader, "/ops/jobs", asset_url, notice, view=view, age=age)


@dataclass(frozen=True, slots=True)
class AuditView:
    """A page of the trail, the newest first; `object`: only what was done to this."""

    reader: Reader
    entries: Sequence[Entry]
    object: str | None
    older_than: int | None


def audit_html(language: Language, view: AuditView, asset_url: AssetUrl, notice: str) -> str:
    """The page."""
    keeps = {} if view.object is None else {"object": view.object}
    return page("audit.html", language, view.reader, "/ops/audit", asset_url, notice, view=view, keeps=keeps)
