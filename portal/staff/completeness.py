"""How complete sensors are, day by day, as a map of colours and figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from cityhub.kinds import KINDS, KindName
from cityhub.words import Language
from cityhub.words.formats import number
from maps.browser import in_language
from portal.rendering import AssetUrl
from portal.staff.device import mark_of
from portal.staff.frame import Reader, page

DAYS = 14


class Span(Protocol):
    """A sensor's days; `missing`: messages that it numbered and that never came."""

    @property
    def sensor_id(self) -> str: ...
    @property
    def name_vi(self) -> str: ...
    @property
    def name_en(self) -> str: ...
    @property
    def days(self) -> Mapping[date, float | None]: ...
    @property
    def missing(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class CompletenessView:
    """A page of sensors over `days`, oldest first."""

    reader: Reader
    days: Sequence[date]
    spans: Sequence[Span]
    kind: KindName | None
    page: int
    has_more: bool


def completeness_html(language: Language, view: CompletenessView, asset_url: AssetUrl, notice: str) -> str:
    """The page."""

    def cell(share: float | None) -> tuple[str, str]:
        return mark_of(share), "–" if share is None else number(100 * share, 0, language)

    return page(
        "completeness.html",
        language,
        view.reader,
        "/ops/completeness",
        asset_url,
        notice,
        view=view,
        keeps={} if view.kind is None else {"kind": view.kind},
        kinds=[(kind.name, in_language(kind.name_vi, kind.name_en, language)) for kind in KINDS.values()],
        rows=[
            (
                one.sensor_id,
                in_language(one.name_vi, one.name_en, language),
                [cell(one.days.get(day)) for day in view.days],
                "–" if one.missing is None else number(one.missing, 0, language),
            )
            for one in view.spans
        ],
    )
