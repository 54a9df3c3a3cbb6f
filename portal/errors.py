"""Pages that say that something cannot be shown: what happened and what to do, nothing of the hub's inside."""

from collections.abc import Callable
from http import HTTPStatus

from cityhub.words import Language, Words, words_in
from portal.rendering import render


def error_html(status: int, language: Language, asset_url: Callable[[str], str], notice: str) -> str:
    """The page for an HTTP status of 400 or more; `notice` is the operator's banner, empty for none."""
    title, text = _said(status, words_in(language))
    return render("error.html", language, asset_url=asset_url, notice=notice, title=title, text=text)


def _said(status: int, words: Words) -> tuple[str, str]:
    if status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
        return words.gettext("error.missing.title"), words.gettext("error.missing.text")
    if status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT}:
        return words.gettext("error.later.title"), words.gettext("error.later.text")
    if status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return words.gettext("error.request.title"), words.gettext("error.request.text")
    return words.gettext("error.ours.title"), words.gettext("error.ours.text")
