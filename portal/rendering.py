"""The portal's templates, rendered in a language."""

from collections.abc import Callable
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from cityhub.words import LANGUAGES, Language, words_in
from maps.browser import script_json

# The address of a file that a page loads, by its path under /static.
AssetUrl = Callable[[str], str]

_TEMPLATES: Final = Environment(
    loader=PackageLoader("portal", "templates"),
    autoescape=select_autoescape(),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES.filters["script_json"] = script_json


def render(template: str, language: Language, **values: object) -> str:
    """`template` with `values`; its sentences, `_("...")`, come from the catalogue of `language`."""
    words = words_in(language)
    return _TEMPLATES.get_template(template).render(
        language=language, languages=LANGUAGES, _=words.gettext, ngettext=words.ngettext, **values
    )
