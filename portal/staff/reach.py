"""What an operator chooses to be told of."""

from collections.abc import Sequence
from dataclasses import dataclass

from cityhub.devices import trouble as devices
from cityhub.kinds import KINDS
from cityhub.ops.console import Reach
from cityhub.words import Language, words_in
from maps.browser import in_language
from portal.rendering import AssetUrl
from portal.staff.frame import Reader, page
from portal.staff.ops import areas_by_level
from portal.staff.ops_view import AreaName
from portal.staff.said import said_words
from portal.staff.trouble_words import device_names


@dataclass(frozen=True, slots=True)
class ReachView:
    """What is chosen, and the areas that can be."""

    reader: Reader
    reach: Reach
    areas: Sequence[AreaName]


def reach_html(language: Language, view: ReachView, asset_url: AssetUrl, notice: str) -> str:
    """The page."""
    words = words_in(language)
    names = device_names(language)
    return page(
        "reach.html",
        language,
        view.reader,
        "/ops/reach",
        asset_url,
        notice,
        view=view,
        kinds=[(kind.name, in_language(kind.name_vi, kind.name_en, language)) for kind in KINDS.values()],
        gravities=[
            (
                words.gettext("reach.grave"),
                [(code, names[code]) for code, kind in devices.KINDS.items() if kind.is_grave],
            ),
            (
                words.gettext("reach.slight"),
                [(code, names[code]) for code, kind in devices.KINDS.items() if not kind.is_grave],
            ),
        ],
        areas=areas_by_level(view.areas, language),
        said=said_words(language).get(view.reader.said or ""),
    )
