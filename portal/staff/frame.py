"""What every page of operations has: where else its reader may go, and how moments are written."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from cityhub.api_keys import Scope
from cityhub.words import Language, words_in
from cityhub.words.formats import clock, date
from portal.rendering import AssetUrl, render


@dataclass(frozen=True, slots=True)
class Reader:
    """Who looks: their name and what they may do. `said`: what they have just done, by name.

    `is_person`: not a program with a key.
    """

    name: str
    scopes: Collection[Scope]
    said: str | None = None
    is_person: bool = True


@dataclass(frozen=True, slots=True)
class Link:
    """A page that the reader may open."""

    path: str
    text: str
    is_here: bool


def links(language: Language, reader: Reader, here: str | None = None) -> Sequence[Link]:
    """The pages of staff that a reader may open."""
    words = words_in(language)
    pages: list[tuple[str, Scope, str]] = [
        ("/ops", "ops:read", words.gettext("ops.nav.console")),
        ("/ops/new", "ops:read", words.gettext("ops.nav.new")),
        ("/ops/quarantine", "ops:read", words.gettext("ops.nav.quarantine")),
        ("/ops/money", "money:write", words.gettext("ops.nav.money")),
        ("/ops/jobs", "ops:read", words.gettext("ops.nav.jobs")),
        ("/ops/audit", "ops:write", words.gettext("ops.nav.audit")),
        ("/inspect", "enforcement:read", words.gettext("inspect.title")),
    ]
    return [Link(path, text, path == here) for path, scope, text in pages if scope in reader.scopes]


def moment(language: Language) -> Callable[[datetime], str]:
    """How a moment (aware) is written: the time of Viet Nam and the day."""
    return lambda at: f"{clock(at)} {date(at, language)}"


def page(
    template: str,
    language: Language,
    reader: Reader,
    here: str,
    asset_url: AssetUrl,
    notice: str,
    **values: object,
) -> str:
    """A page of operations by its template."""
    return render(
        f"ops/{template}",
        language,
        asset_url=asset_url,
        notice=notice,
        reader=reader,
        links=links(language, reader, here),
        address=here,
        when=moment(language),
        **values,
    )
