"""Messages that were refused, as operations browse them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from cityhub.observing.decoded import Reason
from cityhub.words import Language, words_in
from portal.rendering import AssetUrl
from portal.staff.frame import Reader, page
from portal.staff.said import said_words

SHOWN_BYTES = 4_000


class ListedMessage(Protocol):
    """One that was refused, `n` times between two times (aware)."""

    @property
    def id(self) -> int: ...
    @property
    def topic(self) -> str: ...
    @property
    def payload_bytes(self) -> int: ...
    @property
    def reason(self) -> str: ...
    @property
    def detail(self) -> str: ...
    @property
    def sensor_id(self) -> str | None: ...
    @property
    def first_received_at(self) -> datetime: ...
    @property
    def last_received_at(self) -> datetime: ...
    @property
    def n(self) -> int: ...


class Message(ListedMessage, Protocol):
    """One with what was sent, as far as it was kept."""

    @property
    def payload(self) -> bytes: ...


@dataclass(frozen=True, slots=True)
class QuarantineView:
    """A page of them, the newest first; `older_than`: the id from which the next page goes on, None on the last."""

    reader: Reader
    rows: Sequence[ListedMessage]
    reason: Reason | None
    sensor_id: str | None
    older_than: int | None


def quarantine_html(language: Language, view: QuarantineView, asset_url: AssetUrl, notice: str) -> str:
    """The page."""
    reasons = reason_words(language)
    asked = {
        name: value
        for name, value in (("reason", view.reason), ("sensor_id", view.sensor_id))
        if value is not None
    }
    return page(
        "quarantine.html",
        language,
        view.reader,
        "/ops/quarantine",
        asset_url,
        notice,
        view=view,
        keeps=asked,
        reasons=reasons,
        said=said_words(language).get(view.reader.said or ""),
        may_write="ops:write" in view.reader.scopes,
    )


@dataclass(frozen=True, slots=True)
class MessageView:
    """One of them."""

    reader: Reader
    row: Message


def message_html(language: Language, view: MessageView, asset_url: AssetUrl, notice: str) -> str:
    """The page."""
    return page(
        "message.html",
        language,
        view.reader,
        f"/ops/quarantine/{view.row.id}",
        asset_url,
        notice,
        row=view.row,
        reason=reason_words(language)[view.row.reason],
        # What is no text is shown by its bytes; nothing of it is markup.
        payload=view.row.payload[:SHOWN_BYTES].decode(errors="backslashreplace"),
        is_cut=view.row.payload_bytes > SHOWN_BYTES,
    )


def reason_words(language: Language) -> Mapping[str, str]:
    """Why messages are refused, by the names of the interface."""
    words = words_in(language)
    return {
        "topic": words.gettext("refused.topic"),
        "json": words.gettext("refused.json"),
        "schema": words.gettext("refused.schema"),
        "time": words.gettext("refused.time"),
        "future": words.gettext("refused.future"),
        "unknown_sensor": words.gettext("refused.unknown_sensor"),
        "unknown_property": words.gettext("refused.unknown_property"),
        "not_a_number": words.gettext("refused.not_a_number"),
        "too_large": words.gettext("refused.too_large"),
        "refused": words.gettext("refused.refused"),
    }
