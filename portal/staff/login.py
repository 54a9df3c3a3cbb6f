"""Where people come in: name and password, then a code; or by the city's provider of identities."""

from urllib.parse import urlencode

from cityhub.words import Language, words_in
from portal.rendering import AssetUrl, render


def login_html(
    language: Language,
    onward: str,
    name: str,
    asset_url: AssetUrl,
    notice: str,
    *,
    is_wrong: bool,
    provider: str | None,
) -> str:
    """The form; `onward`: where to then. `is_wrong`: it was filled in, and nobody was let in.

    `provider`: what the city's provider of identities is called, empty for our own word; None where there is none.
    """
    return render(
        "login.html",
        language,
        asset_url=asset_url,
        notice=notice,
        onward=onward,
        name=name,
        is_wrong=is_wrong,
        provider=provider,
        at_provider=urlencode({"next": onward, "lang": language}),
    )


def code_html(language: Language, onward: str, asset_url: AssetUrl, notice: str, *, is_wrong: bool) -> str:
    """The form for the second factor."""
    return render(
        "login_code.html", language, asset_url=asset_url, notice=notice, onward=onward, is_wrong=is_wrong
    )


def refused_html(language: Language, reason: str, onward: str, asset_url: AssetUrl, notice: str) -> str:
    """Why the provider let nobody in: `reason` as api.oidc.refusals names it."""
    words = words_in(language)
    said = {
        "unavailable": words.gettext("staff.oidc.unavailable"),
        "cancelled": words.gettext("staff.oidc.cancelled"),
        "provider": words.gettext("staff.oidc.provider"),
        "attempt": words.gettext("staff.oidc.attempt"),
        "token": words.gettext("staff.oidc.token"),
        "role": words.gettext("staff.oidc.role"),
        "shut_out": words.gettext("staff.oidc.shut_out"),
    }
    return render(
        "login_refused.html",
        language,
        asset_url=asset_url,
        notice=notice,
        said=said[reason],
        again=urlencode({"next": onward, "lang": language}),
    )


def left_html(language: Language, at_provider: str, provider: str, asset_url: AssetUrl, notice: str) -> str:
    """Signed out here; `at_provider`: the address where one signs out there too."""
    return render(
        "logout.html",
        language,
        asset_url=asset_url,
        notice=notice,
        at_provider=at_provider,
        provider=provider,
    )
