"""Messages of a sensor as they came, and what ingest makes of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from cityhub.kinds import KindName
from cityhub.onboarding.trial import Trial
from cityhub.rfc3339 import at_local_time
from cityhub.words import Language
from maps.browser import in_language
from portal.rendering import AssetUrl
from portal.staff import own_names
from portal.staff.device import Listening
from portal.staff.frame import Reader, page
from portal.staff.said import said_words


class Listened(Protocol):
    """The sensor."""

    @property
    def id(self) -> str: ...
    @property
    def kind(self) -> KindName: ...
    @property
    def name_vi(self) -> str: ...
    @property
    def name_en(self) -> str: ...


class RawMessage(Protocol):
    """A message; `received_at` is aware."""

    @property
    def topic(self) -> str: ...
    @property
    def payload(self) -> bytes: ...
    @property
    def payload_bytes(self) -> int: ...
    @property
    def retained(self) -> bool: ...
    @property
    def received_at(self) -> datetime: ...
    @property
    def is_cut(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class ListeningView:
    """What came, the newest first, each with what ingest makes of it; `standing`: who listens now."""

    reader: Reader
    sensor: Listened
    standing: Listening | None
    messages: Sequence[tuple[RawMessage, Trial]]


def listening_html(language: Language, view: ListeningView, asset_url: AssetUrl, notice: str) -> str:
    """The page."""
    sensor = view.sensor
    return page(
        "messages.html",
        language,
        view.reader,
        f"/ops/devices/{sensor.id}/messages",
        asset_url,
        notice,
        view=view,
        sensor=sensor,
        name=in_language(sensor.name_vi, sensor.name_en, language),
        messages=[_shown(one, trial, sensor.kind, language) for one, trial in view.messages],
        said=said_words(language).get(view.reader.said or ""),
        may_write=True,
    )


def _shown(message: RawMessage, trial: Trial, kind: KindName, language: Language) -> dict[str, Any]:
    return {
        "raw": message,
        "when": f"{at_local_time(message.received_at):%H:%M:%S %d/%m/%Y}",
        "channel": message.topic.split("/", 3)[-1],
        # What is no text is shown by its bytes; nothing of it is markup.
        "payload": message.payload.decode(errors="backslashreplace"),
        "trial": own_names.trial(kind, trial, language),
    }
