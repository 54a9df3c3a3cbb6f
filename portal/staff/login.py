"""Where people come in: name and password, then a code."""

from cityhub.words import Language
from portal.rendering import AssetUrl, render


def login_html(
    language: Language, onward: str, name: str, asset_url: AssetUrl, notice: str, *, is_wrong: bool
) -> str:
    """The form; `onward`: where to then. `is_wrong`: it was filled in, and nobody was let in."""
    return render(
        "login.html",
        language,
        asset_url=asset_url,
        notice=notice,
        onward=onward,
        name=name,
        is_wrong=is_wrong,
    )


def code_html(language: Language, onward: str, asset_url: AssetUrl, notice: str, *, is_wrong: bool) -> str:
    """The form for the second factor."""
    return render(
        "login_code.html", language, asset_url=asset_url, notice=notice, onward=onward, is_wrong=is_wrong
    )
